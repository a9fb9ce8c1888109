# SPDX-License-Identifier: MIT
# make install: what goes where. Included by the Makefile.
fill = sed -e 's|@PREFIX@|$(PREFIX)|g' -e 's|@BINDIR@|$(BINDIR)|g' -e 's|@LIBDIR@|$(LIBDIR)|g' \
	-e 's|@INCDIR@|$(INCDIR)|g' -e 's|@DATADIR@|$(DATADIR)|g' -e 's|@VERSION@|$(VERSION)|g'
cmakedir = $(LIBDIR)/cmake/rcc

install: all ## install to $(DESTDIR)$(PREFIX)
	install -d '$(DESTDIR)$(BINDIR)' '$(DESTDIR)$(INCDIR)' '$(DESTDIR)$(LIBDIR)/pkgconfig' '$(DESTDIR)$(LIBDIR)/rcc' '$(DESTDIR)$(cmakedir)' \
		'$(DESTDIR)$(DATADIR)/rcc' '$(DESTDIR)$(MANDIR)/man1' '$(DESTDIR)$(MANDIR)/man3' '$(DESTDIR)$(MANDIR)/man5'
	install -m 755 $B/rcc '$(DESTDIR)$(BINDIR)/rcc'
	install -m 644 runtime-stub/rcc.h runtime-stub/rcc_dev.h runtime-stub/rcc_traced.h runtime-stub/rcc_http.h integrations/sqlite/rcc_sqlite.h '$(DESTDIR)$(INCDIR)'
	install -m 644 integrations/sqlite/rcc_sqlite.c '$(DESTDIR)$(DATADIR)/rcc'
	install -m 644 $B/librcc.a '$(DESTDIR)$(LIBDIR)/librcc.a'
	install -m 755 $B/librcc.so '$(DESTDIR)$(LIBDIR)/librcc.so.$(VERSION)'
	install -m 755 $B/librcc-trace.so '$(DESTDIR)$(LIBDIR)/rcc/librcc-trace.so'
	ln -sf librcc.so.$(VERSION) '$(DESTDIR)$(LIBDIR)/librcc.so.0'
	ln -sf librcc.so.0 '$(DESTDIR)$(LIBDIR)/librcc.so'
	install -m 644 $B/stub/rcc.c $B/stub/rcc.h $B/stub/rcc_http.h $B/stub/rcc_dev.h integrations/rcc.mk '$(DESTDIR)$(DATADIR)/rcc'
	install -m 644 integrations/cmake/rccBundle.cmake integrations/cmake/rccStamp.cmake '$(DESTDIR)$(cmakedir)'
	install -m 644 linker-scripts/*.ld '$(DESTDIR)$(DATADIR)/rcc'
	$(fill) integrations/rcc.pc.in > '$(DESTDIR)$(LIBDIR)/pkgconfig/rcc.pc'
	$(fill) integrations/cmake/rccConfig.cmake.in > '$(DESTDIR)$(cmakedir)/rccConfig.cmake'
	$(fill) integrations/cmake/rccConfigVersion.cmake.in > '$(DESTDIR)$(cmakedir)/rccConfigVersion.cmake'
	install -m 644 doc/rcc.1 '$(DESTDIR)$(MANDIR)/man1/rcc.1'
	install -m 644 doc/rcc.3 doc/rcc_http.3 '$(DESTDIR)$(MANDIR)/man3'
	install -m 644 doc/rcc-rules.5 '$(DESTDIR)$(MANDIR)/man5/rcc-rules.5'

.PHONY: install
