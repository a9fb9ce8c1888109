#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs a suite: cmocka programs, bats files and shell scripts that print TAP, as many at once as there are processors. Of a file in which
# something failed all is shown but what passed, of others one line, each when it has ended, and the end is always "rcc-tests: SUITE: P passed, F failed, S skipped".
#
# sh tests/run.sh SUITE FILE...      Status 1 when a test failed, or was skipped while CI is set.
# RCC_TEST_TIMEOUT: seconds a file may take (1800). RCC_TEST_WRAP: a command to run the programs under. RCC_TEST_JOBS: files at once.
# RCC_TEST_EVERY: see tests/cli/helpers.bash.
set -u

# TAP on standard input; status: what the runner exited with. Writes "passed failed skipped" to $1 and prints the skips.
# A plan that was not fulfilled, or a bad status without a failed test, is a failed test: a crash must not look like a pass.
# cmocka marks a skipped test "not ok N # SKIP name", bats "ok N name # skip why".
count()
{
	awk -v status="$2" -v file="$3" -v result="$1" '
		/^1\.\.[0-9]+/ { planned += substr($1, 4) }
		/^(not )?ok [0-9]+.*# (SKIP|skip)/ { skipped++; sub(/^(not )?ok [0-9]+ /, ""); print "  skip: " file ": " $0; next }
		/^ok [0-9]+/ { passed++ }
		/^not ok [0-9]+/ { failed++ }
		END {
			lost = planned - passed - failed - skipped
			if (lost > 0)
				failed += lost
			if ((status != 0 && !failed) || !planned)
				failed++
			print passed + 0, failed + 0, skipped + 0 > result
		}'
}

# One file; $1 is where its results go. Prints at its end, in one piece.
run_one()
{
	dir=$1 file=$2
	out=$(mktemp "$dir/XXXXXX") || exit 1
	case $file in
	*.bats) set -- bats --formatter tap "$file" ;;
	*/*) set -- ${RCC_TEST_WRAP-} "$file" ;;
	*) set -- ${RCC_TEST_WRAP-} "./$file" ;;
	esac
	# In the foreground, so that an interrupt at the terminal reaches the tests too; not every timeout can do that.
	limit="timeout --foreground -k 10 ${RCC_TEST_TIMEOUT:-1800}"
	$limit true 2>/dev/null || limit=
	began=$(date +%s)
	CMOCKA_MESSAGE_OUTPUT=TAP $limit "$@" >"$out" 2>&1 </dev/null
	status=$? took=$(($(date +%s) - began))
	{
		count "$out.n" "$status" "$file" <"$out"
		read -r p f s <"$out.n"
		if [ "$f" -gt 0 ]; then
			printf 'FAILED %s: %d of %d, status %d, %d s\n' "$file" "$f" $((p + f + s)) "$status" "$took"
			sed '/^ok [0-9]/d; s/^/    /' "$out"
		else
			printf 'ok     %s: %d, %d s\n' "$file" "$p" "$took"
		fi
	} >"$out.said"
	cat "$out.said"
}

if [ "${1-}" = --one ]; then
	run_one "$2" "$3"
	exit
fi
suite=${1:?usage: sh tests/run.sh SUITE FILE...}
shift
results=$(mktemp -d "${TMPDIR:-/tmp}/rcc-run.XXXXXX") || exit 1
trap 'rm -rf "$results"' EXIT
trap 'exit 130' HUP INT TERM
[ $# -eq 0 ] || printf '%s\0' "$@" | xargs -0 -n 1 -P "${RCC_TEST_JOBS:-$(nproc 2>/dev/null || echo 1)}" sh "$0" --one "$results"

read -r passed failed skipped files <<-END
	$(cat "$results"/*.n 2>/dev/null | awk '{ p += $1; f += $2; s += $3 } END { print p + 0, f + 0, s + 0, NR }')
END
# A file that left no result, and a suite that ran nothing, have shown nothing.
failed=$((failed + $# - files))
[ $((passed + failed + skipped)) -gt 0 ] || failed=1
echo "rcc-tests: $suite: $passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && { [ -z "${CI-}" ] || [ "$skipped" -eq 0 ]; }
