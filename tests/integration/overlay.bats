# SPDX-License-Identifier: MIT
# The example of overlays for real: an asset printed again whenever it changes, however an editor saves.

setup_file() {
	load helpers
	install_rcc
}

setup() {
	load helpers
	cd "$BATS_TEST_TMPDIR"
	"$RCC" compile -n assets -o assets.o "$repo/examples/overlay/assets"
	gcc -Wall -Wextra -Werror -o show -I "$prefix/include" "$repo/examples/overlay/show.c" assets.o "$prefix/lib/librcc.a" -lzstd
	mkdir disk
	mkfifo said
}

# The next line the program prints is this.
next_is() {
	local line
	read -r -t 60 line <&9
	same "$line" "$1"
}

# Saves as an editor might, one way or another, and sees each; the program runs already.
edits() {
	next_is "greeting.txt: Hello from the bundle."
	echo one >disk/greeting.txt
	next_is "greeting.txt: one"
	echo two >disk/greeting.txt~ && mv disk/greeting.txt~ disk/greeting.txt
	next_is "greeting.txt: two"
	mv disk/greeting.txt disk/.greeting.txt.swp && echo three >disk/greeting.txt && rm disk/.greeting.txt.swp
	next_is "greeting.txt: three"
	rm disk/greeting.txt
	next_is "greeting.txt: Hello from the bundle."
	: >disk/.wh.greeting.txt
	next_is "greeting.txt: no such name in the bundle"
	echo quit >disk/greeting.txt
	next_is "greeting.txt: quit"
}

@test "overlay: the example prints what each save left" {
	./show disk >said 3>&- &
	exec 9<said
	edits
	wait $!
}

@test "overlay: by the environment; without it, the bundle alone" {
	same "$(./show)" "greeting.txt: Hello from the bundle."
	RCC_OVERLAY=disk ./show >said 3>&- &
	exec 9<said
	edits
	wait $!
	RCC_OVERLAY=nosuch run ./show
	same "$status" 1
	same "$output" "show: the overlay: the file could not be read"
}

@test "overlay: a program that has none carries none, and no thread" {
	gcc -o prog -I "$prefix/include" -x c - -x none assets.o "$prefix/lib/librcc.a" -lzstd <<-'END'
		#include <rcc.h>
		RCC_DECLARE_BUNDLE(assets);
		int main(void)
		{
			rcc_memfile f;
			return rcc_load(RCC_BUNDLE(assets), "greeting.txt", &f);
		}
	END
	./prog
	same "$(nm prog | grep -E 'overlay|trace|inotify|epoll|pthread_create|getenv')" ""
	nm show | grep -q overlay
	same "$(nm show | grep -c pthread_create)" 0
}
