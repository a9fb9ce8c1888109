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
