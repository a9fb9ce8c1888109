# SPDX-License-Identifier: MIT
# Web servers on the same tree: examples/webd with the files in it, the same server reading them from disk, nginx. Sourced by run.sh.

HTTP_CONNECTIONS=16

# Starts webd PROGRAM with options; sets server (its process) and url.
start_webd() # PROGRAM OPTION...
{
	mkfifo "$work/said"
	"$@" --threads 1 >"$work/said" 2>/dev/null &
	server=$!
	read -r line <"$work/said"
	rm -f "$work/said"
	url=${line##* at }
	url=${url%/}
}

stop_server()
{
	kill "$server" 2>/dev/null
	wait "$server" 2>/dev/null
}

# One process that listens on a port that was free just now.
start_nginx()
{
	start_webd "$work/webd.plain"
	stop_server
	mkdir -p "$work/nginx"
	cat >"$work/nginx/conf" <<-END
		daemon off; master_process off; pid $work/nginx/pid; error_log /dev/null;
		events { worker_connections 1024; }
		http {
			access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000000;
			client_body_temp_path $work/nginx/b; proxy_temp_path $work/nginx/p; fastcgi_temp_path $work/nginx/f;
			uwsgi_temp_path $work/nginx/u; scgi_temp_path $work/nginx/s;
			server { listen 127.0.0.1:${url##*:}; root $IN; }
		}
	END
	/usr/sbin/nginx -c "$work/nginx/conf" 2>/dev/null &
	server=$!
	tries=0
	until curl -s -o /dev/null "$url/"; do
		tries=$((tries + 1))
		[ $tries -lt 100 ] || return 1
		sleep 0.1
	done
}

# Starts a contender; sets accept, what its clients take. WHO
start_server()
{
	accept=identity
	case $1 in
	'rcc, stored') start_webd "$work/webd.plain" ;;
	'rcc, zstd as it lies') accept=zstd; start_webd "$work/webd.zstd" ;;
	'rcc, decoded') start_webd "$work/webd.zstd" ;;
	'webd --disk') start_webd "$work/webd.plain" --disk "$IN" ;;
	nginx) start_nginx ;;
	esac
}

# What the server's calls were while curl asked for every name once on one connection: "calls read sent", a request. The end of
# strace is waited for.
count_calls()
{
	awk -v url="$url" -v q='"' '{ print "url = " q url "/" $0 q "\noutput = /dev/null" }' "$LIST" >"$work/urls"
	curl -s -o /dev/null "$url/" # what only the first answer needs
	strace -f -q -o "$work/calls" -p "$server" 2>/dev/null &
	tracer=$!
	tries=0
	until [ "$(sed -n 's/^TracerPid:[^0-9]*//p' "/proc/$server/status")" != 0 ] || [ $tries -ge 100 ]; do
		tries=$((tries + 1))
		sleep 0.1
	done
	curl -s -H "Accept-Encoding: $accept" -K "$work/urls"
	kill "$tracer"
	wait "$tracer" 2>/dev/null
		awk -v n="$(wc -l <"$LIST")" '
		{ sub(/^[0-9]+ +/, "") }
		match($0, /^[a-z0-9_]+\(/) {
			name = substr($0, 1, RLENGTH - 1)
			got = $0
			sub(/.* = /, "", got)
			got += 0
			calls++
			if (name ~ /^p?read(64|v)?$/ && got > 8)
				bytes += got
			if (name ~ /^(sendmsg|sendto|write|writev|sendfile)$/ && got > 8)
				sent += got
		}
		END { printf "%.1f\t%.0f\t%.0f\n", calls / n, bytes / n, sent / n }' "$work/calls"
}

# The paths in turn, and a line of counts in the end.
wrk_script()
{
	{
		echo 'local path = {'
		sed 's/.*/"\/&",/' "$LIST"
		printf '}\nlocal n = 0\nrequest = function() n = n + 1; return wrk.format("GET", path[n %% #path + 1], { ["Accept-Encoding"] = "%s" }) end\n' "$1"
		printf '%s\n' 'done = function(s) local e = s.errors; io.write(string.format("counts %d %.6f %d\n", s.requests, s.duration / 1e6, e.connect + e.read + e.write + e.status + e.timeout)) end'
	} >"$work/wrk.lua"
}

# Requests a second and errors of one round, as "round who rate errors" in $work/raw.
load() # ROUND WHO
{
	start_server "$2" || return
	wrk_script "$accept"
	taskset -c 0 wrk -t 1 -c $HTTP_CONNECTIONS -d "$seconds" -s "$work/wrk.lua" "$url" |
		awk -v round="$1" -v who="$2" '$1 == "counts" { printf "%s\t%s\t%.0f\t%d\n", round, who, $2 / $3, $4 }' >>"$work/raw"
	stop_server
}

load_rows() # WHO; $work/raw on standard input
{
	awk -F '\t' -v OFS='\t' -v input="$input" -v who="$1" "$sorted"'
		function median(v, n) { sorted(v, n); return n % 2 ? v[(n + 1) / 2] : (v[n / 2] + v[n / 2 + 1]) / 2 }
		$2 == "nginx" { base[$1] = $3 }
		$2 == who { n++; rate[n] = $3; at[n] = $1; errors += $4 }
		END {
			if (!n) {
				print "http", input, who, "-", "-", "-", "-", "-", "did not start"
				exit
			}
			for (i = 1; i <= n; i++)
				if (base[at[i]])
					r[++k] = rate[i] / base[at[i]]
			print "http", input, who, "requests", sprintf("%.0f", median(rate, n)), "a second", k ? sprintf("%.2f", median(r, k)) : "-",
			      k ? "nginx" : "-", "-"
			print "http", input, who, "errors", errors + 0, "-", "-", "-", "-"
		}' >>"$rows"
}

part_http()
{
	corpus web
	(cd "$IN" && find . -type f -size +0 -size -129k -printf '%P\n' | grep -E '^[A-Za-z0-9/._-]+$' | LC_ALL=C sort | awk 'NR % 7 == 1' |
		head -n "$(scaled 500)") >"$work/http.list"
	LIST=$work/http.list
	input="$(wc -l <"$LIST") web files of at most 128 KiB, $HTTP_CONNECTIONS connections"
	seconds=4
	[ "$SCALE" -eq 100 ] || seconds=1
	echo '* mime=auto' >"$work/http.rules"
	for form in plain zstd; do
		level=
		[ $form = plain ] || level=-z19
		sh "$here/../examples/webd/build.sh" "$BUILD" "$work/webd.$form" $level -r "$work/http.rules" --files-from "$LIST" "$IN" ||
			{ cannot http "$input" 'rcc, stored' 'webd cannot be built'; return; }
	done
	: >"$work/raw"
	for round in $(seq "$ROUNDS"); do
		for who in 'rcc, stored' 'rcc, zstd as it lies' 'rcc, decoded' 'webd --disk' nginx; do
			say "http: $who, round $round"
			load "$round" "$who"
		done
	done
	for who in 'rcc, stored' 'rcc, zstd as it lies' 'rcc, decoded' 'webd --disk' nginx; do
		load_rows "$who" <"$work/raw"
		start_server "$who" || continue
		IFS='	' read -r calls bytes sent <<-END
			$(count_calls)
		END
		stop_server
		row http "$input" "$who" 'system calls' "$calls" 'a request'
		row http "$input" "$who" 'read into memory' "$bytes" 'bytes a request'
		row http "$input" "$who" sent "$sent" 'bytes a request'
	done
}
