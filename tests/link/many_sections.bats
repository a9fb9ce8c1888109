# SPDX-License-Identifier: MIT
# An object of more sections than an ELF header can count, by every linker.
load ../cli/helpers

setup_file()
{
	cd "$BATS_FILE_TMPDIR"
	mkdir many lld-19
	ln -s "$(command -v ld.lld-19)" lld-19/ld.lld
	perl -e 'for (1 .. 33_000) { open my $f, ">", sprintf "many/f%05d", $_ or die; print $f "this is $_" }'
	"$RCC" compile -q --per-file-sections -n many -o o.o --header many.h many
	# The sections of two have numbers that would mean "absolute" and "common" if 16 bits had to do, that of a third the
	# one that stands for all such numbers.
	cat >use.c <<-'END'
		#include "many.h"
		int main(void)
		{
			const rcc_asset asset[] = {RCC_ASSET(many, f32519), RCC_ASSET(many, f32520), RCC_ASSET(many, f32533)};

			for (int i = 0; i < 3; i++) {
				rcc_entry e;
				rcc_span s;

				if (rcc_asset_entry(asset[i], &e) || rcc_view(&e, &s))
					return 1;
				puts((const char *)s.data);
			}
			return rcc_verify(RCC_BUNDLE(many)) ? 2 : 0;
		}
	END
	$CC -std=c11 -ffunction-sections -DRCC_NO_ZSTD -I "$BUILD/stub" -c use.c "$BUILD/stub/rcc.c"
}

@test "bfd, gold, lld 14 and 19, mold: three of 33,000 assets survive, and without --gc-sections all" {
	readelf -sW "$BATS_FILE_TMPDIR/o.o" | awk '$8 ~ /^rcc_asset_many.f325(19|20|33)$/ { print $7 }' >numbers
	[ "$(cat numbers)" = $'65521\n65522\n65535' ]
	for linker in bfd gold lld mold "lld -B$BATS_FILE_TMPDIR/lld-19"; do
		for gc in "-Wl,--gc-sections" ""; do
			echo "$linker $gc"
			(cd "$BATS_FILE_TMPDIR" && $CC -fuse-ld=$linker $gc -o "$BATS_TEST_TMPDIR/p" use.o rcc.o o.o)
			[ "$(./p)" = $'this is 32519\nthis is 32520\nthis is 32533' ]
			"$RCC" verify p
			[ "$("$RCC" list p | wc -l)" -eq "$([ -n "$gc" ] && echo 3 || echo 33000)" ]
		done
	done
}
