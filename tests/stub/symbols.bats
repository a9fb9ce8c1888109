# SPDX-License-Identifier: MIT
# What the stub asks of a program and shows to it: names, constructors, relocations, global state, text size.

setup_file() {
	repo=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	stub=$repo/runtime-stub
	export repo stub BUILD="${BUILD:-$repo/build}" CC="${CC:-cc}"
	cd "$BATS_FILE_TMPDIR"
	# Compiled here, for a build folder may hold what sanitizers and distributions add.
	mkdir core hosted
	for f in "$stub"/core/*.c; do
		$CC -std=c11 -ffreestanding -O2 -fno-stack-protector -U_FORTIFY_SOURCE -fPIC -fvisibility=hidden \
			-ffunction-sections -fdata-sections -c -o "core/$(basename "$f" .c).o" "$f"
	done
	for f in "$stub"/hosted/*.c; do
		$CC -std=c11 -O2 -fPIC -fvisibility=hidden -c -o "hosted/$(basename "$f" .c).o" "$f"
	done
}

setup() {
	cd "$BATS_FILE_TMPDIR"
}

# Fails, and shows what there is, unless standard input is empty.
nothing() {
	! grep . >&2
}

# The functions that the public headers declare, sorted.
declared() {
	sed -n 's/^RCC_PUBLIC .*[ *]\(rcc_[a-z_0-9]*\)(.*/\1/p' "$stub"/rcc*.h | sort
}

bytes_of() {
	size -A -d "$1" | awk -v section="$2" '$1 == section { print $2 }'
}

@test "core: nothing is undefined but mem*, zstd and the stub itself" {
	nm -u core/*.o | awk '/ U / { print $2 }' | sort -u |
		grep -Ev '^(mem(cpy|cmp|chr|set|move)|ZSTD_[A-Za-z_]+|rcc_[a-z_0-9]+|_GLOBAL_OFFSET_TABLE_)$' | nothing
}

@test "core: zstd is asked for by the files that decode alone" {
	nm -uA core/*.o | grep ZSTD_ | grep -v '^core/decode[a-z_]*\.o:' | nothing
}

@test "core: no global state" {
	nm core/*.o | grep -E ' [BbCDdGgSs] ' | nothing
}

@test "core: of the hosted part it asks for a place to keep digested dictionaries, and with RCC_NO_ZSTD for nothing" {
	nm -g --defined-only core/*.o | awk 'NF == 3 { print $3 }' | sort >have
	nm -u core/*.o | awk '/ U rcc_/ { print $2 }' | sort -u | comm -23 - have >asked
	[ "$(cat asked)" = $'rcc_i_dicts_find\nrcc_i_dicts_share' ]
	mkdir -p without
	for f in "$stub"/core/*.c; do
		$CC -std=c11 -ffreestanding -DRCC_NO_ZSTD -fPIC -c -o "without/$(basename "$f" .c).o" "$f"
	done
	nm -g --defined-only without/*.o | awk 'NF == 3 { print $3 }' | sort >have
	nm -u without/*.o | awk '/ U rcc_/ { print $2 }' | sort -u | comm -23 - have | nothing
}

@test "core: no relocation in data" {
	readelf -rW core/*.o | grep -E '^Relocation section .\.rela?\.(data|bss|tdata)' | nothing
}

@test "stub: no constructor, no destructor, no thread-local variable" {
	readelf -SW core/*.o hosted/*.o | grep -E '\.(pre)?init_array|\.fini_array|\.[cd]tors|\.tdata|\.tbss' | nothing
}

@test "stub: every global name is one of rcc.h, or begins with rcc_i_; all are hidden" {
	[ "$(declared | wc -l)" -gt 25 ]
	readelf -sW core/*.o hosted/*.o | awk '$5 == "GLOBAL" && $7 != "UND" { print $8, $6 }' | sort -u >globals
	awk '$1 !~ /^rcc_/' globals | nothing
	awk '$2 != "HIDDEN"' globals | nothing
	awk '$1 !~ /^rcc_i_/ { print $1 }' globals | sort -u >public
	declared | diff - public
}

@test "stub: librcc.a and librcc.so hold exactly the functions of rcc.h" {
	nm -D --defined-only "$BUILD/librcc.so" | awk '{ print $3 }' | sort >exported
	declared | diff - exported
	readelf -sW "$BUILD/librcc.a" | awk '$5 == "GLOBAL" && $7 != "UND" && $6 != "HIDDEN"' | nothing
	nm -g --defined-only "$BUILD/librcc.a" | awk 'NF == 3 { print $3 }' | grep -v '^rcc_i_' | sort >archived
	declared | diff - archived
}

@test "stub: librcc.so needs libzstd and the C library, no libxxhash and no libelf" {
	readelf -dW "$BUILD/librcc.so" | grep NEEDED |
		grep -Ev '\[(libzstd|libc|ld-linux[^]]*|libasan|libubsan|libtsan)\.' | nothing
	readelf -dW "$BUILD/librcc.so" | grep -q 'SONAME.*\[librcc\.so\.0\]'
	readelf -dW "$BUILD/librcc.so" | grep -E 'TEXTREL|RPATH|RUNPATH' | nothing
}

@test "stub: a program made of it gets neither a constructor nor a relocation" {
	echo 'int main(void) { return 0; }' >none.c
	printf '#include <rcc.h>\nint main(void) { return !rcc_find_bundle("x") - 1; }\n' >some.c
	$CC -o none none.c
	$CC -I"$stub" -o some some.c core/*.o hosted/{find,register,dicts}.o -lzstd
	for section in .init_array .fini_array; do
		[ "$(bytes_of none $section)" = "$(bytes_of some $section)" ]
	done
	[ "$(readelf -rW none | grep -c RELATIVE)" = "$(readelf -rW some | grep -c RELATIVE)" ]
	./some
}

# Bytes of text that looking a name up takes, of these files of the core.
path_text() {
	ld -r --gc-sections -e rcc_lookup -u rcc_open_memory -u rcc_view -o path.o "$@"
	nm path.o | grep -q ' T rcc_lookup$' || return 1
	size -A -d path.o | awk '$1 ~ /^\.text/ { n += $2 } END { print n }'
}

@test "core: the look-up path is under 4096 bytes of text, and under 5760 with that of pruned bundles" {
	bytes=$(path_text core/{check,lookup,read,hash}.o)
	all=$(path_text core/{check,lookup,read,hash,split}.o)
	echo "# look-up path: $bytes bytes of text, XXH3 included; with the split form $all" >&3
	[ "$bytes" -gt 500 ]
	[ "$bytes" -lt 4096 ]
	[ "$all" -gt "$bytes" ]
	[ "$all" -lt 5760 ]
}

@test "core: the build without zstd asks for nothing of it and says RCC_ENOTSUP" {
	$CC -std=c11 -DRCC_NO_ZSTD -fPIC -c -o none.o "$stub/core/decode_none.c"
	nm none.o | grep -q ' T rcc_i_decode$'
	nm -u none.o | grep ZSTD | nothing
	for f in "$stub"/core/decode{,_chunks,_dict,_frame}.c; do
		$CC -std=c11 -DRCC_NO_ZSTD -fPIC -c -o gone.o "$f"
		nm gone.o | grep -E 'ZSTD| T ' | nothing
	done
}
