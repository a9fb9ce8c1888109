# SPDX-License-Identifier: MIT
# Shared by the parts of the bench: contenders in turn on one input, and the rows that come of it. Sourced by run.sh.
#
# A row is TSV: part, input, who, metric, value, unit, ratio, of whom, note. `-` stands for "none".

say()
{
	echo "bench: $*" >&2
}

# row PART INPUT WHO METRIC VALUE UNIT [RATIO OF [NOTE]]
row()
{
	printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "$4" "$5" "$6" "${7:--}" "${8:--}" "${9:--}" >>"$rows"
}

# A contender that cannot do an input, and why.
cannot() # PART INPUT WHO WHY
{
	row "$1" "$2" "$3" - - - - - "$4"
}

scaled() # N: that many at full scale, at least 20
{
	n=$(($1 * SCALE / 100))
	[ "$n" -ge 20 ] || n=20
	echo "$n"
}

# For awk: sorts v[1..n].
sorted='function sorted(v, n,  i, j, t) {
	for (i = 2; i <= n; i++)
		for (j = i; j > 1 && v[j] < v[j - 1]; j--) {
			t = v[j]
			v[j] = v[j - 1]
			v[j - 1] = t
		}
}
'

# Does this rcc have OPTION of compile yet? Its help says so, on the option's lines.
has_option()
{
	"$RCC" compile --help | awk -v option="$1" '
		/^ *-/ { inside = index($0, " " option "=") || index($0, " " option "[") || index($0, " " option " ") }
		inside { text = text $0 }
		END { exit !(text != "" && text !~ /not in this version/) }'
}

# The first words of what went wrong, on one line.
reason() # STATUS LOG
{
	case $1 in
	124) echo "stopped after $PATIENCE s" ;;
	*)
		said=$(grep -a -v '^[[:space:]]*$' "$2" | grep -a -i -m1 -E 'error|cannot|too |multiple|memory|not |fault' || tail -n 1 "$2")
		echo "status $1: $said" | tr '\t|' '  ' | sed "s#$data/##g; s#$BUILD/##g" | cut -c 1-150 ;;
	esac
}

# What is touched before a run: more than input and output take, but no more than is free, so that the input stays where it is.
warm_mib()
{
	awk -v bytes="$BYTES" '$1 == "MemFree:" {
		most = $2 / 1024 - 512
		mib = 2 * bytes / 1048576 + 512
		printf "%d", (mib < most ? mib : most > 0 ? most : 0)
	}' /proc/meminfo
}

# Runs one contender once and appends to $raw: round, name, wall, cpu, rss, minor, major, status, bytes.
run_one() # CORES ROUND NAME
{
	dir=$scratch/$3
	[ ! -e "$dir/stop" ] || return 0
	rm -rf "$dir/out" "$dir/tmp"
	mkdir -p "$dir/out" "$dir/tmp"
	sync
	[ -z "${COLD-}" ] || { echo 3 >/proc/sys/vm/drop_caches; } 2>/dev/null
	pin="-c $((processors - 1))"
	case $1:$3 in 2:* | *-t2) pin= ;; esac
	measured=$(OUT=$dir/out TMP=$dir/tmp KEEP=$dir/keep "$BUILD/bench/measure" -w "$(warm_mib)" $pin -t "$PATIENCE" -m "$MEMORY" -l "$dir/log" \
		sh "$here/peers.sh" build "$3")
	bytes=$(find "$dir/out" -type f -printf '%s\n' | awk '{ n += $1 } END { printf "%.0f", n }')
	printf '%s\t%s\t%s\t%s\n' "$2" "$3" "$measured" "$bytes" >>"$raw"
	status=${measured##*	}
	[ "$status" -eq 0 ] || { reason "$status" "$dir/log" >"$dir/why"; touch "$dir/stop"; }
	# What takes this long is believed at once.
	[ "${measured%%.*}" -lt "$LONG" ] || touch "$dir/stop"
	rm -rf "$dir/out" "$dir/tmp"
}

# compete PART INPUT BASE CORES LEAST NAME...: the contenders in turn, ROUNDS times, on the tree IN. LEAST: bytes an honest output
# has at least. Medians; ratios are medians of each round's ratio to BASE.
compete()
{
	part=$1 input=$2 base=$3 cores=$4 least=$5
	shift 5
	scratch=$work/run raw=$work/raw
	: >"$raw"
	rm -rf "$scratch"
	for name; do
		mkdir -p "$scratch/$name/keep" "$scratch/$name/tmp"
		OUT=$scratch/$name TMP=$scratch/$name/tmp KEEP=$scratch/$name/keep \
			sh "$here/peers.sh" prepare "$name" >"$scratch/$name/log" 2>&1 && continue
		reason prepare "$scratch/$name/log" >"$scratch/$name/why"
		touch "$scratch/$name/stop"
	done
	round=1
	while [ "$round" -le "$ROUNDS" ]; do
		for name; do
			say "$part: $input: $name, round $round"
			run_one "$cores" "$round" "$name"
		done
		round=$((round + 1))
	done
	for name; do
		summarize "$name" <"$raw"
	done
	rm -rf "$scratch"
}

summarize() # NAME; $raw on standard input
{
	least_now=$least
	case $1 in *z3*) least_now=0 ;; esac
	why=-
	[ ! -s "$scratch/$1/why" ] || why=$(cat "$scratch/$1/why")
	awk -F '\t' -v part="$part" -v input="$input" -v who="$1" -v base="$base" -v why="$why" \
		-v least="$least_now" -v rounds="$ROUNDS" "$sorted"'
		function median(v, n) { sorted(v, n); return n % 2 ? v[(n + 1) / 2] : (v[n / 2] + v[n / 2 + 1]) / 2 }
		function put(metric, value, unit, ratio, of) {
			OFS = "\t"
			print part, input, who, metric, value, unit, ratio, of, note
		}
		$2 == base { base_wall[$1] = $3; base_cpu[$1] = $4 }
		$2 == who { n++; at[n] = $1; wall[n] = $3; cpu[n] = $4; rss[n] = $5; status = $8; bytes = $9 }
		END {
			note = why
			if (why == "-" && bytes < least)
				note = "status 0, and an output of " bytes " bytes: the contents are lost"
			if (!n || status || note != "-") {
				put("-", "-", "-", "-", "-")
				exit
			}
			if (n < rounds)
				note = n == 1 ? "one run" : n " runs"
			for (i = 1; i <= n; i++)
				if (base_wall[at[i]] > 0) {
					k++
					rw[k] = wall[i] / base_wall[at[i]]
					rc[k] = base_cpu[at[i]] > 0 ? cpu[i] / base_cpu[at[i]] : 0
				}
			put("wall", sprintf("%.3f", median(wall, n)), "s", k ? sprintf("%.2f", median(rw, k)) : "-", k ? base : "-")
			put("cpu", sprintf("%.3f", median(cpu, n)), "s", k ? sprintf("%.2f", median(rc, k)) : "-", k ? base : "-")
			put("peak RSS", sprintf("%.1f", median(rss, n) / 1024), "MiB", "-", "-")
			put("output", sprintf("%.3f", bytes / 1e6), "MB", "-", "-")
		}' >>"$rows"
}
