#!/bin/bash
# SPDX-License-Identifier: MIT
# A bundle file on disks whose files can share blocks, mounted by root from an image of each: its bytes are those written elsewhere,
# and it takes little room beside its sources. Needs 2 GB of disk.
. "$(dirname "$0")/lib.bash"
size=700000001

echo 1..6
mkdir plain mounted && "$BUILD/bench/generate" file plain/large $size && head -c 3000001 plain/large >plain/other && cp plain/other plain/twice &&
	echo small >plain/small
"$RCC" compile -q --format bundle -n b -o want.rcb plain || exit 1
trap 'umount "$work/mounted" 2>/dev/null; rm -rf "$work"' EXIT

used() # KiB of the disk, when all is written
{
	sync -f mounted && df -k --output=used mounted | tail -n 1
}

for fs in xfs btrfs; do
	truncate -s 3G disk.img
	if ! { mkfs.$fs -q disk.img && mount -o loop disk.img mounted; } >words 2>&1; then
		for what in mounted same little; do
			n=$((n + 1))
			echo "ok $n $fs: $what # SKIP $(tail -n 1 words)"
		done
		continue
	fi
	cp -r plain mounted/in
	# rcc copies what was touched just now; when that is no longer so, it does not matter how much later it is.
	until [ $(($(date +%s) - $(stat -c %Z mounted/in/twice))) -gt 3 ]; do sleep 1; done
	before=$(used)
	"$RCC" compile -q --format bundle -n b -o mounted/o.rcb mounted/in >words 2>&1
	tell "$fs: it compiles"
	cmp want.rcb mounted/o.rcb >words 2>&1
	tell "$fs: the same bytes"
	after=$(used)
	echo "$((after - before)) KiB more" >words
	[ $((after - before)) -lt 8192 ]
	tell "$fs: less than 8 MiB for $((size / 1000000)) MB"
	umount mounted
	rm disk.img
done
exit $failed
