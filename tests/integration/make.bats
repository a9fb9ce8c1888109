# SPDX-License-Identifier: MIT
# rcc.mk: a Makefile that includes it rebuilds what it must and nothing else.

setup_file() {
	load helpers
	install_rcc
}

setup() {
	load helpers
	cd "$BATS_TEST_TMPDIR"
	project
	cat >Makefile <<'END'
include $(shell pkg-config --variable=mk rcc)
$(eval $(call rcc_bundle,web,assets,-z))

all: prog
prog: main.o web.o
	$(CC) -o $@ $^ $(shell pkg-config --static --libs rcc)
main.o: main.c
	$(CC) $(shell pkg-config --cflags rcc) -c -o $@ $<
clean:
	rm -f prog main.o $(rcc_made)
END
}

build() {
	make
}

is_idle() {
	says "Nothing to be done"
	says_not compile
}

@test "make: edited, added and removed assets rebuild, and nothing else does" {
	lives
}

@test "make: an object that was deleted comes back" {
	make
	rm web.o prog
	make
	same "$(./prog a.txt)" one
}

@test "make: a failed run leaves no stamp, so the next one tries again" {
	make
	mkfifo assets/pipe
	run make
	[ "$status" -ne 0 ]
	run make
	[ "$status" -ne 0 ]
	rm assets/pipe
	echo back >assets/a.txt
	make
	same "$(./prog a.txt)" back
}

@test "make: clean removes everything that was made" {
	make
	make clean
	same "$(ls)" "$(printf 'Makefile\nassets\nmain.c')"
}

@test "make: a build that was killed anywhere is made good by the next one" {
	mkdir bin
	# A tool of the rule dies before it does its work, and the shell or make that called it too.
	cat >bin/dying <<-'END'
		#!/bin/sh
		tool=${0##*/}
		if [ "$tool" = "$VICTIM" ] && [ ! -e ../died ]; then
			: >../died
			kill -KILL $PPID
			exit 1
		fi
		PATH=$OLD_PATH exec "$tool" "$@"
	END
	chmod +x bin/dying
	for tool in sed mv rm mkdir; do
		ln -s dying bin/$tool
	done
	mkdir work
	mv Makefile assets main.c work
	cd work
	for victim in sed mv rm mkdir; do
		make
		echo "$victim" >assets/a.txt
		rm -f ../died
		VICTIM=$victim OLD_PATH=$PATH PATH=$PWD/../bin:$PATH make || :
		[ -e ../died ]
		make
		same "$victim: $(./prog a.txt)" "$victim: $victim"
		echo "again $victim" >assets/a.txt
		make
		same "$victim: $(./prog a.txt)" "$victim: again $victim"
		run make
		is_idle
	done
	make clean
	same "$(ls)" "$(printf 'Makefile\nassets\nmain.c')"
}

@test "make: other options, other directories and other bundles' names make it again" {
	mkdir more && echo three >more/c.txt
	rules() {
		sed -i "s|rcc_bundle,web,.*))|rcc_bundle,web,$1))|" Makefile
	}
	make
	rules "assets,-z -x 'a.*'"
	make
	run ./prog a.txt
	same "$status" 1
	run make
	is_idle
	rules "assets more,-z"
	make
	same "$(./prog c.txt)" three
	same "$(./prog a.txt)" one
	run make
	is_idle
	# What is the same but for the order of its making is not forgotten.
	rules "assets,-z -x 'a.*'"
	make
	run ./prog a.txt
	same "$status" 1
	run make
	is_idle
	# Quotes, dollars and hashes are compared as they are written.
	rules "assets,-x \\\"it's\\\" -x '\$\$\$\$b' -x 'c\\\\\\#d'"
	make
	same "$(./prog a.txt)" one
	run make
	is_idle
}

@test "make: the folder of a bundle is made where it is missing" {
	sed -i 's/rcc_bundle,web,/rcc_bundle,out\/deep\/web,/; s/ web\.o/ out\/deep\/web.o/' Makefile
	make
	same "$(./prog a.txt)" one
}

@test "make: a bundle of two directories, in a folder, with a prefix" {
	mkdir out more
	echo three >more/c.txt
	sed -i 's/rcc_bundle,web,assets,-z/rcc_bundle,out\/web,assets more:extra,/; s/ web\.o/ out\/web.o/' Makefile
	make
	same "$(./prog extra/c.txt)" three
	echo four >more/c.txt
	make
	same "$(./prog extra/c.txt)" four
	run make
	is_idle
}

@test "make: names with spaces, dollars and hashes are watched too" {
	echo 1 >'assets/a b$c#d%e.txt'
	make
	echo 2 >'assets/a b$c#d%e.txt'
	make
	same "$(./prog 'a b$c#d%e.txt')" 2
	run make
	is_idle
}
