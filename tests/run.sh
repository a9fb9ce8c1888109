#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs a suite: cmocka programs, bats files and shell scripts that print TAP, in the order given. What failed is shown whole, what
# passed in one line a file, and the end is always "rcc-tests: SUITE: P passed, F failed, S skipped".
#
# sh tests/run.sh SUITE FILE...      Status 1 when a test failed, or was skipped while CI is set.
# RCC_TEST_TIMEOUT: seconds a file may take (900). RCC_TEST_WRAP: a command to run the programs under.
set -u

suite=${1:?usage: sh tests/run.sh SUITE FILE...}
shift
out=$(mktemp "${TMPDIR:-/tmp}/rcc-run.XXXXXX") || exit 1
trap 'rm -f "$out" "$out.n"' EXIT
trap 'exit 130' HUP INT TERM

# In the foreground, so that an interrupt at the terminal reaches the tests too; not every timeout can do that.
limit="timeout --foreground -k 10 ${RCC_TEST_TIMEOUT:-900}"
$limit true 2>/dev/null || limit=

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

passed=0 failed=0 skipped=0
for file in "$@"; do
	case $file in
	*.bats) set -- bats --formatter tap "$file" ;;
	*/*) set -- ${RCC_TEST_WRAP-} "$file" ;;
	*) set -- ${RCC_TEST_WRAP-} "./$file" ;;
	esac
	CMOCKA_MESSAGE_OUTPUT=TAP $limit "$@" >"$out" 2>&1 </dev/null
	status=$?
	count "$out.n" "$status" "$file" <"$out"
	read -r p f s <"$out.n"
	if [ "$f" -gt 0 ]; then
		printf 'FAILED %s: %d of %d, status %d\n' "$file" "$f" $((p + f + s)) "$status"
		sed 's/^/    /' "$out"
	else
		printf 'ok     %s: %d\n' "$file" "$p"
	fi
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
done

# A suite that ran nothing has shown nothing.
[ $((passed + failed + skipped)) -gt 0 ] || failed=1
echo "rcc-tests: $suite: $passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && { [ -z "${CI-}" ] || [ "$skipped" -eq 0 ]; }
