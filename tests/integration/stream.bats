# SPDX-License-Identifier: MIT
# Streams, cursors, descriptors: examples/stream, and large files in little memory.

setup_file() {
	load helpers
	install_rcc
}

setup() {
	load helpers
	cd "$BATS_TEST_TMPDIR"
}

# What a program gets by linking with the static library.
static="-L$BATS_FILE_TMPDIR/prefix/lib -l:librcc.a -lzstd"

@test "stream: examples/stream sends every file, stored and compressed, whatever standard output is" {
	for how in "" "-z19 --chunk 4K"; do
		# shellcheck disable=SC2086
		"$RCC" compile -q --dotfiles $how -n site -o site.o "$repo/examples/site"
		# shellcheck disable=SC2046,SC2086
		cc -Wall -Wextra -Werror $(pkg-config --cflags rcc) -o send "$repo/examples/stream/send.c" site.o $static
		(cd "$repo/examples/site" && find . -type f -printf '%P\n') >names
		[ "$(wc -l <names)" -gt 15 ]
		while read -r name; do
			./send "$name" >out
			cmp out "$repo/examples/site/$name"
			same "$(./send -l "$name")" "$(tr -cd '\n' <"$repo/examples/site/$name" | wc -c)"
		done <names
		./send index.html | cmp - "$repo/examples/site/index.html"
		./send index.html >>out # where sendfile will not do
		tail -c "$(stat -c %s "$repo/examples/site/index.html")" out | cmp - "$repo/examples/site/index.html"
	done
	run ./send absent
	same "$status" 1
	same "$output" "send: absent: no such name in the bundle"
}

@test "stream: a stored file is sent from the program's own file, without a read or a write of its bytes" {
	mkdir tree && seq 200000 >tree/numbers
	"$RCC" compile -n site -o site.o tree
	# shellcheck disable=SC2046,SC2086
	cc $(pkg-config --cflags rcc) -o send "$repo/examples/stream/send.c" site.o $static
	strace -f -e trace=sendfile,write,writev -o calls ./send numbers >out
	cmp out tree/numbers
	grep -q 'sendfile(1, ' calls
	! grep -E 'write' calls
}

@test "stream: files of 150 MB, one frame and in chunks, by rcc_fopen, a cursor and a descriptor, in less than 70 MB of address space" {
	mkdir tree
	yes "a line like every other" | head -c 150000000 >tree/frame
	ln tree/frame tree/chunks
	printf '%s\n' '/frame zstd=1' '/chunks zstd=1 chunk=1M' >rules
	"$RCC" compile -r rules -n big -o big.o tree
	cat >main.c <<-'END'
		#include <rcc.h>
		#include <string.h>
		#include <unistd.h>
		static char piece[1 << 16];
		RCC_DECLARE_BUNDLE(big);
		int main(int argc, char **argv)
		{
			const rcc_bundle *b = RCC_BUNDLE(big);
			rcc_entry e;
			if (argc < 3 || rcc_lookup(b, argv[2], strlen(argv[2]), &e))
				return 2;
			if (*argv[1] == 'f') {
				FILE *f = rcc_fopen(b, argv[2]);
				size_t n;
				if (!f || fseek(f, -10, SEEK_END) || fread(piece, 1, 11, f) != 10)
					return 1;
				rewind(f);
				while ((n = fread(piece, 1, sizeof piece, f)) > 0)
					fwrite(piece, 1, n, stdout);
				return ferror(f) || fclose(f);
			}
			if (*argv[1] == 'c') {
				rcc_cursor *c;
				rcc_ssize n;
				if (rcc_cursor_open(&e, &c))
					return 1;
				while ((n = rcc_cursor_read(c, piece, sizeof piece)) > 0)
					fwrite(piece, 1, (size_t)n, stdout);
				rcc_cursor_close(c);
				return n < 0;
			}
			int fd = rcc_memfd(b, argv[2]);
			ssize_t n;
			while ((n = read(fd, piece, sizeof piece)) > 0)
				fwrite(piece, 1, (size_t)n, stdout);
			return n < 0;
		}
	END
	# shellcheck disable=SC2046,SC2086
	cc $(pkg-config --cflags rcc) -o prog main.c big.o $static
	for name in frame chunks; do
		for how in fopen cursor memfd; do
			(ulimit -v 70000 && ./prog $how $name) | cmp - tree/frame
		done
	done
}

@test "stream: who does not use them does not carry them" {
	project
	"$RCC" compile -z -n web -o web.o assets
	# shellcheck disable=SC2046,SC2086
	cc $(pkg-config --cflags rcc) -o prog main.c web.o $static
	same "$(nm prog | grep -E 'rcc_(cursor|memfd|fd_path|iov|bundle_fd|fopen)')" ""
	nm prog | grep -q rcc_load
}
