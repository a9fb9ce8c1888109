#!/bin/bash
# SPDX-License-Identifier: MIT
# Links two bundles by every linker in every form, treats copies of the result by every tool that edits programs, runs each, lets it
# read every file, and reads its headers. TAP on stdout, and Markdown tables in BUILD/link-matrix.md; --table: those on stdout instead.
#
# Each program is compiled once and linked once. What cannot work stands in refused.txt, with the words of the tool that refuses it:
# a cell that is not there must work, and one that is there must fail in just that way. The columns run side by side (LINK_JOBS).
set -u
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
BUILD=${BUILD:-$top/build}
RCC=${RCC:-$BUILD/rcc}
upx=$(command -v upx || command -v upx-ucl)
. "$here/forms.bash"

linkers="bfd gold lld lld-19 mold tcc"
columns="glibc-bfd glibc-gold glibc-lld glibc-lld-19 glibc-mold glibc-tcc musl-bfd musl-gold musl-lld musl-lld-19 musl-mold"

# --- what all columns share -------------------------------------------------------------------------

compile() { # NAME CC FLAGS...: the stub and the program
	local name=$work/obj/$1
	shift
	"$@" -c -o "$name-stub.o" "$stub" && "$@" -c -o "$name-prog.o" "$prog"
}

compile_libc() { # NAME CC: what the forms of one C library need
	local name=$1 cc=$2 flags="-O1 -I$BUILD/stub -ffunction-sections -fdata-sections"
	[ "$name" = musl ] && flags="$flags -DRCC_NO_ZSTD -I$work/include"
	compile "$name-pie" $cc $flags -fPIE && compile "$name-nopie" $cc $flags -fno-pie && compile "$name-pic" $cc $flags -fPIC -DSHARED &&
		compile "$name-lto-gcc" $cc $flags -flto -fPIE &&
		$cc $flags -fPIE -DSHARED -c -o "$work/obj/$name-apart-prog.o" "$prog" &&
		$cc $flags -fPIC -Dmain=run -c -o "$work/obj/$name-plugin-prog.o" "$prog" &&
		$cc $flags -fPIE -c -o "$work/obj/$name-host.o" "$here/progs/host.c"
}

compile_rest() {
	local flags="-O1 -I$BUILD/stub -ffunction-sections -fdata-sections" cc="tcc -I$BUILD/stub -c -o $work/obj/tcc"
	compile glibc-lto-clang clang $flags -flto -fPIE && compile glibc-lto-thin clang $flags -flto=thin -fPIE && compile_libc musl musl-gcc &&
		$cc-stub.o "$stub" && $cc-prog.o "$prog" && $cc-apart-prog.o -DSHARED "$prog" && $cc-plugin-prog.o -Dmain=run "$prog" &&
		$cc-host.o "$here/progs/host.c"
}

prepare() {
	stub=$BUILD/stub/rcc.c
	prog=$here/progs/read_all.c
	mkdir "$work/one" "$work/two" "$work/obj" "$work/include" "$work/lld-19" || return
	cp -r "$top/tests/fixtures/small/." "$work/one/" && cp -r "$top/examples/site/." "$work/two/" &&
		head -c 300000 /dev/zero | tr '\0' 'x' >"$work/one/large.bin" &&
		"$RCC" compile -q -n one -z -o "$work/one.o" "$work/one" && "$RCC" compile -q -n one -o "$work/plain.o" "$work/one" &&
		"$RCC" compile -q -n two -o "$work/two.o" "$work/two" || return
	ar rcs "$work/libassets-glibc.a" "$work/one.o" "$work/two.o" && ar rcs "$work/libassets-musl.a" "$work/plain.o" "$work/two.o" || return
	# Of the headers beyond musl's own the stub needs just this one; gcc and clang know that linker by no name of its own.
	cp /usr/include/xxhash.h "$work/include/" && ln -s "$(command -v ld.lld-19)" "$work/lld-19/ld.lld" || return
	compile_rest &
	compile_libc glibc gcc && wait $!
}

# --- one column -------------------------------------------------------------------------------------

# refused.txt: libc-linker, form, treatment (shell patterns), stage, the tool's words (an extended regular expression), why.
refused() { # COLUMN FORM TREATMENT: sets $stage and $words, and $why to the row's number; empty where it must work
	local i
	stage= words= why=
	for i in "${!row_column[@]}"; do
		[[ $1 == ${row_column[i]} && $2 == ${row_form[i]} && $3 == ${row_treatment[i]} ]] || continue
		stage=${row_stage[i]} words=${row_words[i]} why=$i
		return
	done
}

read_refused() {
	local column form treatment stage words
	row_column=() row_form=() row_treatment=() row_stage=() row_words=() row_why=()
	while IFS=$'\t' read -r column form treatment stage words why; do
		case $column in '#'* | '') continue ;; esac
		row_column+=("$column") row_form+=("$form") row_treatment+=("$treatment") row_stage+=("$stage") row_words+=("$words") row_why+=("$why")
	done < <(tr -s '\t' <"$here/refused.txt")
}

# The tool that looks inside finds both bundles and has nothing to say of them, and the headers are sound.
sound() { # FILE FORM
	local said quiet=
	[ "$ld" != tcc ] || quiet=-q # it makes no notes, and rcc verify warns of that
	if ! said=$("$RCC" verify $quiet "$1" 2>&1) || [ -n "$said" ]; then
		echo "$said"
		return 1
	fi
	perl "$here/segment.pl" "$1" "$2"
}

# Do the words of the cell fit those expected? Of the headers' faults each one must, so that no other hides behind a known one.
as_known() { # STAGE
	case $1 in
	'') ;;
	headers) ! grep -qvE "$words" words ;;
	*) grep -qE -- "$words" words ;;
	esac
}

# One line of results: status, column, form, treatment, row of refused.txt. The words of a failure follow, each line begins with '#'.
judge() { # COLUMN FORM TREATMENT STAGE: the stage that failed, or nothing
	refused "$1" "$2" "$3"
	if [[ $4 == $stage ]] && as_known "$4"; then
		printf 'ok\t%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "$why"
	else
		printf 'not ok\t%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "${4:-worked}, but was to ${stage:+fail: }${stage:-work}"
		sed 's/^/# /' words | head -n 20
	fi
}

# A column's results, on stdout. A treatment is of a copy, in a folder of its own.
column() { # COLUMN
	local libc=${1%%-*} ld=${1#*-} form treatment failed file
	read_refused
	for form in $(forms_of $libc $ld); do
		mkdir -p "$work/$1/$form" && cd "$work/$1/$form" || exit 1
		failed=
		file=$(carrier $form)
		link $libc $ld $form >words 2>&1 && [ ! -s words ] || failed=link
		[ -n "$failed" ] || run_it || failed=run
		[ -n "$failed" ] || sound $file $form >words 2>&1 || failed=headers
		judge $1 $form linked "$failed"
		# What was not linked cannot be treated; what is known to be unsound is treated nevertheless.
		case $failed in link | run) continue ;; esac
		for treatment in $treatments; do
			[ $treatment != upx ] || [ -n "$upx" ] || continue
			mkdir ../t && cp prog ../t/ && if [ $file != prog ]; then cp $file ../t/; fi && cd ../t || exit 1
			failed=
			treat $treatment $file >words 2>&1 || failed=treat
			[ -n "$failed" ] || run_it || failed=run
			[ -n "$failed" ] || sound $file $form >words 2>&1 || failed=headers
			judge $1 $form $treatment "$failed"
			cd "../$form" && rm -r ../t
		done
	done
}

# The program in this folder reads every file of both bundles and says ok.
run_it() {
	{ ./prog "$work/one" "$work/two"; } >words 2>&1 && grep -qx ok words # the shell's own word about a crash goes there too
}

# --- all of it --------------------------------------------------------------------------------------

tap() {
	local n=0 status column form treatment why
	echo "1..$(grep -c '	' "$work/results")"
	while IFS=$'\t' read -r status column form treatment why; do
		case $status in '#'*) echo "$status"; continue ;; esac
		n=$((n + 1))
		if [ "$status" = ok ]; then
			echo "ok $n $column $form $treatment${why:+ (refused, as known)}"
		else
			echo "not ok $n $column $form $treatment: $why"
		fi
	done <"$work/results"
	[ -n "$upx" ] || echo "# no UPX on this machine: not tried"
}

# --- the tables -------------------------------------------------------------------------------------

# The number of a row of refused.txt as its foot mark; rows are marked in the order they stand in.
mark() { # ROW
	echo "<sup>$(($1 + 1))</sup>"
}

# One cell: yes; runs (with a fault of the headers that is known) or no, with a mark; or what failed. Nothing: not tried.
cell() { # COLUMN FORM TREATMENT
	local line
	line=${result[$1 $2 $3]-}
	case $line in
	'') echo '' ;;
	'not ok'*) echo '**failed**' ;;
	'ok ') echo yes ;;
	*) case ${row_stage[${line#ok }]} in headers) echo -n 'runs ' ;; *) echo -n 'no ' ;; esac; mark "${line#ok }" ;;
	esac
}

head_of() { # WHAT COLUMN...
	local c line="| $1 |" rule='|---|'
	shift
	for c; do line="$line ${c#*-} |" rule="$rule---|"; done
	printf '%s\n%s\n' "$line" "$rule"
}

forms_table() { # LIBC COLUMN...
	local libc=$1 form c line
	shift
	head_of "$libc" "$@"
	for form in $(forms_of $libc bfd); do
		line="| $(title $form) |"
		for c; do line="$line $(cell $c $form linked) |"; done
		echo "$line"
	done
	echo
}

# What most forms answer, and which answer otherwise, of lines "answer<TAB>form".
sum_up() {
	awk -F '\t' '
		{ n[$1]++; forms[$1] = forms[$1] (n[$1] > 1 ? ", " : "") $2; if (n[$1] == 1) answers[++k] = $1 }
		END {
			for (i = 1; i <= k; i++)
				if (n[answers[i]] > n[most])
					most = answers[i]
			line = k ? most : "not tried"
			for (i = 1; i <= k; i++)
				if (answers[i] != most)
					line = line "; " forms[answers[i]] ": " answers[i]
			print line
		}'
}

# For each treatment, what became of the forms that had been linked.
treatments_table() { # LIBC COLUMN...
	local libc=$1 treatment form c line now
	shift
	head_of "$libc, then" "$@"
	for treatment in $treatments; do
		line="| $(title $treatment) |"
		for c; do
			line="$line $(for form in $(forms_of $libc ${c#*-}); do
				now=$(cell $c $form $treatment)
				[ -z "$now" ] || printf '%s\t%s\n' "$now" "$form"
			done | sum_up) |"
		done
		echo "$line"
	done
	echo
}

tables() {
	local status column form treatment why i
	declare -gA result
	read_refused
	while IFS=$'\t' read -r status column form treatment why; do
		case $status in ok | 'not ok') result[$column $form $treatment]="$status $why" ;; esac
	done <"$work/results"
	forms_table glibc $(printf 'glibc-%s ' $linkers)
	treatments_table glibc $(printf 'glibc-%s ' $linkers)
	forms_table musl $(printf 'musl-%s ' ${linkers% tcc})
	treatments_table musl $(printf 'musl-%s ' ${linkers% tcc})
	for i in "${!row_why[@]}"; do
		echo "$((i + 1)). ${row_why[i]}: $(sed 's/^/`/; s/$/`/' <<<"${row_words[i]}")"
	done
}

if [ "${1-}" = --column ]; then
	column "$2" >"$work/$2.results"
	exit 0
fi
work=$(mktemp -d "${TMPDIR:-/tmp}/rcc-link.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 130' HUP INT TERM
# mold ends musl's LTO in an exception (refused.txt), and gcc's temporary files stay behind.
mkdir "$work/tmp" && export TMPDIR=$work/tmp work BUILD RCC || exit 1
prepare >"$work/words" 2>&1 || { echo "Bail out! the programs do not compile"; sed 's/^/# /' "$work/words"; exit 1; }
printf '%s\n' $columns | xargs -P "${LINK_JOBS:-$(nproc)}" -n 1 "$BASH" "$here/matrix.sh" --column || exit 1
for c in $columns; do cat "$work/$c.results"; done >"$work/results"
if [ "${1-}" = --table ]; then
	tables
else
	tables >"$BUILD/link-matrix.md"
	tap
fi
