# SPDX-License-Identifier: MIT
# find_package(rcc): with Ninja and with Makefiles, a build makes again what it must and nothing else.

setup_file() {
	load helpers
	install_rcc "a prefix"
}

setup() {
	load helpers
	cd "$BATS_TEST_TMPDIR"
	project
	cat >CMakeLists.txt <<-'END'
		cmake_minimum_required(VERSION 3.20)
		project(app C)
		find_package(rcc 0.1 REQUIRED)
		add_executable(prog main.c)
		target_link_libraries(prog PRIVATE rcc::rcc)
		rcc_add_bundle(prog NAME web DIR assets OPTIONS -z)
	END
	out=out prog=./out/prog
}

configure() {
	cmake -S . -B "$out" -G "$1" -DCMAKE_PREFIX_PATH="$prefix" >/dev/null
}

build() {
	cmake --build "$out"
}

is_idle() {
	if [ -f "$out/build.ninja" ]; then
		says "no work to do"
	else
		says_not Linking
		says_not Compiling
	fi
}

@test "cmake: Ninja rebuilds for edited, added and removed assets, and for nothing else" {
	configure Ninja
	lives
}

@test "cmake: Makefiles do too" {
	configure "Unix Makefiles"
	lives
}

@test "cmake: a build folder with a space in its name" {
	out="out dir" prog="./out dir/prog"
	for generator in Ninja "Unix Makefiles"; do
		rm -rf "$out"
		configure "$generator"
		build
		same "$("$prog" a.txt)" one
		echo "$generator" >assets/a.txt
		build
		same "$("$prog" a.txt)" "$generator"
		run build
		is_idle
		echo one >assets/a.txt
	done
}

@test "cmake: rules, prefix, header, several directories; a changed rule rebuilds" {
	mkdir more && echo x >more/x.map && echo y >more/y.txt
	echo '*.map drop' >my.rules
	cat >CMakeLists.txt <<-'END'
		cmake_minimum_required(VERSION 3.20)
		project(app C)
		find_package(rcc REQUIRED)
		add_executable(prog main.c names.c)
		target_link_libraries(prog PRIVATE rcc::rcc)
		rcc_add_bundle(prog NAME web DIR assets more:extra PREFIX top RULES my.rules HEADER web.h)
	END
	echo '#include "web.h"' >names.c
	echo 'const char *name_of_a(void) { return RCC_NAME_web__top_a_txt; }' >>names.c
	for generator in Ninja "Unix Makefiles"; do
		rm -rf "$out"
		configure "$generator"
		build
		same "$("$prog" top/a.txt)" one
		same "$("$prog" top/extra/y.txt)" y
		run "$prog" top/extra/x.map
		same "$status" 1
		echo '*.txt -drop' >my.rules
		echo '# none' >my.rules
		build
		same "$("$prog" top/extra/x.map)" x
		run build
		is_idle
		echo '*.map drop' >my.rules
	done
}

@test "cmake: the shared library, a bundle in a library, two bundles in one target" {
	mkdir lib && echo lib >lib/l.txt
	cat >lib.c <<-'END'
		#include <rcc.h>
		RCC_DECLARE_BUNDLE(lib);
		size_t lib_count(void);
		size_t lib_count(void) { return rcc_count(RCC_BUNDLE(lib)) + !!rcc_find_bundle("other"); }
	END
	cat >both.c <<-'END'
		#include <rcc.h>
		#include <stdio.h>
		size_t lib_count(void);
		int main(void) { printf("%zu %zu\n", lib_count(), rcc_count(rcc_find_bundle("web"))); }
	END
	cat >CMakeLists.txt <<-'END'
		cmake_minimum_required(VERSION 3.20)
		project(app C)
		find_package(rcc REQUIRED)
		add_library(part STATIC lib.c)
		target_link_libraries(part PUBLIC rcc::shared)
		rcc_add_bundle(part NAME lib DIR lib)
		add_executable(prog both.c)
		target_link_libraries(prog PRIVATE part)
		rcc_add_bundle(prog NAME web DIR assets)
		rcc_add_bundle(prog NAME other DIR lib)
	END
	for generator in Ninja "Unix Makefiles"; do
		rm -rf "$out"
		configure "$generator"
		build
		same "$("$prog")" "2 3"
		readelf -d "$prog" | grep -q 'NEEDED.*librcc\.so\.0'
	done
}

@test "cmake: versions and wrong calls are refused when configuring" {
	sed -i 's/rcc 0\.1/rcc 0.2/' CMakeLists.txt
	run configure Ninja
	[ "$status" -ne 0 ]
	sed -i 's/rcc 0\.2/rcc/; s/NAME web/NAME we-b/' CMakeLists.txt
	run configure Ninja
	[ "$status" -ne 0 ]
	says "must be a C identifier"
	sed -i 's/we-b DIR assets/web/' CMakeLists.txt
	run configure Ninja
	[ "$status" -ne 0 ]
	says "needs a DIR"
}

@test "cmake: an object that was deleted comes back; clean removes all that was made" {
	for generator in Ninja "Unix Makefiles"; do
		rm -rf "$out"
		configure "$generator"
		build
		[ "$generator" != Ninja ] || rm "$prog" "$out/rcc/prog/web.o" # Makefiles know byproducts for clean only
		build
		same "$("$prog")" one
		cmake --build "$out" --target clean
		[ ! -e "$prog" ]
		[ ! -e "$out/rcc/prog/web.o" ]
		build
		same "$("$prog")" one
	done
}
