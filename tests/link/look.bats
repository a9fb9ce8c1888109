#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What every linker makes of two bundles is found again by `rcc list`: as linked, stripped, without section headers, after patchelf.
load ../cli/helpers

both=$'one:\na.txt\nbig.txt\nsub/b.txt\n\ntwo:\nc.txt'

setup()
{
	cd "$BATS_TEST_TMPDIR"
	make_tree
	put two/c.txt gamma
	"$RCC" compile -z -n one -o one.o in
	"$RCC" compile -n two -o two.o two
	make_decoy
}

holds_both()
{
	rcc list "$1"
	is 0 "$both" || return 1
	# shellcheck disable=SC2086
	rcc verify ${quiet-} "$1"
	is 0 || return 1
}

# As linked, then stripped, then without section headers.
whittled()
{
	holds_both "$1" && strip -s "$1" && holds_both "$1" && drop_section_headers "$1" && holds_both "$1"
}

of_every_kind()
{
	for kind in -pie -no-pie -static -shared -Wl,--gc-sections; do
		make_program "p$kind" "-fuse-ld=$1" $kind decoy.o one.o two.o
		whittled "p$kind" || { echo "$1 $kind"; return 1; }
	done
}

@test "bfd: programs of every kind" {
	of_every_kind bfd
}

@test "gold: programs of every kind" {
	of_every_kind gold
}

@test "lld: programs of every kind" {
	of_every_kind lld
}

@test "mold: programs of every kind" {
	of_every_kind mold
}

@test "tcc: no notes, no descriptors but the images" {
	echo 'int main(void){return 0;}' >m.c
	tcc -o p m.c one.o two.o
	rcc verify p
	[ "$status" -eq 0 ]
	has "$stderr" "rcc: p: warning: no note leads to bundle 'one': "*"rcc: p: warning: no note leads to bundle 'two': "*
	quiet=-q whittled p
}

@test "after patchelf the notes lead nowhere, and the bundles are found" {
	for ld in bfd gold lld mold; do
		$CC -shared -fuse-ld=$ld -o p.so decoy.o one.o two.o
		cp p.so old.so
		patchelf --set-rpath "$(printf '/%0300d' 0)" p.so
		run cmp -s p.so old.so
		[ "$status" -eq 1 ]
		holds_both p.so
		# Without the descriptors' section only the notes are left.
		strip -R rcc_desc p.so
		drop_section_headers p.so
		holds_both p.so
	done
}
