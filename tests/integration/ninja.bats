#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# rcc's depfile under ninja where it is read each time, without a log of it (depfile.bats has that), as make does in tests/cli/compile.bats.
load ../cli/helpers
load ../cli/rebuilds

@test "ninja rebuilds after an edit, an added and a removed file or directory, and not else" {
	mkdir here && cd here
	put web/index.html '<p>hello</p>'
	put web/css/site.css 'p { }'
	printf 'rule rcc\n  command = %s compile -q -M web.d -o web.o web\n  depfile = web.d\n  restat = 1\nbuild web.o: rcc\n' "$RCC" >build.ninja
	rebuilds ninja -v
}
