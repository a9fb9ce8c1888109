# SPDX-License-Identifier: MIT
# The services of memory in programs that run: examples/memory and examples/upgrade, and that nobody pays for what is not used.

setup_file() {
	load helpers
	install_rcc
}

setup() {
	load helpers
	cd "$BATS_TEST_TMPDIR"
	stub=("-I$repo/runtime-stub" "$prefix/lib/librcc.a" -lzstd -pthread)
}

unmount() {
	fusermount3 -u "$BATS_TEST_TMPDIR/disk" 2>/dev/null || umount "$BATS_TEST_TMPDIR/disk" 2>/dev/null
}

teardown() {
	[ ! -d "$BATS_TEST_TMPDIR/disk" ] || unmount || true
}

# A bundle of 12 MB as object and as file, with a list of some of its files.
memory_bundle() {
	mkdir d
	for i in $(seq -w 40); do
		seq -f "$i %.0f" 40000 | head -c 300000 >d/f$i
	done
	head -c 20000 d/f01 >d/small
	printf 'f%s\n' 03 10 17 24 31 38 absent >d/hot.txt
	"$RCC" compile -n assets -o assets.o d
	"$RCC" compile --format bundle -n assets -o assets.rcb d
	cc -std=gnu11 -Wall -Wextra -Werror -O2 -D_GNU_SOURCE -o memory "$repo/examples/memory/memory.c" assets.o "${stub[@]}"
}

@test "memory: examples/memory finds what rcc.h says, of a bundle in the program and of one mapped" {
	memory_bundle
	for bundle in "" assets.rcb; do
		run ./memory $bundle
		echo "$output"
		same "$status" 0
		says "and every hash was right"
		says "a child after DONTFORK dies of reading it"
		says "preheated: 6 files, "
		says_not "NOT SO"
	done
}

@test "memory: examples/memory notices a copy, from which nothing can be given back" {
	memory_bundle
	sed 's/RCC_MAPPED/RCC_GUARDED/' "$repo/examples/memory/memory.c" >copy.c
	cc -std=gnu11 -D_GNU_SOURCE -o copy copy.c assets.o "${stub[@]}"
	run ./copy assets.rcb
	same "$status" 1
	says "NOT SO"
}

# live.rcb and new1.rcb to new6.rcb, versions of one bundle.
versions() {
	for v in 0 1 2 3 4 5 6; do
		rm -rf v && mkdir v
		seq -f "version $v %.0f" 20000 >v/version
		cp v/version v/page
		"$RCC" compile --format bundle $1 -n live -o new$v.rcb v
	done
	mv new0.rcb live.rcb
	cc -std=gnu11 -Wall -Wextra -Werror -O2 -D_GNU_SOURCE -o upgrade "$repo/examples/upgrade/upgrade.c" "${stub[@]}"
}

@test "upgrade: readers see one version at a time, nothing is left, also of a file cut short in place" {
	for level in "" -z1; do
		for mode in mapped guarded; do
			versions $level
			run ./upgrade $mode live.rcb new[1-6].rcb
			echo "$output"
			same "$status" 0
			says " looks at 7 bundles, 0 torn, 0 left mapped"
		done
	done
}

@test "upgrade: a damaged bundle is refused, and the old one serves on" {
	versions -z1
	printf x | dd of=new1.rcb bs=1 seek=3000 conv=notrunc status=none
	head -c 1000 new2.rcb >cut && mv cut new2.rcb
	: >new3.rcb
	run ./upgrade guarded live.rcb new[1-6].rcb
	echo "$output"
	same "$status" 0
	says "new1.rcb: "
	says "new2.rcb: "
	says "new3.rcb: "
	says_not "new4.rcb"
	says " 0 torn, 0 left mapped"
}

# The functions of the stub that a program has which calls $1.
pulled_in() {
	printf '#include <rcc.h>\nint main(void) { return (int)(intptr_t)%s; }\n' "$1" >calls.c
	cc -o calls calls.c "${stub[@]}"
	nm calls | awk '$2 ~ /[tT]/ && $3 ~ /^rcc_/ { print $3 }'
}

@test "a program has no service that it does not call" {
	pulled_in 'rcc_load(0, 0, 0)' >of_load
	pulled_in 'rcc_open_bundle(0, 0, 0)' >of_open
	pulled_in 'rcc_advise(0, 0, 0)' >of_advise
	pulled_in 'rcc_cache_new(0, 0)' >of_cache
	grep -qx rcc_load of_load
	same "$(grep -E 'rcc_(open_bundle|close_bundle|hold|cache_|advise|preheat|residency|fopen)' of_load)" ""
	same "$(grep -E 'rcc_(load|hold|find_bundle|cache_|advise|preheat|residency|fopen)' of_open)" ""
	same "$(grep -E 'rcc_(load|hold|cache_|preheat|residency|fopen)' of_advise)" ""
	grep -qx rcc_cache_get of_cache
	same "$(grep -E 'rcc_(open_bundle|hold|advise|preheat|residency|fopen)' of_cache)" ""
}

# ./opens MODE FILE: what opening says, and what reading it all says; a signal is the shell's to tell.
make_opens() {
	cat >opens.c <<-'END'
		#include <rcc.h>
		#include <errno.h>
		#include <string.h>

		int main(int argc, char **argv)
		{
			const rcc_bundle *b;
			int error = rcc_open_bundle(argv[2], argc > 2 && *argv[1] == 'g' ? RCC_GUARDED : RCC_MAPPED, &b);

			if (error) {
				printf("open: %s: %s\n", rcc_strerror(error), strerror(errno));
				return 1;
			}
			error = rcc_verify(b);
			printf("verify: %s\n", rcc_strerror(error));
			return error != 0;
		}
	END
	cc -o opens opens.c "${stub[@]}"
}

# A regular file that cannot be read is there on every Linux.
@test "a file that cannot be read is an error with its reason under a guarded open" {
	make_opens
	run ./opens guarded /proc/self/mem
	same "$status" 1
	same "$output" "open: $(./opens guarded /absent | cut -d : -f 2 | cut -c 2-): Input/output error"
}

@test "a failing disk under a guarded open is an error with its reason, never a signal" {
	[ -w /dev/fuse ] || skip "no /dev/fuse to write to"
	pkg-config --exists fuse3 || skip "no libfuse3"
	make_opens
	mkdir d disk
	seq 200000 >d/long
	"$RCC" compile --format bundle -n slow -o slow.rcb d
	cc -D_FILE_OFFSET_BITS=64 -o failing_disk "$repo/tests/integration/failing_disk.c" $(pkg-config --cflags --libs fuse3)
	for off in 0 500000 99999999; do
		if ! ./failing_disk slow.rcb $off disk 2>why; then
			grep -qi permi why || { cat why; return 1; }
			skip "no right to mount: $(head -n 1 why)"
		fi
		run ./opens guarded disk/file
		guarded="$status $output"
		run ./opens mapped disk/file
		mapped="$status $output"
		unmount
		echo "$off: $guarded; $mapped"
		case $off in
		99999999) same "$guarded; $mapped" "0 verify: success; 0 verify: success" ;;
		*) [[ $guarded == "1 open: "*": Input/output error" ]] ;;
		esac
		[ $off != 500000 ] || [[ $mapped == 135* ]] # SIGBUS: what guarded is for
	done
}
