# SPDX-License-Identifier: MIT
# Depfiles under the real ninja: names that need escapes, and files that come and go.

setup() {
	load helpers
	export LC_ALL=C RCC=$BUILD/rcc
	cd "$BATS_TEST_TMPDIR"
	mkdir in
	cat >build.ninja <<-END
		rule rcc
		  command = $RCC compile -q -o \$out -M \$out.d in
		  depfile = \$out.d
		  deps = gcc
		  restat = 1
		build web.o: rcc
	END
}

# The files ninja knows the object by, sorted.
known() {
	ninja -t deps web.o | sed -n 's/^    //p' | sort
}

@test "ninja: every escaped name is read as it is" {
	local names=('a b' 'a  b' ' a' 'a#b' 'a$b' '$(x)y' 'a:b' 'a\b' 'a\ b' 'a\\ b' 'a%b' 'a=b' '[1]' 'a,b' '~x' -x 'a(1).png' '(x' \
		$'\xc3\xa9' 'a!b' '{a}' @ a+b) name
	for name in "${names[@]}"; do
		echo "$name" >"in/$name"
	done
	run ninja
	same "$status" 0
	same "$(known)" "$({ echo in; printf 'in/%s\n' "${names[@]}"; } | sort)"
	run ninja
	says "no work to do"
	for name in "${names[@]}"; do
		echo more >>"in/$name"
		run ninja -n
		says_not "no work to do"
		ninja
	done
}

@test "ninja: a file added or removed rebuilds" {
	echo a >in/a
	ninja
	echo b >in/b
	ninja
	same "$($RCC list web.o)" $'a\nb'
	rm in/a
	run ninja
	same "$status" 0
	same "$($RCC list web.o)" b
	run ninja
	says "no work to do"
}
