# SPDX-License-Identifier: MIT
# What the matrix multiplies: how each form is linked, and how each treatment changes a copy of the result. Sourced by matrix.sh.

forms_common="pie nopie static static-pie gc gc-startstop icf lto-gcc shared plugin r archive"
forms_script="script-own-pie script-own-nopie script-own-static script-own-static-pie script-huge-pie script-huge-nopie script-huge-static"
treatments="strip eu-strip strip-sections patchelf objcopy upx"

# The forms tried with a C library and a linker. musl-gcc is gcc: clang's forms are glibc's. tcc brings its own way to link.
forms_of() { # LIBC LINKER
	case $1-$2 in
	*-tcc) echo pie nopie static shared plugin r archive gc ;;
	glibc-*) echo "$forms_common lto-clang lto-thin $forms_script" ;;
	musl-*) echo "$forms_common script-own-pie script-own-static" ;;
	esac
}

# What a form is called in the tables.
title() { # FORM
	case $1 in
	pie) echo PIE ;;
	nopie) echo non-PIE ;;
	static-pie) echo static PIE ;;
	gc) echo '`--gc-sections`' ;;
	gc-startstop) echo '`--gc-sections -z start-stop-gc`' ;;
	icf) echo '`--icf=all`' ;;
	lto-gcc) echo 'LTO, gcc' ;;
	lto-clang) echo 'LTO, clang' ;;
	lto-thin) echo 'ThinLTO, clang' ;;
	shared) echo 'shared library' ;;
	plugin) echo "plugin, \`dlopen\`'ed" ;;
	r) echo '`-r`, then PIE' ;;
	archive) echo 'member of an archive' ;;
	script-own-*) echo "\`own-segment.ld\`, $(title "${1#script-own-}")" ;;
	script-huge-*) echo "\`huge-pages.ld\`, $(title "${1#script-huge-}")" ;;
	linked) echo 'as linked' ;;
	strip) echo '`strip -s`' ;;
	eu-strip) echo '`eu-strip`' ;;
	strip-sections) echo '`llvm-strip --strip-sections`' ;;
	patchelf) echo '`patchelf --set-rpath`, longer' ;;
	objcopy) echo '`objcopy`, a copy' ;;
	upx) echo 'UPX' ;;
	*) echo "$1" ;;
	esac
}

# The file of a form that carries the bundles.
carrier() { # FORM
	case $1 in
	shared) echo libbundles.so ;;
	plugin) echo plugin.so ;;
	*) echo prog ;;
	esac
}

# Links one form in the current folder. The linker's words go where the caller sends them, and any word is a failure.
# $o: the objects' common beginning; $one: the first bundle (musl's stub is built without zstd, and its bundle too); $as, unless empty:
# the ending of the bundles' files.
link() { # LIBC LINKER FORM
	local cc="gcc -fuse-ld=$2" clang="clang -fuse-ld=$2" lib=-lzstd one=$work/one.${as:-o} two=$work/two.${as:-o} o=$work/obj/$1
	case $2 in
	tcc) link_tcc "$3"; return ;;
	lld-19) cc="gcc -B$work/lld-19 -fuse-ld=lld" clang="clang -B$work/lld-19 -fuse-ld=lld" ;;
	esac
	if [ "$1" = musl ]; then
		cc=musl-${cc} lib= one=$work/plain.o
	fi
	local w=-Wl,--fatal-warnings gc=-Wl,--gc-sections script=-Wl,-T,$top/linker-scripts
	local pie="$o-pie-stub.o $o-pie-prog.o" nopie="$o-nopie-stub.o $o-nopie-prog.o" both="$one $two"
	case $3 in
	pie) $cc $w -pie -o prog $pie $both $lib ;;
	nopie) $cc $w -no-pie -o prog $nopie $both $lib ;;
	static) $cc $w -static -o prog $nopie $both $lib ;;
	static-pie) $cc $w -static-pie -o prog $pie $both $lib ;;
	gc) $cc $w $gc -pie -o prog $pie $both $lib ;;
	gc-startstop) $cc $w $gc -Wl,-z,start-stop-gc -pie -o prog $pie $both $lib ;;
	icf) $cc $w -Wl,--icf=all -pie -o prog $pie $both $lib ;;
	lto-gcc) $cc $w $gc -O2 -flto -pie -o prog $o-lto-gcc-*.o $both $lib ;;
	lto-clang) $clang $w $gc -O2 -flto -pie -o prog $o-lto-clang-*.o $both $lib ;;
	lto-thin) $clang $w $gc -O2 -flto=thin -pie -o prog $o-lto-thin-*.o $both $lib ;;
	shared) $cc $w -shared -o libbundles.so $both $o-pic-stub.o $lib &&
		$cc $w -pie -o prog $o-apart-prog.o $o-pie-stub.o -L. -Wl,--no-as-needed -lbundles '-Wl,-rpath,$ORIGIN' $lib ;;
	plugin) $cc $w -shared -o plugin.so $o-plugin-prog.o $o-pic-stub.o $both $lib && $cc $w -o prog $o-host.o ;;
	r) $cc -nostdlib -r -o both.o $both && $cc $w -pie -o prog $pie both.o $lib ;;
	archive) $cc $w -pie -o prog $pie -L$work -lassets-$1 $lib ;;
	script-own-*) script=$script/own-segment.ld && link_script ;;
	script-huge-*) script=$script/huge-pages.ld && link_script ;;
	esac
}

# A linker script beside the linker's own; the variables are those of link.
link_script() {
	case $form in
	*-static-pie) $cc $w $script -static-pie -o prog $pie $both $lib ;;
	*-pie) $cc $w $script -pie -o prog $pie $both $lib ;;
	*-nopie) $cc $w $script -no-pie -o prog $nopie $both $lib ;;
	*-static) $cc $w $script -static -o prog $nopie $both $lib ;;
	esac
}

# tcc compiles what it links: other compilers' objects may want more than its linker has.
link_tcc() { # FORM
	local t=$work/obj/tcc o="$work/obj/tcc-stub.o $work/obj/tcc-prog.o" both="$work/one.${as:-o} $work/two.${as:-o}"
	case $1 in
	pie) tcc -pie -o prog $o $both -lzstd ;;
	nopie) tcc -o prog $o $both -lzstd ;;
	static) tcc -static -o prog $o $both -lzstd ;;
	gc) tcc -Wl,--gc-sections -o prog $o $both -lzstd ;;
	shared) tcc -shared -o libbundles.so $both $t-stub.o -lzstd &&
		tcc -o prog $t-apart-prog.o $t-stub.o -L. -lbundles '-Wl,-rpath=$ORIGIN' -lzstd ;;
	plugin) tcc -shared -o plugin.so $t-plugin-prog.o $t-stub.o $both -lzstd && tcc -o prog $t-host.o -ldl ;;
	r) tcc -r -o both.o $both && tcc -o prog $o both.o -lzstd ;;
	archive) tcc -o prog $o -L"$work" -lassets-glibc -lzstd ;;
	esac
}

# Changes the file in place, as its owner might after the link.
treat() { # TREATMENT FILE
	case $1 in
	strip) strip -s "$2" ;;
	eu-strip) eu-strip "$2" ;;
	strip-sections) llvm-strip --strip-sections "$2" ;;
	patchelf) patchelf --set-rpath "\$ORIGIN$(printf ':/a/long/way/%0200d' 0)" "$2" ;;
	objcopy) objcopy "$2" copy && mv copy "$2" ;;
	upx) "$upx" -qq "$2" ;;
	esac
}
