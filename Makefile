# rcc: see `make help`. Variants live in folders of their own (B=build-asan); the user's CFLAGS come last.
B       ?= build
O       ?= -O2 -g
PREFIX  ?= /usr/local
BINDIR  ?= $(PREFIX)/bin
LIBDIR  ?= $(PREFIX)/lib
INCDIR  ?= $(PREFIX)/include
DATADIR ?= $(PREFIX)/share
MANDIR  ?= $(DATADIR)/man
WERROR  ?=
VERSION := 0.1.0

# What rcc does without where it is not there: encode=gzip or encode=br is an error then, files are read one at a time.
have    = $(shell $(CC) $(CPPFLAGS) -include $1 -E -x c /dev/null >/dev/null 2>&1 && echo $2)
options := $(call have,zlib.h,-DRCC_ZLIB) $(call have,brotli/encode.h,-DRCC_BROTLI) $(call have,liburing.h,-DRCC_URING)

warn      := -Wall -Wextra -Wshadow -Wconversion -Wvla -Wmissing-prototypes $(WERROR)
rcc_flags := -std=gnu11 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 $(warn) -MMD -MP $(options)
stub_flags = -std=c11 $(warn) -fPIC -fvisibility=hidden -ffunction-sections -MMD -MP

core   := $(wildcard runtime-stub/core/*.c)
hosted := $(wildcard runtime-stub/hosted/*.c)
tool   := $(wildcard rcc/*.c)
libs   := -lelf -lzstd -lxxhash -lpthread $(if $(filter %ZLIB,$(options)),-lz) $(if $(filter %BROTLI,$(options)),-lbrotlienc) $(if $(filter %URING,$(options)),-luring)
obj     = $(patsubst %.c,$B/obj/%.o,$1)

all: $B/rcc $B/librcc.a $B/librcc.so $B/librcc-trace.so $B/stub/rcc.c ## the compiler and the runtime stub

$B/rcc: $B/obj/rcc/main.o $B/librcctool.a $B/librcc.a
	$(CC) $O $(CFLAGS) $(LDFLAGS) -o $@ $^ $(libs)

# Everything of the tool but main, for the unit tests to link with.
$B/librcctool.a: $(call obj,$(filter-out rcc/main.c,$(tool)))
	rm -f $@ && $(AR) rcs $@ $^

$B/librcc.a: $(call obj,$(core) $(hosted))
	rm -f $@ && $(AR) rcs $@ $^

# Compiled once more: of this library the functions of rcc.h are to be seen from outside, of librcc.a they are not.
$B/librcc.so: $(patsubst %.c,$B/obj-so/%.o,$(core) $(hosted))
	$(CC) $O $(CFLAGS) $(LDFLAGS) -shared -Wl,-soname,librcc.so.0 -o $@ $^ -lzstd

# What `rcc trace` preloads, into programs that have no sanitizer in them. Of the stub it has the recorder.
plain = $(filter-out -fsanitize%,$O $(CFLAGS))
$B/librcc-trace.so: $(patsubst %,$B/obj-trace/runtime-stub/%.o,preload/trace_preload hosted/trace_record hosted/env core/hash)
	$(CC) $(plain) $(filter-out -fsanitize%,$(LDFLAGS)) -shared -o $@ $^ -ldl

$B/stub/rcc.c: runtime-stub/amalgamate.sh $(core) $(hosted) $(wildcard runtime-stub/*.h runtime-stub/*/*.h)
	sh runtime-stub/amalgamate.sh $(@D)

$B/obj/rcc/%.o: rcc/%.c
	@mkdir -p $(@D)
	$(CC) $(rcc_flags) $(CPPFLAGS) $O $(CFLAGS) -c -o $@ $<
$B/obj/runtime-stub/%.o: runtime-stub/%.c
	@mkdir -p $(@D)
	$(CC) $(stub_flags) $(if $(filter $<,$(core)),-ffreestanding) $(CPPFLAGS) $O $(CFLAGS) -c -o $@ $<
$B/obj-so/runtime-stub/%.o: runtime-stub/%.c
	@mkdir -p $(@D)
	$(CC) $(stub_flags) $(if $(filter $<,$(core)),-ffreestanding) -DRCC_SHARED $(CPPFLAGS) $O $(CFLAGS) -c -o $@ $<
$B/obj-trace/runtime-stub/%.o: runtime-stub/%.c
	@mkdir -p $(@D)
	$(CC) $(stub_flags) -DRCC_SHARED $(CPPFLAGS) $(plain) -c -o $@ $<

# --- the main job, and tests ---------------------------------------------------------------------

DIR ?=
demo: ## install what is missing, build, embed and read back real trees (DIR=... for yours), and serve one of them
	sh tests/setup.sh demo
	$(MAKE) all
	sh examples/demo/run.sh $B $(if $(DIR),'$(DIR)')
	$(if $(DIR),,sh examples/demo/serve.sh $B)

run = RCC=$(abspath $B)/rcc BUILD=$(abspath $B) CC='$(CC)' sh tests/run.sh
units := $(patsubst tests/unit/%.c,$B/tests/%,$(wildcard tests/unit/test_*.c))

$B/tests/%: tests/unit/%.c $B/librcctool.a $B/librcc.a $B/fixtures/small.rcb
	@mkdir -p $(@D)
	$(CC) $(rcc_flags) -DFIXTURES='"$(abspath $B)/fixtures"' $(CPPFLAGS) $O $(CFLAGS) $(LDFLAGS) -o $@ $< \
		$B/librcctool.a $B/librcc.a -lcmocka $(libs) -ldl

# A bundle with a bit of everything, small enough to be damaged in every possible place.
$B/fixtures/small.rcb: $B/rcc $(shell find tests/fixtures/small tests/fixtures/small.rules 2>/dev/null)
	@mkdir -p $(@D)
	$B/rcc compile -q --format bundle -z19 -r tests/fixtures/small.rules -o $@ tests/fixtures/small && touch $@

cli := $(sort $(wildcard tests/cli/*.bats))
sanitized_cli ?= $(cli)
# The command has several threads in compiling only. Not interrupted.bats: the thread sanitizer holds a signal back while
# its thread waits for another, so what waits to be interrupted may wait for ever.
threaded_cli := $(patsubst %,tests/cli/%.bats,cache changing chunk compile dict encode failures repeat)

check: ## the newcomer's tests: units, command line, format, documents
	sh tests/setup.sh check
	$(MAKE) check-unit check-cli check-stub
check-unit: $(units)
	$(run) unit $(units)
check-cli: all
	$(run) cli $(cli)
check-stub: all
	$(run) stub tests/objects/object.bats $(sort $(wildcard tests/format/*.bats tests/stub/*.bats tests/doc/*.bats))

check-all: ## the matrices, both compilers, sanitizers, valgrind, a short fuzz run
	sh tests/setup.sh all
	$(MAKE) check-warnings check-link check-cross check-integration check-web check-asan check-tsan check-valgrind check-fuzz check-bench
check-warnings: all ## gcc and clang, warnings are errors, every header by itself
	$(MAKE) all B=build-gcc CC=gcc WERROR=-Werror
	$(MAKE) all B=build-clang CC=clang WERROR=-Werror
	$(run) headers tests/headers.bats
check-link: all ## every linker, every kind of program
	$(run) link tests/objects/elflint.bats $(sort $(wildcard tests/link/*.sh tests/link/*.bats))
	@cat $B/link-matrix.md $B/prune-matrix.md
check-cross: all ## every machine that has a compiler or a linker here, under qemu
	$(run) cross $(sort $(wildcard tests/cross/*.sh tests/foreign/*.sh))
check-large: all $B/bench/generate $B/bench/measure ## bundles of gigabytes by every linker, a million files; needs 20 GB of disk, half an hour or more
	sh tests/setup.sh all
	RCC_TEST_JOBS=1 RCC_TEST_TIMEOUT=7200 $(run) large $(sort $(wildcard tests/large/*.sh))
check-integration: all ## small projects by make, CMake, pkg-config and the two files
	$(run) integration $(sort $(wildcard tests/integration/*.bats))
check-web: all ## a single-page app by curl, wrk and a browser, which share one server
	RCC_TEST_JOBS=1 $(run) web $(sort $(wildcard tests/web/*.bats)) tests/web/browser.sh
check-asan: ## units and command line under the address and undefined-behaviour sanitizers
	$(MAKE) check-sanitized B=build-asan O='-O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all'
check-tsan: ## the same, as far as there are threads, under the thread sanitizer
	$(MAKE) check-sanitized B=build-tsan O='-O1 -g -fsanitize=thread' sanitized_cli='$(threaded_cli)'
check-sanitized: all $(units)
	$(run) $(notdir $B)-unit $(units)
	RCC_TEST_EVERY=5 $(run) $(notdir $B)-cli $(sanitized_cli)
# valgrind does not see that io_uring has written what test_fetch reads.
check-valgrind: all $(units) ## units under valgrind
	RCC_TEST_WRAP='valgrind -q --fair-sched=yes --error-exitcode=9 --leak-check=full --errors-for-leak-kinds=definite' $(run) valgrind $(filter-out %/test_fetch,$(units))
check-fuzz: ## each hostile door, for a third of a minute
	FUZZ_SEED=1 $(MAKE) fuzz FUZZ_SECONDS=20

FUZZ_SECONDS ?= 300
fuzz: ## feed hostile bytes to each door by libFuzzer (FUZZ_SECONDS=300 for each)
	$(MAKE) fuzz-run B=build-fuzz CC=clang FUZZ_SECONDS=$(FUZZ_SECONDS) \
		O='-O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all'
fuzz-run: $B/fixtures/small.rcb $(patsubst tests/fuzz/fuzz_%.c,$B/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
	FUZZ_SECONDS=$(FUZZ_SECONDS) $(run) fuzz tests/fuzz/run.sh
$B/fuzz/%: tests/fuzz/fuzz_%.c $B/librcctool.a $B/librcc.a
	@mkdir -p $(@D)
	$(CC) $(rcc_flags) $(CPPFLAGS) $O -fsanitize=fuzzer $(CFLAGS) $(LDFLAGS) -o $@ $< $B/librcctool.a $B/librcc.a $(libs)

.PHONY: all clean help demo fuzz fuzz-run check check-unit check-cli check-stub check-all check-warnings check-link check-cross check-large check-integration check-web check-asan check-tsan \
	check-sanitized check-valgrind check-fuzz

bench_tools := $(patsubst bench/%.c,$B/bench/%,$(wildcard bench/*.c))
bench: all $(bench_tools) ## rcc beside its peers, which are installed: every table of doc/performance.md; an hour, 30 GB
	sh tests/setup.sh bench
	sh bench/run.sh $B --into $B/bench/results --json $B/bench/results.json --markdown $B/bench/results.md $(PARTS)
bench-document: ## put the tables of the last `make bench` into doc/performance.md
	sed "/^<!-- tables -->/q" doc/performance.md >$B/bench/performance.md
	cat $B/bench/results.md >>$B/bench/performance.md
	cp $B/bench/performance.md doc/performance.md
bench-short: all $(bench_tools) ## the same at a hundredth of the size, to see that all of it runs
	sh tests/setup.sh bench
	BENCH_SCALE=1 BENCH_ROUNDS=1 sh bench/run.sh $B $(PARTS)
bench-instructions: all $B/bench/count ## count again what bench/instructions.tsv says
	O='$O $(CFLAGS)' CC='$(CC)' sh bench/instructions.sh $B >$B/bench/instructions.tsv
	cp $B/bench/instructions.tsv bench/instructions.tsv
check-bench: all $(bench_tools) ## that the bench runs, and that no instruction count has risen by over 5 %
	O='$O $(CFLAGS)' $(run) bench $(sort $(wildcard tests/bench/*.sh))
$B/bench/%: bench/%.c $B/librcctool.a $B/librcc.a
	@mkdir -p $(@D)
	$(CC) $(rcc_flags) $(CPPFLAGS) $O $(CFLAGS) $(LDFLAGS) -o $@ $< $B/librcctool.a $B/librcc.a $(libs)
.PHONY: bench bench-document bench-short bench-instructions check-bench

include integrations/install.mk

clean: ## remove what was built
	rm -rf $B build-*
help: ## this list
	@sed -n 's/^\([a-z][a-z-]*\):.*## */\1\t/p' $(MAKEFILE_LIST) | sort | awk -F '\t' '{ printf "%-20s %s\n", $$1, $$2 }' 

-include $(shell find $B/obj $B/obj-so $B/obj-trace $B/tests $B/bench $B/fuzz -path $B/bench/data -prune -o -type f -name '*.d' -print 2>/dev/null)
