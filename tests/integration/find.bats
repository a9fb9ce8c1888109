# SPDX-License-Identifier: MIT
# Bundles found at run time in the modules that real linkers and patchelf make, and what madvise does to them.

setup() {
	load helpers
	RCC=${RCC:-$BUILD/rcc}
	cd "$BATS_TEST_TMPDIR"
	mkdir one two
	echo 'first file' >one/a.txt
	seq 20000 >one/numbers
	echo 'second file' >two/b.txt
	"$RCC" compile -n one -o one.o one
	"$RCC" compile -n two -o two.o two
	cat >show.c <<-'END'
		#include <rcc.h>
		#include <stdio.h>
		#include <string.h>
		#include <dlfcn.h>

		static int show(const rcc_bundle *b, void *arg)
		{
			rcc_info i;

			if (rcc_get_info(b, &i) || rcc_verify(b))
				return 1;
			/* What is told of once must be the one that is found by name. */
			printf("%s%s ", i.name, rcc_find_bundle(i.name) == b ? "" : "?");
			++*(int *)arg;
			return 0;
		}

		int main(int argc, char **argv)
		{
			int n = 0, r;

			for (int i = 1; i < argc; i++)
				if (!dlopen(argv[i], RTLD_NOW)) {
					puts(dlerror());
					return 2;
				}
			r = rcc_each_bundle(show, &n);
			printf("%d %d\n", n, r);
			return 0;
		}
	END
	stub=(-I"$repo/runtime-stub" "$BUILD/librcc.a" -lzstd -ldl)
}

@test "find: no bundle at all" {
	cc -o prog show.c "${stub[@]}"
	same "$(./prog)" "0 0"
}

@test "find: two bundles, however they are linked" {
	for how in "-pie -fPIE" "-no-pie -fno-pie" -static -static-pie -Wl,--gc-sections -s -flto; do
		cc $how -o prog show.c one.o two.o "${stub[@]}" 2>warnings
		same "$how: $(./prog)" "$how: one two 2 0"
	done
}

@test "find: two bundles joined by ld -r, then stripped" {
	ld -r -o both.o one.o two.o
	cc -o prog show.c both.o "${stub[@]}"
	same "$(./prog)" "one two 2 0"
	strip prog
	same "$(./prog)" "one two 2 0"
}

@test "find: bundles in shared objects without a stub of their own" {
	cc -shared -o libone.so one.o
	cc -shared -s -o plugin.so two.o
	cc -o prog show.c -L. -Wl,--no-as-needed -lone -Wl,-rpath,. "${stub[@]}"
	same "$(./prog)" "one 1 0"
	same "$(./prog ./plugin.so)" "one two 2 0"
	same "$(./prog ./plugin.so ./plugin.so)" "one two 2 0"
}

@test "find: the stub in librcc.so, bundles in the program and in a plugin" {
	cc -shared -o plugin.so two.o
	ln -s "$BUILD/librcc.so" librcc.so.0
	cc -o prog show.c one.o -I"$repo/runtime-stub" librcc.so.0 -Wl,-rpath,. -ldl
	same "$(./prog)" "one 1 0"
	same "$(./prog ./plugin.so)" "one two 2 0"
}

@test "find: the note alone, and the section alone, are enough" {
	cc -o prog show.c one.o two.o "${stub[@]}"
	objcopy --remove-section .note.rcc one.o one-section.o
	objcopy --remove-section .note.rcc two.o two-section.o
	cc -o prog show.c one-section.o two-section.o "${stub[@]}"
	same "$(./prog)" "one two 2 0"
	# A module of its own, without a stub, has nothing but its notes.
	cc -shared -o plugin.so one.o two.o
	cc -o prog show.c "${stub[@]}"
	same "$(./prog ./plugin.so)" "one two 2 0"
	objcopy --remove-section .note.rcc plugin.so
	same "$(./prog ./plugin.so)" "0 0"
}

@test "find: patchelf moves notes, and the bundles are found nevertheless" {
	local long
	long=/nowhere/$(printf 'x%.0s' {1..5000})
	cc -shared -o plugin.so one.o two.o
	patchelf --set-rpath "$long" plugin.so
	cc -o host show.c "${stub[@]}"
	same "$(./host ./plugin.so)" "one two 2 0"
	for how in "-pie -fPIE" "-no-pie -fno-pie"; do
		cc $how -o prog show.c one.o two.o "${stub[@]}"
		patchelf --set-rpath "$long" prog
		same "$how: $(./prog)" "$how: one two 2 0"
	done
}

@test "find: patchelf did move the notes" {
	cc -shared -o plugin.so one.o
	before=$(note_address plugin.so)
	patchelf --set-rpath "/nowhere/$(printf 'x%.0s' {1..5000})" plugin.so
	[ -n "$before" ]
	[ "$(note_address plugin.so)" != "$before" ]
}

note_address() {
	readelf -SW "$1" | sed -n 's/.* \.note\.rcc *NOTE *\([0-9a-f]*\).*/\1/p'
}

@test "find: a descriptor got by dlsym, registered and taken back" {
	"$RCC" compile --symbols global -n one -o one.o one
	objcopy --remove-section .note.rcc one.o
	cc -shared -o plugin.so one.o
	cat >prog.c <<-'END'
		#include <rcc.h>
		#include <dlfcn.h>
		#include <stdio.h>

		int main(void)
		{
			void *m = dlopen("./plugin.so", RTLD_NOW);
			const rcc_bundle *b = rcc_from_desc(dlsym(m, "rcc_bundle_one"));

			printf("%d%d", !!b, !!rcc_find_bundle("one"));
			printf("%d", rcc_register_bundle(b));
			printf("%d", rcc_find_bundle("one") == b);
			printf("%d", rcc_unregister_bundle(b));
			printf("%d\n", !!rcc_find_bundle("one"));
			return 0;
		}
	END
	cc -o prog prog.c "${stub[@]}"
	same "$(./prog)" 100100
}

@test "find: a plugin that is closed is gone, and comes back" {
	cc -shared -o plugin.so two.o
	cat >prog.c <<-'END'
		#include <rcc.h>
		#include <dlfcn.h>
		#include <stdio.h>

		int main(void)
		{
			for (int i = 0; i < 3; i++) {
				void *m = dlopen("./plugin.so", RTLD_NOW);

				printf("%d", !!rcc_find_bundle("two"));
				dlclose(m);
				printf("%d", !!rcc_find_bundle("two"));
			}
			puts("");
			return 0;
		}
	END
	cc -o prog prog.c "${stub[@]}"
	same "$(./prog)" 101010
}

# A program and a plugin, both with a stub of their own, by $1 (what to compile and link), and a bundle each, of one
# name: what each of them reads. $2: how the program is linked besides.
two_stubs() {
	local with=$1 how=$2
	cc $how -o prog host.c one.o $with -lzstd -ldl
	cc -shared -fPIC $how -o plugin.so plugin.c plugin.o $with -lzstd
	./prog
}

@test "find: modules with a stub each have nothing in common, however they are linked and loaded" {
	mkdir again && echo 'of the plugin' >again/a.txt
	"$RCC" compile -n one -o plugin.o again
	cat >plugin.c <<-'END'
		#include <rcc.h>
		RCC_DECLARE_BUNDLE(one);
		static rcc_memfile f, g;
		const char *by_name(void);
		const char *direct(void);
		int sees(const char *name);
		const char *by_name(void)
		{
			return rcc_read_memfile("one", "a.txt", &f) ? "none" : (const char *)f.data;
		}
		const char *direct(void)
		{
			return rcc_load(RCC_BUNDLE(one), "a.txt", &g) ? "none" : (const char *)g.data;
		}
		int sees(const char *name)
		{
			return !!rcc_find_bundle(name);
		}
	END
	cat >host.c <<-'END'
		#include <rcc.h>
		#include <dlfcn.h>
		#include <stdio.h>

		int main(void)
		{
			void *m = dlopen("./plugin.so", RTLD_NOW | RTLD_GLOBAL);
			const char *(*by_name)(void) = (const char *(*)(void))dlsym(m, "by_name");
			const char *(*direct)(void) = (const char *(*)(void))dlsym(m, "direct");
			int (*sees)(const char *) = (int (*)(const char *))dlsym(m, "sees");
			const rcc_bundle *mine;
			rcc_memfile f;

			/* What is registered is so in one copy of the stub. */
			if (rcc_open_bundle("two.rcb", RCC_MAPPED, &mine) || rcc_register_bundle(mine))
				return 1;
			if (rcc_read_memfile("one", "a.txt", &f))
				return 1;
			printf("%s%s%s%d%d\n", (const char *)f.data, by_name(), direct(), !!rcc_find_bundle("two"), sees("two"));
			return 0;
		}
	END
	"$RCC" compile -n two --format bundle -o two.rcb two
	sh "$repo/runtime-stub/amalgamate.sh" .
	cc -O2 -fPIC -c rcc.c
	expected=$(printf 'first file\nof the plugin\nof the plugin\n10')
	for how in "" -rdynamic -Wl,-Bsymbolic -Wl,-z,now "-flto -rdynamic"; do
		same "$how: $(two_stubs "-I. $BUILD/librcc.a" "$how")" "$how: $expected"
		same "$how: $(two_stubs "-I. rcc.o" "$how")" "$how: $expected"
		same "$how: $(two_stubs "-I. -fPIC rcc.c" "$how")" "$how: $expected"
	done
}

@test "find: a program shows nothing of its stub to others" {
	cc -rdynamic -o prog show.c one.o "${stub[@]}"
	same "$(nm -D --defined-only prog | grep -w 'rcc_[a-z_0-9]*')" ""
	cc -shared -fPIC -o plugin.so show.c one.o "${stub[@]}"
	same "$(nm -D --defined-only plugin.so | grep -w 'rcc_[a-z_0-9]*')" ""
}

@test "find: modules that share librcc.so share what is registered" {
	ln -s "$BUILD/librcc.so" librcc.so.0
	cat >plugin.c <<-'END'
		#include <rcc.h>
		int sees(const char *name);
		int sees(const char *name) { return !!rcc_find_bundle(name); }
	END
	cat >host.c <<-'END'
		#include <rcc.h>
		#include <stdio.h>
		int sees(const char *name);
		int main(void)
		{
			const rcc_bundle *b;

			if (rcc_open_bundle("two.rcb", RCC_MAPPED, &b) || rcc_register_bundle(b))
				return 1;
			printf("%d", sees("two"));
			rcc_close_bundle(b);
			printf("%d\n", sees("two"));
			return 0;
		}
	END
	"$RCC" compile -n two --format bundle -o two.rcb two
	cc -shared -fPIC -o libplugin.so plugin.c -I"$repo/runtime-stub" librcc.so.0
	cc -o prog host.c -I"$repo/runtime-stub" -L. -lplugin librcc.so.0 -Wl,-rpath,.
	same "$(./prog)" 10
}

@test "advise: every advice on a linked bundle, by the real kernel, loses no byte" {
	cat >prog.c <<-'END'
		#include <rcc.h>
		#include <stdio.h>

		int main(void)
		{
			const rcc_bundle *b = rcc_find_bundle("one");

			for (int advice = RCC_ADV_WILLNEED; advice <= RCC_ADV_UNLOCK; advice++) {
				int all = rcc_advise(b, NULL, advice), one = rcc_advise(b, "numbers", advice);

				/* mlock may be bounded, and huge pages left out of a kernel; nothing else may fail. */
				if (advice == RCC_ADV_LOCK ? all && all != RCC_ENOMEM && all != RCC_EPERM :
				    advice == RCC_ADV_HUGEPAGE || advice == RCC_ADV_NOHUGEPAGE ? all && all != RCC_ENOTSUP : all)
					printf("%d: %s\n", advice, rcc_strerror(all));
				if (one && one != all)
					printf("%d: %s\n", advice, rcc_strerror(one));
				if (rcc_verify(b))
					printf("%d: damaged\n", advice);
			}
			return 0;
		}
	END
	for how in "-pie -fPIE" -static; do
		cc $how -o prog prog.c one.o "${stub[@]}"
		same "$(./prog)" ""
	done
}

@test "look-up: no system call, no allocation, no lock, first to last" {
	cc -O1 -I"$repo/runtime-stub" -o prog "$repo/tests/integration/silent.c" one.o two.o "${stub[@]}"
	same "$(./prog)" "1000 looked up and viewed, 0 allocations, 0 locks"
	# The proof must be able to fail: each of the three is noticed when it does happen.
	run ./prog syscall
	[ "$status" -ne 0 ]
	run ./prog malloc
	says ", 1 allocations"
	run ./prog lock
	says ", 1 locks"
}
