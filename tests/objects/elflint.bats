#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# eu-elflint on an object: it does not know three things, which are said here word for word, and finds no fault else.
load ../cli/helpers

@test "eu-elflint --gnu-ld says the three things it is known to say, and no more" {
	put web/index.html '<p>hello</p>'
	put web/css/site.css 'p { }'
	for options in "" "-z" "--symbols global" "--symbols none"; do
		"$RCC" compile --target x86_64 $options -o o.o web
		run eu-elflint --gnu-ld o.o
		diff - <(echo "$output") <<-'END'
			section [ 1] '.lrodata.rcc' contains invalid processor-specific flag(s) 0x10000000
			section [ 4] '.note.rcc': unknown object file note type 1 with owner name 'rcc' at offset 48
			section [ 5] '.rela.note.rcc': relocation 0: relocation type invalid for the file type
		END
	done
}

@test "of an object in pieces it says no other" {
	put web/index.html '<p>hello</p>'
	put web/css/site.css 'p { }'
	for options in "" "-z" "--symbols global" "--symbols none"; do
		"$RCC" compile --per-file-sections --target x86_64 $options -o o.o web
		run eu-elflint --gnu-ld o.o
		diff - <(echo "$output" | grep -v "^section \[[ 0-9]*\] '.lrodata.rcc' contains invalid processor-specific flag(s) 0x10000000$" |
			grep -v "^section \[[ 0-9]*\] '.rela.lrodata.rcc': relocation 0: relocation type invalid for the file type$") <<-'END'
			section [10] '.note.rcc': unknown object file note type 1 with owner name 'rcc' at offset 48
			section [11] '.rela.note.rcc': relocation 0: relocation type invalid for the file type
		END
	done
}
