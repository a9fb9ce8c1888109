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

warn      := -Wall -Wextra -Wshadow -Wconversion -Wvla -Wmissing-prototypes $(WERROR)
rcc_flags := -std=gnu11 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 $(warn) -MMD -MP
stub_flags = -std=c11 $(warn) -fPIC -fvisibility=hidden -ffunction-sections -MMD -MP

core   := $(filter-out %/decode_none.c,$(wildcard runtime-stub/core/*.c))
hosted := $(wildcard runtime-stub/hosted/*.c)
tool   := $(wildcard rcc/*.c)
obj     = $(patsubst %.c,$B/obj/%.o,$1)

all: $B/rcc $B/librcc.a $B/librcc.so $B/stub/rcc.c ## the compiler and the runtime stub

$B/rcc: $(call obj,$(tool)) $(call obj,$(core))
	$(CC) $O $(CFLAGS) $(LDFLAGS) -o $@ $^ -lelf -lzstd -lxxhash -lpthread

$B/librcc.a: $(call obj,$(core) $(hosted))
	rm -f $@ && $(AR) rcs $@ $^

# Only what rcc.h declares is visible; the map says so a second time, for what the compiler's runtime adds.
$B/librcc.so: $(call obj,$(core) $(hosted))
	$(CC) $O $(CFLAGS) $(LDFLAGS) -shared -Wl,-soname,librcc.so.0 -o $@ $^ -lzstd

$B/obj/rcc/%.o: rcc/%.c
	@mkdir -p $(@D)
	$(CC) $(rcc_flags) $(CPPFLAGS) $O $(CFLAGS) -c -o $@ $<
$B/obj/runtime-stub/core/%.o: runtime-stub/core/%.c
	@mkdir -p $(@D)
	$(CC) $(stub_flags) -ffreestanding $(CPPFLAGS) $O $(CFLAGS) -c -o $@ $<
$B/obj/runtime-stub/hosted/%.o: runtime-stub/hosted/%.c
	@mkdir -p $(@D)
	$(CC) $(stub_flags) $(CPPFLAGS) $O $(CFLAGS) -c -o $@ $<

clean: ## remove what was built
	rm -rf $B
help: ## this list
	@sed -n 's/^\([a-z][a-z-]*\):.*## */\1\t/p' $(MAKEFILE_LIST) | sort

.PHONY: all clean help
-include $(shell find $B/obj -name '*.d' 2>/dev/null)
