# SPDX-License-Identifier: MIT
# Tracing for real: programs as they are with librcc.so, programs that allow it with librcc.a, and the loop to --order.

setup_file() {
	load helpers
	install_rcc "the prefix" # a blank, which LD_PRELOAD cannot say
}

setup() {
	load helpers
	cd "$BATS_TEST_TMPDIR"
	project
	"$RCC" compile -n web -o web.o assets
	cat >reads.c <<-'END'
		#include <rcc_dev.h>
		#include <stdio.h>
		#include <string.h>
		#include <unistd.h>
		#include <sys/wait.h>

		RCC_DECLARE_BUNDLE(web);

		/* reads HOW:NAME... in as many ways as there are */
		int main(int argc, char **argv)
		{
			const rcc_bundle *b = RCC_BUNDLE(web);
			char buf[20000];
			rcc_memfile f;
			rcc_entry e;
			rcc_span s;
			FILE *in;

		#ifdef ALLOW
			rcc_trace_from_env();
		#endif
			for (int i = 1; i < argc; i++) {
				const char *name = argv[i] + 2;

				switch (*argv[i]) {
				case 'l': if (!rcc_load(b, name, &f)) rcc_release(&f); break;
				case 'm': if (!rcc_read_memfile("web", name, &f)) rcc_release(&f); break;
				case 'f': if ((in = rcc_fopen(b, name))) fclose(in); break;
				case 'k': rcc_lookup(b, name, strlen(name), &e); break;
				case 'r': rcc_at(b, (size_t)(*name - '0'), &e); rcc_read(&e, buf, sizeof buf, NULL); break;
				case 'v': rcc_at(b, (size_t)(*name - '0'), &e); rcc_view(&e, &s); break;
				case 'a': rcc_at(b, (size_t)(*name - '0'), &e); break;
				case 'c': if (!fork()) { rcc_load(b, name, &f); _exit(0); } wait(NULL); break;
				}
			}
			puts("the program's own");
			return 0;
		}
	END
}

# names of $output's lines, in one
line() {
	tr '\n' ' ' | sed 's/ $//'
}

@test "trace: a program that uses librcc.so, as it is" {
	gcc -o reads -I "$prefix/include" reads.c web.o -L "$prefix/lib" -lrcc
	traced() { "$RCC" trace ./reads "$@" 2>err | line; }
	same "$(traced l:sub/b.txt l:a.txt l:sub/b.txt)" "sub/b.txt a.txt"
	same "$(cat err)" "the program's own"
	same "$(traced m:numbers)" numbers
	same "$(traced f:numbers)" numbers
	same "$(traced k:numbers k:nosuch)" numbers
	same "$(traced r:1 v:2 a:0)" "numbers sub/b.txt"
	same "$(traced c:a.txt c:sub/b.txt c:a.txt)" "a.txt sub/b.txt"
	same "$("$RCC" trace -q --bundle other ./reads l:a.txt 2>/dev/null)" ""
	same "$("$RCC" trace --bundle web ./reads l:a.txt 2>/dev/null)" a.txt
	same "$("$RCC" trace -o names ./reads l:a.txt)" "the program's own"
	same "$(cat names)" a.txt
	# By hand, and added up.
	for name in numbers a.txt; do
		cp "$prefix/lib/rcc/librcc-trace.so" t.so
		LD_PRELOAD=./t.so RCC_TRACE=sum ./reads "l:$name" >/dev/null
	done
	same "$(line <sum)" "numbers a.txt"
}

@test "trace: a library linked with -Bsymbolic hides nothing" {
	gcc -shared -Wl,-Bsymbolic -Wl,-soname,librcc.so.0 -o librcc.so.0 "$BUILD"/obj-so/runtime-stub/{core,hosted}/*.o -lzstd
	gcc -o reads -I "$prefix/include" reads.c web.o ./librcc.so.0
	same "$(LD_LIBRARY_PATH=. "$RCC" trace ./reads l:sub/b.txt m:a.txt f:numbers 2>/dev/null | line)" "sub/b.txt a.txt numbers"
}

@test "trace: a static program that allows it" {
	gcc -DALLOW -static -o reads -I "$prefix/include" reads.c web.o -L "$prefix/lib" -lrcc -lzstd
	same "$("$RCC" trace ./reads l:sub/b.txt m:numbers f:a.txt k:none 2>/dev/null | line)" "sub/b.txt numbers a.txt"
	same "$("$RCC" trace -q ./reads k:a.txt v:1 2>/dev/null | line)" "" # the core is not watched
	gcc -DALLOW -static -include "$prefix/include/rcc_traced.h" -o reads -I "$prefix/include" reads.c web.o -L "$prefix/lib" -lrcc -lzstd
	same "$("$RCC" trace ./reads k:a.txt v:1 r:2 a:0 2>/dev/null | line)" "a.txt numbers sub/b.txt"
	RCC_TRACE=names ./reads l:a.txt
	same "$(cat names)" a.txt
}

@test "trace: one that does not allow it, or was built to believe nothing, is not traced" {
	gcc -static -o reads -I "$prefix/include" reads.c web.o -L "$prefix/lib" -lrcc -lzstd
	run "$RCC" trace ./reads l:a.txt
	same "$status" 0
	says "no name was seen"
	RCC_TRACE=names ./reads l:a.txt
	[ ! -e names ]
	sh "$repo/runtime-stub/amalgamate.sh" .
	gcc -DALLOW -DRCC_NO_ENV -I. -o reads reads.c rcc.c web.o -lzstd
	RCC_TRACE=names ./reads l:a.txt
	[ ! -e names ]
}

@test "trace and overlay: nothing from the environment where the program has more rights than its caller" {
	# What the kernel says of a set-user-ID program, said by a library.
	cat >secure.c <<-'END'
		unsigned long getauxval(unsigned long type);
		unsigned long getauxval(unsigned long type) { return type == 23; }
	END
	gcc -shared -fPIC -o secure.so secure.c
	cat >env.c <<-'END'
		#include <rcc_dev.h>
		#include <stdio.h>
		RCC_DECLARE_BUNDLE(web);
		int main(void)
		{
			rcc_overlay *o = NULL;
			int a = rcc_overlay_from_env(RCC_BUNDLE(web), 0, &o), b = rcc_trace_from_env();
			printf("%d %d\n", a, b);
			rcc_overlay_close(o);
			return 0;
		}
	END
	gcc -o env -I "$prefix/include" env.c web.o "$prefix/lib/librcc.a" -lzstd
	mkdir disk
	same "$(./env)" "-1 -1"
	same "$(RCC_OVERLAY=disk RCC_TRACE=names ./env)" "0 0"
	rm names
	same "$(LD_PRELOAD=./secure.so RCC_OVERLAY=disk RCC_TRACE=names ./env)" "-12 -12"
	[ ! -e names ]
	if [ "$(id -u)" = 0 ]; then # and really one
		chmod 755 . && chown 65534 env && chmod u+s env
		same "$(RCC_OVERLAY=disk RCC_TRACE=names ./env)" "-12 -12"
	fi
	sh "$repo/runtime-stub/amalgamate.sh" .
	gcc -DRCC_NO_ENV -o env -I . env.c rcc.c web.o -lzstd
	same "$(RCC_OVERLAY=disk RCC_TRACE=names ./env)" "-6 -6"
}

@test "trace: the example: traced, laid out anew, a start touches fewer pages and waits less often" {
	# Somewhere with a disk under it: in memory nothing is cold.
	work=$BUILD/trace-example
	sh "$repo/examples/trace/run.sh" "$BUILD" "$work" >said
	cat said
	read -r _ _ touched _ resident _ faults _ sum <<<"$(grep before: said)"
	read -r _ _ touched2 _ resident2 _ faults2 _ sum2 <<<"$(grep after: said)"
	rm -rf "$work"
	same "$sum2" "$sum"
	[ "$touched2" -lt $((touched / 2)) ]
	if [ "$faults" -eq 0 ]; then
		skip "nothing here is read from a disk"
	fi
	[ "$faults2" -lt "$faults" ]
	[ "$resident2" -lt "$resident" ]
}
