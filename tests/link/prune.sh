#!/bin/bash
# SPDX-License-Identifier: MIT
# Lets every linker prune bundles of --per-file-sections, in every form, with and without --gc-sections; runs each program, in one case stripped too,
# compares what it finds with what had to remain, and reads its headers. TAP on stdout, and Markdown tables in BUILD/prune-matrix.md;
# --table: those on stdout instead. What cannot work, or keeps more than it must, stands in prune-kept.txt: a cell that is not there
# must keep what the program names with --gc-sections and everything without. The linkers run side by side (LINK_JOBS); PRUNE_LINKERS and
# PRUNE_CASES: those only.
set -u
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
BUILD=${BUILD:-$top/build}
RCC=${RCC:-$BUILD/rcc}
. "$here/forms.bash"
. "$here/prune.bash"

linkers=${PRUNE_LINKERS:-"bfd gold lld lld-19 mold tcc"}
forms="pie nopie static plugin r r-unique archive icf lto-gcc lto-clang lto-thin"
section=.lrodata.rcc # of a bundle's pieces
cases=${PRUNE_CASES:-"three none every two byname many"}
# The same with the bundles as static libraries, in some of the cases.
pieces="pieces-pie pieces-whole pieces-static pieces-plugin pieces-r pieces-icf pieces-lto-gcc pieces-lto-clang"

# --- cases: what is in the bundles, and what of it is named -----------------------------------------------

bundles_of() { # CASE
	case $1 in two) echo one two ;; *) echo one ;; esac
}

# All that the program of a case may refer to, in its folder: one.o, two.o (without a bundle, if the case has but one), uses.h.
describe() { # CASE
	local n=40
	case $1 in many) n=40000 ;; esac
	make_bundle one $n -z || return
	case $1 in two) make_bundle two 12 ;; *) cp "$base/empty.o" two.o && ar rcs two.a two.o ;; esac || return
	case $1 in
	none | byname) : >one.named ;;
	every) cp one.names one.named ;;
	two) sed -n '4p;9p' two.names >two.named && sed -n '2p;20p;40p' one.names >one.named ;;
	*) sed -n '3p;17p;39p' one.names >one.named ;;
	esac
	case $1 in
	byname) printf '#include <rcc.h>\n#define BUNDLES(X)\n#define NAMED(X)\n' >uses.h ;;
	*) use_bundles $(bundles_of $1) >uses.h ;;
	esac
	listed named $(bundles_of $1) >expected.gc && listed names $(bundles_of $1) >expected.all
}

# --- forms ------------------------------------------------------------------------------------------------

forms_of_case() { # CASE LINKER
	case $1-$2 in
	many-tcc) ;;
	many-*) echo pie pieces-pie ;;
	*-tcc) echo nopie plugin r archive ;;
	three-bfd) echo $forms ${pieces%pieces-icf*} pieces-lto-gcc ;;
	three-lld*) echo $forms ${pieces/pieces-lto-gcc/} ;;
	three-*) echo $forms ${pieces/pieces-lto-clang/} ;;
	two-*) echo $forms pieces-pie pieces-whole ;;
	*) echo $forms pieces-pie ;;
	esac
}

# With --gc-sections and without; of a static library's forms most with it only. Of many without it those that share a member stay.
kept_of() { # CASE FORM
	case $1-$2 in
	many-pieces-pie) echo gc ;;
	*-pieces-pie | *-pieces-whole) echo gc all ;;
	*-pieces-*) echo gc ;;
	*) echo gc all ;;
	esac
}

title_of() { # FORM
	case $1 in
	plugin) echo 'shared library' ;;
	r-unique) echo '`-r --unique`, then PIE' ;;
	many) echo 'of 40,000 assets three' ;;
	pieces-r) echo 'static library, `-r` with the program, then PIE' ;;
	pieces-whole) echo 'static library, `--whole-archive`, PIE' ;;
	pieces-*) echo "static library, $(title_of ${1#pieces-})" ;;
	*) title $1 ;;
	esac
}

stubs() { # the stub, once for all cases
	local o=obj/glibc flags="-c -O1 -I$BUILD/stub -ffunction-sections -fdata-sections" stub=$BUILD/stub/rcc.c
	gcc $flags -fPIE -o $o-pie-stub.o $stub && gcc $flags -fno-pie -o $o-nopie-stub.o $stub && gcc $flags -fPIC -o $o-pic-stub.o $stub &&
		gcc $flags -flto -fPIE -o $o-lto-gcc-stub.o $stub && clang $flags -flto -fPIE -o $o-lto-clang-stub.o $stub &&
		clang $flags -flto=thin -fPIE -o $o-lto-thin-stub.o $stub && tcc -c -I"$BUILD/stub" -o obj/tcc-stub.o $stub &&
		gcc $flags -fPIE -o $o-host.o "$here/progs/host.c" && tcc -c -o obj/tcc-host.o "$here/progs/host.c"
}

programs() { # CASE: the program in each way it is compiled
	local o=obj/glibc flags="-c -O1 -I$BUILD/stub -I. -ffunction-sections -fdata-sections" prog=$here/progs/prune.c
	gcc $flags -fPIE -o $o-pie-prog.o $prog && tcc -c -I"$BUILD/stub" -I. -o obj/tcc-prog.o $prog || return
	case $1 in many) return ;; esac
	gcc $flags -fno-pie -o $o-nopie-prog.o $prog && gcc $flags -fPIC -Dmain=run -o $o-plugin-prog.o $prog &&
		gcc $flags -flto -fPIE -o $o-lto-gcc-prog.o $prog && clang $flags -flto -fPIE -o $o-lto-clang-prog.o $prog &&
		clang $flags -flto=thin -fPIE -o $o-lto-thin-prog.o $prog && tcc -c -I"$BUILD/stub" -I. -Dmain=run -o obj/tcc-plugin-prog.o $prog
}

prepare() {
	local c
	cd "$base" && mkdir obj lld-19 && ln -s "$(command -v ld.lld-19)" lld-19/ld.lld && stubs || return
	echo 'extern int rcc_test_nothing;' | gcc -c -x c -o empty.o - || return
	for c in $cases; do
		mkdir $c && cd $c && mkdir obj && ln -s ../lld-19 . && ln ../obj/* obj/ && describe $c && programs $c || return
		ar rcs libassets-glibc.a one.o two.o && cd .. || return
	done
}

# --- one linker -------------------------------------------------------------------------------------------

# What forms.bash calls, with the option of the cell behind all others: it has a --gc-sections of its own for LTO.
gcc() { with_gc gcc "$@"; }
clang() { with_gc clang "$@"; }
tcc() { with_gc tcc "$@"; }
with_gc() { # COMPILER ARGUMENT...
	case " $* " in
	*' -r '* | *' -c '*) command "$@" ;;
	*) command "$@" ${gc_option-} ;;
	esac
}

# prune-kept.txt: linker, case, form, gc or all (shell patterns), the outcome, the words, why. The first row that fits is taken.
known() { # LINKER CASE FORM GC: sets $outcome, $words and $why, the row's number; without a row what must be
	local i
	outcome= words= why=
	case $4 in gc) outcome=named ;; *) outcome=all ;; esac
	for i in "${!row_linker[@]}"; do
		[[ $1 == ${row_linker[i]} && $2 == ${row_case[i]} && $3 == ${row_form[i]} && $4 == ${row_gc[i]} ]] || continue
		outcome=${row_outcome[i]} words=${row_words[i]} why=$i
		return
	done
}

read_known() {
	local linker case form gc outcome words why
	row_linker=() row_case=() row_form=() row_gc=() row_outcome=() row_words=() row_why=()
	while IFS=$'\t' read -r linker case form gc outcome words why; do
		case $linker in '#'* | '') continue ;; esac
		row_linker+=("$linker") row_case+=("$case") row_form+=("$form") row_gc+=("$gc") row_outcome+=("$outcome") row_words+=("$words")
		row_why+=("$why")
	done < <(tr -s '\t' <"$here/prune-kept.txt")
}

# The program reads what is there and says it; status 0: all that it checks holds.
run_it() {
	local b at=
	for b in $(bundles_of $case); do at="$at $b $work/$b $work/$b.names"; done
	{ ./prog $at; } >found 2>words || { cat found >>words; false; }
}

# Looked at from outside: the tools tell of the file what its program found.
told() { # FILE
	"$RCC" verify "$1" && "$RCC" list "$1" | diff found -
}

# `rcc stat` tells what the linker dropped of each object.
dropped_told() { # FILE REMAINS
	local b
	for b in $(bundles_of $case); do
		case $2 in named) comm -23 "$work/$b.names" "$work/$b.named" ;; all) : ;; esac >dropped
		"$RCC" stat "$work/$b.$(case $form in pieces-*) echo a ;; *) echo o ;; esac)" "$1" >stat || return
		sed -n '/^  dropped /,$ s/^    //p' stat | diff dropped - || return
	done
}

# As forms.bash links, and partial links, one that keeps the pieces of a bundle apart; and static libraries, with all or with what is referred to.
link_form() { # LINKER FORM
	local cc="gcc -fuse-ld=$1" pie="$work/obj/glibc-pie-*.o" as= wl=-Wl,--fatal-warnings
	case $1 in lld-19) cc="gcc -B$work/lld-19 -fuse-ld=lld" ;; esac
	case $2 in
	r-unique)
		$cc -nostdlib -r -Wl,--unique$(case $1 in bfd | gold) echo =$section ;; mold) echo ,$section ;; esac) -o both.o "$work/one.o" "$work/two.o" &&
			$cc $wl -pie -o prog $pie both.o -lzstd ;;
	pieces-r) $cc -nostdlib -r -o all.o $pie "$work/one.a" "$work/two.a" && $cc $wl -pie -o prog all.o -lzstd ;;
	pieces-whole) $cc $wl -pie -o prog $pie -Wl,--whole-archive "$work/one.a" "$work/two.a" -Wl,--no-whole-archive -lzstd ;;
	pieces-*) as=a link glibc $1 ${2#pieces-} ;;
	*) link glibc $1 $2 ;;
	esac
}

# What became of the cell, from its folder: named or all, that is what remained (unsound-...: with faults of the headers); or what failed.
outcome_of() { # LINKER FORM
	local file=$(carrier ${2#pieces-}) remains
	link_form $1 $2 >words 2>&1 && [ ! -s words ] || { echo link; return; }
	run_it || { echo run; return; }
	told $file >words 2>&1 || { echo told; return; }
	case $case in three) # stripped, it is the same
		cp found before && strip -s $file >words 2>&1 && run_it && diff before found >words && told $file >words 2>&1 ||
			{ echo stripped; return; } ;;
	esac
	if cmp -s found "$work/expected.gc" && [[ $gc-$2 == @(gc-*|all-pieces-*) ]]; then
		remains=named
	elif cmp -s found "$work/expected.all"; then
		remains=all
	else
		head -n 20 found >words
		echo other
		return
	fi
	dropped_told $file $remains >words 2>&1 || { echo stat; return; }
	perl "$here/segment.pl" $file ${2#pieces-} $(bundles_of $case | wc -w) >words 2>&1 && echo $remains || echo unsound-$remains
}

# Are the words of the cell those expected? Of the headers' faults each must be, so that no other hides behind a known one.
as_known() { # OUTCOME
	case $1 in
	named | all) ;;
	unsound-*) ! grep -qvE -- "$words" words ;;
	*) grep -qE -- "$words" words ;;
	esac
}

# One line of results: status, linker, case, form, gc, row of prune-kept.txt or what is wrong.
judge() { # LINKER CASE FORM GC OUTCOME
	known "$1" "$2" "$3" "$4"
	case $2-$5-$outcome in every-named-all) set -- "$1" "$2" "$3" "$4" all ;; esac # where all is named, that is the same
	if [[ $5 == $outcome ]] && as_known $5; then
		printf 'ok\t%s\t%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "$4" "$why"
	else
		printf 'not ok\t%s\t%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "$4" "$5, but was to be $outcome"
		sed 's/^/# /' words | head -n 20
	fi
}

column() { # LINKER
	local case form gc gc_option work LC_ALL=C
	read_known
	for case in $cases; do
		work=$base/$case
		for form in $(forms_of_case $case $1); do
			for gc in $(kept_of $case $form); do
				gc_option=-Wl,--gc-sections
				case $gc-$1 in all-tcc) gc_option= ;; all-*) gc_option=-Wl,--no-gc-sections ;; esac
				mkdir -p "$base/$1" && cd "$base/$1" || exit 1
				judge $1 $case $form $gc "$(outcome_of $1 $form)"
				cd "$base" && rm -r "${base:?}/$1"
			done
		done
	done
}

# --- all of it --------------------------------------------------------------------------------------------

tap() {
	local n=0 status linker case form gc why
	echo "1..$(grep -c '	' results)"
	while IFS=$'\t' read -r status linker case form gc why; do
		case $status in '#'*) echo "$status"; continue ;; esac
		n=$((n + 1))
		if [ "$status" = ok ]; then
			echo "ok $n $linker $case $form $gc${why:+ (as known: ${row_outcome[why]})}"
		else
			echo "not ok $n $linker $case $form $gc: $why"
		fi
	done <results
}

# One cell: what remains; with a mark where that is not what was to be, or is not to be had.
answer() { # LINKER CASE FORM GC
	local line=${result[$1 $2 $3 $4]-}
	known $1 $2 $3 $4
	case $line in
	'') ;;
	'not ok'*) echo '**failed**' ;;
	*) echo "$(case $outcome in named | all) echo $outcome ;; unsound-*) echo ${outcome#*-} ;; *) echo no ;; esac)${why:+ <sup>$((why + 1))</sup>}" ;;
	esac
}

# What most cases answer, and which answer otherwise, of lines "answer<TAB>case".
sum_up() {
	awk -F '\t' '
		{ n[$1]++; of[$1] = of[$1] (n[$1] > 1 ? ", " : "") $2; if (n[$1] == 1) answers[++k] = $1 }
		END {
			for (i = 1; i <= k; i++)
				if (n[answers[i]] > n[most])
					most = answers[i]
			line = most
			for (i = 1; i <= k; i++)
				if (answers[i] != most)
					line = line "; " of[answers[i]] ": " answers[i]
			print line
		}'
}

row() { # TITLE GC FORM CASE...
	local title=$1 gc=$2 form=$3 linker case got
	shift 3
	printf '| %s |' "$title"
	for linker in $linkers; do
		printf ' %s |' "$(for case; do
			got=$(answer $linker $case $form $gc)
			[ -z "$got" ] || printf '%s\t%s\n' "$got" "$case"
		done | sum_up)"
	done
	echo
}

tables() {
	local status linker case form gc why i
	declare -gA result
	while IFS=$'\t' read -r status linker case form gc why; do
		case $status in ok | 'not ok') result[$linker $case $form $gc]=$status ;; esac
	done <results
	for gc in gc all; do
		printf '| %s |%s\n|---|%s\n' "$([ $gc = gc ] && echo 'with `--gc-sections`' || echo without)" \
			"$(printf ' %s |' $linkers)" "$(for linker in $linkers; do printf -- '---|'; done)"
		for form in $forms $pieces; do
			row "$(title_of $form)" $gc $form ${cases% many}
		done
		row "PIE, $(title_of many)" $gc pie many
		row "static library, PIE, $(title_of many)" $gc pieces-pie many
		echo
	done
	for i in "${!row_why[@]}"; do
		echo "$((i + 1)). ${row_why[i]}$([ "${row_words[i]}" = - ] || sed 's/^/: `/; s/$/`/' <<<"${row_words[i]}")"
	done
}

if [ "${1-}" = --column ]; then
	column "$2" >"$base/$2.results"
	exit 0
fi
base=$(mktemp -d "${TMPDIR:-/tmp}/rcc-prune.XXXXXX") || exit 1
trap 'rm -rf "$base"' EXIT
trap 'exit 130' HUP INT TERM
export base BUILD RCC
(prepare) >"$base/words" 2>&1 || { echo "Bail out! the programs do not compile"; sed 's/^/# /' "$base/words"; exit 1; }
printf '%s\n' $linkers | xargs -P "${LINK_JOBS:-$(nproc)}" -n 1 "$BASH" "$here/prune.sh" --column || exit 1
cd "$base" && read_known && for linker in $linkers; do cat $linker.results; done >results || exit 1
if [ "${1-}" = --table ]; then
	tables
else
	tables >"$BUILD/prune-matrix.md"
	tap
fi
