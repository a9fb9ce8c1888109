# SPDX-License-Identifier: MIT
# rcc.pc: programs by pkg-config alone, with the static and the shared library, in C and C++.

setup_file() {
	load helpers
	install_rcc
}

setup() {
	load helpers
	cd "$BATS_TEST_TMPDIR"
	project
	"$(pkg-config --variable=rcc rcc)" compile -n web -o web.o assets
}

@test "pkg-config: version, compiler and fragment are what is installed" {
	same "$("$(pkg-config --variable=rcc rcc)" --version)" "rcc $(pkg-config --modversion rcc)"
	[ -f "$(pkg-config --variable=mk rcc)" ]
	same "$(pkg-config --libs rcc)" "-L$prefix/lib -lrcc "
}

@test "pkg-config: the shared library" {
	cc $(pkg-config --cflags rcc) -o prog main.c web.o $(pkg-config --libs rcc)
	readelf -d prog | grep -q 'NEEDED.*librcc\.so\.0'
	same "$(./prog sub/b.txt)" two
}

@test "pkg-config: the static library" {
	mkdir static && cp "$prefix/lib/librcc.a" static
	cc $(pkg-config --cflags rcc) -o prog main.c web.o -Lstatic $(pkg-config --static --libs-only-l rcc)
	same "$(readelf -d prog | grep 'NEEDED.*librcc')" ""
	same "$(./prog sub/b.txt)" two
}

@test "pkg-config: a C++ program, which declares the bundle" {
	cat >main.cc <<-'END'
		#include <rcc.h>
		#include <iostream>
		#include <string>
		RCC_DECLARE_BUNDLE(web);
		namespace app { int names(const rcc_bundle *b) { return (int)rcc_count(b); } }
		int main()
		{
			rcc_memfile f;
			if (rcc_load(RCC_BUNDLE(web), "a.txt", &f) != RCC_OK)
				return 1;
			std::cout << std::string((const char *)f.data, f.size) << app::names(rcc_find_bundle("web")) << "\n";
			rcc_release(&f);
		}
	END
	for cxx in g++ clang++; do
		$cxx -Wall -Wextra -Werror -pedantic $(pkg-config --cflags rcc) -o prog main.cc web.o $(pkg-config --libs rcc)
		same "$(./prog)" "$(printf 'one\n3')"
	done
}

@test "pkg-config: a bundle that is declared and not linked is an error of the linker" {
	cat >decl.c <<-'END'
		#include <rcc.h>
		RCC_DECLARE_BUNDLE(absent);
		int main(void) { return !RCC_BUNDLE(absent); }
	END
	run cc $(pkg-config --cflags rcc) -o prog decl.c web.o $(pkg-config --libs rcc)
	[ "$status" -ne 0 ]
	says rcc_bundle_absent
}
