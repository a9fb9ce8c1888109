# SPDX-License-Identifier: MIT
# A depfile's proof: what a build does after each kind of change to the directory web.

# rebuilds BUILD-COMMAND...: after each kind of change, once.
rebuilds()
{
	idle() { "$@" >log 2>&1 || { cat log; return 1; }; ! grep -q compile log || { echo "rebuilt for nothing: $(cat log)"; return 1; }; }
	runs() { "$@" >log 2>&1 || { cat log; return 1; }; grep -q compile log || { echo "not rebuilt"; return 1; }; }

	put web/'with space #hash$' x
	put web/sub/deep/a x
	runs "$@"
	idle "$@"
	echo edited >web/index.html
	runs "$@"
	[ "$("$RCC" cat web.o index.html)" = edited ]
	idle "$@"
	echo new >web/sub/deep/new
	runs "$@"
	[ "$("$RCC" cat web.o sub/deep/new)" = new ]
	idle "$@"
	rm web/css/site.css
	runs "$@"
	[ -z "$("$RCC" list web.o | grep css)" ]
	idle "$@"
	mkdir web/later && echo x >web/later/x
	runs "$@"
	idle "$@"
	rm -r web/sub
	runs "$@"
	idle "$@"
	[ -z "$("$RCC" list web.o | grep sub)" ]
	echo edited >web/'with space #hash$'
	runs "$@"
	idle "$@"
}
