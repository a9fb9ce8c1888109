# SPDX-License-Identifier: MIT
# For the integration tests: rcc as a user has it, installed; small projects; what a rebuild did.
# $RCC is not used: the installed program is. $BUILD is the build folder that is installed from.

repo=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
BUILD=${BUILD:-$repo/build}

# Installs into a prefix of this file's own, below a directory with a space in its name where $1 says so.
install_rcc() {
	prefix=$BATS_FILE_TMPDIR/${1:-prefix}
	# What a make around this test was told is not meant for the makes within it.
	unset MAKEFLAGS MAKELEVEL MFLAGS BINDIR LIBDIR INCDIR DATADIR MANDIR
	make -s -C "$repo" install B="$BUILD" DESTDIR= PREFIX="$prefix"
	export prefix RCC="$prefix/bin/rcc"
	export PKG_CONFIG_PATH="$prefix/lib/pkgconfig" LD_LIBRARY_PATH="$prefix/lib"
}

# Fails, and says why, unless the two are the same.
same() {
	[ "$1" = "$2" ] || {
		printf 'expected: %s\nbut it is: %s\n' "$2" "$1" >&2
		return 1
	}
}

# Fails, and shows the output of the last run, unless it holds the text.
says() {
	[[ "$output" == *"$1"* ]] || {
		printf 'expected to read: %s\nin: %s\n' "$1" "$output" >&2
		return 1
	}
}

says_not() {
	! says "$1" 2>/dev/null || {
		printf 'expected not to read: %s\nin: %s\n' "$1" "$output" >&2
		return 1
	}
}

# A project in the current directory: assets, and a program that prints the asset it is asked for.
project() {
	mkdir -p assets/sub
	echo one >assets/a.txt
	echo two >assets/sub/b.txt
	seq 3000 >assets/numbers
	cat >main.c <<-'END'
		#include <rcc.h>
		#include <stdio.h>

		int main(int argc, char **argv)
		{
			rcc_memfile f;
			int error = rcc_read_memfile("web", argc > 1 ? argv[1] : "a.txt", &f);

			if (error) {
				fprintf(stderr, "%s\n", rcc_strerror(error));
				return 1;
			}
			fwrite(f.data, 1, f.size, stdout);
			rcc_release(&f);
			return 0;
		}
	END
}

# What tells one linking of a file from another.
birth() {
	stat -c '%i %y' "$1"
}

# The life of a project: build (a function) makes ./prog or $prog, and is_idle judges $output of a build that
# had nothing to do.
lives() {
	prog=${prog:-./prog}
	run build
	same "$status" 0
	same "$($prog a.txt)" one
	same "$($prog sub/b.txt)" two
	same "$($prog numbers | tail -1)" 3000

	stays idle

	echo changed >assets/a.txt
	relinks
	same "$($prog a.txt)" changed
	stays idle

	echo new >assets/sub/new.txt
	relinks
	same "$($prog sub/new.txt)" new
	stays idle

	rm assets/sub/b.txt
	relinks
	run $prog sub/b.txt
	same "$status" 1
	same "$($prog sub/new.txt)" new
	stays idle

	mkdir assets/more && echo deep >assets/more/c.txt
	relinks
	same "$($prog more/c.txt)" deep
	rm -r assets/more
	relinks
	run $prog more/c.txt
	same "$status" 1
	stays idle

	# The same bytes again: rcc may run once, the linker not, and then there is rest.
	touch assets/a.txt
	stays
	stays idle
}

relinks() {
	local before
	before=$(birth $prog)
	run build
	same "$status" 0
	[ "$(birth $prog)" != "$before" ] || {
		echo "not linked again: $output" >&2
		return 1
	}
}

# One more build leaves the program as it is; with "idle", it has nothing at all to do.
stays() {
	local before
	before=$(birth $prog)
	run build
	same "$status" 0
	same "$(birth $prog)" "$before"
	[ "${1-}" != idle ] || is_idle
}
