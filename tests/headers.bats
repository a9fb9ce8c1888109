#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Each header by itself, under both compilers and as C++ where a program may want that; who includes whom; how long files are.

setup()
{
	cd "$BATS_TEST_DIRNAME/.."
	warn=(-Wall -Wextra -Wshadow -Wconversion -Wvla -Werror)
}

# alone COMPILER... HEADER: nothing stands before it, and including it twice is fine.
alone()
{
	local header=${*: -1}

	printf '#include "%s"\n#include "%s"\n' "$header" "$header" |
		"${@:1:$#-1}" -fsyntax-only -I . - || {
		echo "$header, ${*:1:$#-1}"
		return 1
	}
}

@test "headers of the compiler: gcc and clang, gnu11" {
	for header in rcc/*.h; do
		for cc in gcc clang; do
			alone $cc -x c -std=gnu11 -D_GNU_SOURCE "${warn[@]}" "$header"
		done
	done
}

@test "headers of the stub: gcc and clang, strict C11" {
	for header in runtime-stub/*.h runtime-stub/*/*.h; do
		for cc in gcc clang; do
			alone $cc -x c -std=c11 -Wpedantic -Wmissing-prototypes "${warn[@]}" "$header"
		done
	done
}

@test "rcc.h, rcc_http.h and rcc_dev.h: g++ and clang++, from C++98 on" {
	for cxx in g++ clang++; do
		for std in c++98 c++11 c++17 c++20; do
			# A C++98 compiler that says no to long long would say no to <stdint.h>.
			for header in runtime-stub/rcc.h runtime-stub/rcc_http.h runtime-stub/rcc_dev.h; do
				alone $cxx -x c++ -std=$std -Wpedantic -Wno-long-long -Wall -Wextra -Wshadow -Wconversion -Werror $header
			done
		done
	done
}

@test "rcc_format.h needs no hosted C" {
	for cc in gcc clang; do
		alone $cc -x c -std=c11 -ffreestanding "${warn[@]}" runtime-stub/rcc_format.h
	done
}

@test "a program in C++ with the generated header" {
	repo=$PWD
	cd "$BATS_TEST_TMPDIR"
	mkdir web && printf '<p>hello</p>' >web/index.html
	: >web/$'\xff"?\?='
	"${RCC:-$repo/build/rcc}" compile --header web.h web
	cat >main.cc <<-'END'
		#include "web.h"
		#include <cstdio>

		int main()
		{
			rcc_entry e;
			rcc_span s;

			if (rcc_lookup(RCC_BUNDLE(web), RCC_NAME_web__index_html, sizeof RCC_NAME_web__index_html - 1, &e) || rcc_view(&e, &s))
				return 1;
			return std::fwrite(s.data, 1, static_cast<std::size_t>(s.size), stdout) != s.size;
		}
	END
	for cxx in g++ clang++; do
		$cxx -Wall -Wextra -Wpedantic -Werror -I "$repo/runtime-stub" -I . -o prog main.cc web.o "${BUILD:-$repo/build}/librcc.a" -lzstd
		[ "$(./prog)" = '<p>hello</p>' ]
	done
}

# What the C files of a directory include, of this project's.
includes()
{
	grep -hoE '^#include "[^"]*"' "$@" | sed 's/.*"\(.*\)"/\1/' | sort -u
}

@test "rcc/ includes of the stub only core.h, rcc.h and rcc_format.h" {
	[ -z "$(includes rcc/*.[ch] | grep runtime-stub | grep -vx -e '../runtime-stub/core/core.h' -e '../runtime-stub/rcc.h' -e '../runtime-stub/rcc_format.h')" ]
	# What is named without a directory is rcc's own.
	for header in $(includes rcc/*.[ch] | grep -v /); do
		[ -f "rcc/$header" ] || { echo "$header"; false; }
	done
}

@test "the stub includes nothing of rcc/, and core/ nothing of hosted/" {
	[ -z "$(includes runtime-stub/*/*.[ch] | grep '\.\./rcc/\|\.\./\.\./rcc/')" ]
	[ -z "$(includes runtime-stub/core/*.[ch] | grep hosted)" ]
	for header in $(includes runtime-stub/core/*.[ch] | grep -v /); do
		[ -f "runtime-stub/core/$header" ] || { echo "$header"; false; }
	done
}

@test "zstd.h, xxhash.h, pthread.h and dirent.h each have the includers they are meant to have" {
	[ "$(grep -l '<zstd.h>' runtime-stub/*/*.[ch])" = runtime-stub/core/decode.h ]
	[ "$(grep -l '"decode.h"' runtime-stub/*/*.[ch] | grep -v '^runtime-stub/core/decode')" = "" ]
	[ "$(grep -l '<zstd.h>' rcc/*.[ch])" = rcc/codec.c ]
	[ "$(grep -l '<xxhash.h>' runtime-stub/*/*.[ch])" = runtime-stub/core/hash.h ]
	[ "$(grep -l '<dirent.h>' rcc/*.[ch])" = $'rcc/cache_save.c\nrcc/tree.c' ]
}

# All files of the project: those git tracks, or in an unpacked release all that are no build's.
files()
{
	if git ls-files --error-unmatch Makefile >/dev/null 2>&1; then
		git ls-files
	else
		find . \( -path './build*' -o -path ./.git \) -prune -o -type f -printf '%P\n'
	fi
}

# The manual pages are read by the option, not as a whole.
@test "no source file is over 500 lines" {
	files | grep -E '\.([ch]|sh|bats|bash|pl|cmake|mk|md)$|^Makefile$' >"$BATS_TEST_TMPDIR/list"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/list")" -gt 80 ]
	while read -r file; do
		[ ! -f "$file" ] || [ "$(wc -l <"$file")" -le 500 ] || { echo "$file: $(wc -l <"$file")"; false; }
	done <"$BATS_TEST_TMPDIR/list"
}

@test "the generated header names an asset in C11 and C++, in one piece and in many" {
	repo=$PWD
	cd "$BATS_TEST_TMPDIR"
	mkdir web && printf x >web/a.txt && printf y >web/b.txt
	printf '%s\n' '#include "web.h"' 'extern rcc_asset pick(int i);' 'rcc_asset pick(int i) { return i ? RCC_ASSET(web, a_txt) : RCC_ASSET(web, b_txt); }' >use.c
	for pieces in "" --per-file-sections; do
		"${RCC:-$repo/build/rcc}" compile $pieces --header web.h web
		for cc in "gcc -std=c11" "clang -std=c11" "g++ -x c++ -std=c++11" "clang++ -x c++ -std=c++11"; do
			$cc "${warn[@]}" -Wpedantic -I "$repo/runtime-stub" -c -o use.o use.c
			[ "$(nm use.o | grep -c 'U rcc_ref_web__[ab]_txt')" -eq "$([ -z "$pieces" ] && echo 0 || echo 2)" ]
		done
	done
}
