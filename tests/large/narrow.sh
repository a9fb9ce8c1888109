#!/bin/bash
# SPDX-License-Identifier: MIT
# A bundle of more than 4 GiB for a machine of 32 bits is an error at the first file beyond, also one that only padding and symbols take
# there, and leaves nothing behind. Reads sparse files; needs 4 GiB on disk for as long as it runs. TAP on stdout.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
RCC=${RCC:-${BUILD:-$top/build}/rcc}
work=$(mktemp -d "${TMPDIR:-/var/tmp}/rcc-narrow.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
failed=0

tell() # NUMBER NAME; the status of the command before is its fate
{
	if [ $? -eq 0 ]; then
		echo "ok $1 $2"
	else
		echo "not ok $1 $2"
		sed 's/^/# /' words
		failed=1
	fi
}

# Different contents, for equal ones are stored once.
for i in $(seq 10 75); do
	mkdir -p in && echo "$i" >"in/$i" && truncate -s 64M "in/$i"
done
echo 1..4
"$RCC" compile -q --target i386 in 2>words
[ $? -eq 1 ] && grep -q '^rcc: in.o: error: the bundle exceeds the 4.0 GiB that an object for this target can hold;' words && [ "$(ls)" = $'in\nwords' ]
tell 1 "i386: an error"
"$RCC" compile -q --target armhf --format bundle -o - in 2>words | head -c 4300000000 | wc -c >>words
grep -qx 4300000000 words
tell 2 "a bundle file may be as large"
rm in/7[3-5] && echo last >in/last && truncate -s 65000000 in/last
"$RCC" compile -q --target m68k -o fits.o in 2>words && "$RCC" list fits.o >words && [ "$(wc -l <words)" -eq 64 ] &&
	"$RCC" cat fits.o last | cmp - in/last >words
tell 3 "m68k: just below the limit"
# The image alone has room, the padding behind it has not.
size=$("$RCC" compile -q --format bundle -o - in | wc -c)
truncate -s $((65000000 + (1 << 32) - 1 - 4096 - (1 << 20) - 1000 - size)) in/last
rm fits.o
"$RCC" compile -q --target m68k in 2>words
[ $? -eq 1 ] && grep -q '^rcc: in.o: error: the object would exceed the 4 GiB that a 32-bit one can have;' words && [ "$(ls)" = $'in\nwords' ]
tell 4 "m68k: an error at the limit"
exit $failed
