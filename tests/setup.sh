#!/bin/sh
# SPDX-License-Identifier: MIT
# Installs what building and testing rcc need and this system lacks; silent when all is there.
# What is asked for is the thing itself (a header, a command), never only the package database.
#
# sh tests/setup.sh GROUP: demo (compiler and libraries), check (and what the tests need), cross (and
# compilers and runners for other machines), bench (and the peers of the bench),
# all (and what the other matrices of `make check-all` need).
# Status 1 when something needed is missing and stays so.
set -u

: "${CC:=cc}"
scratch=$(mktemp -d "${TMPDIR:-/tmp}/rcc-setup.XXXXXX") || exit 1
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM

# What a machine with apt, dnf, apk or pacman calls it; '-' where it has no such package, commas for several.
# group  probe                 apt              dnf                    apk           pacman      why
needs()
{
	cat <<-'TABLE'
	demo  links:stdio.h          gcc,libc6-dev    gcc,glibc-devel        gcc,musl-dev  gcc         C compiler
	demo  command:make           make             make                   make          make        runs the Makefile
	demo  links:libelf.h:-lelf   libelf-dev       elfutils-libelf-devel  elfutils-dev  libelf      reads and writes ELF
	demo  links:zstd.h:-lzstd    libzstd-dev      libzstd-devel          zstd-dev      zstd        compression
	demo  links:xxhash.h         libxxhash-dev    xxhash-devel           xxhash-dev    xxhash      content hashes
	demo  file:/usr/share/zoneinfo/Europe tzdata  tzdata                 tzdata        tzdata      the demo's real input
	demo  links:microhttpd.h:-lmicrohttpd libmicrohttpd-dev libmicrohttpd-devel libmicrohttpd-dev libmicrohttpd serves the demo's page
	demo  command:curl           curl             curl                   curl          curl        fetches it
	check links:cmocka.h:-lcmocka libcmocka-dev   libcmocka-devel        cmocka-dev    cmocka      unit tests
	check command:bats           bats             bats                   bats          bash-bats   tests of the command line
	check command:readelf        binutils         binutils               binutils      binutils    looks at objects
	check command:perl           perl             perl                   perl          perl        the second reader of the format
	check command:zstd           zstd             zstd                   zstd          zstd        decodes frames independently
	check command:mandoc         mandoc           mandoc                 mandoc        mandoc      checks the manual pages
	check command:mkfifo         coreutils        coreutils              coreutils     coreutils   makes bad input
	all   command:g++            g++              gcc-c++                g++           gcc         C++ includes rcc.h
	all   command:clang          clang            clang                  clang         clang       a second compiler
	all   clang:-fsanitize=fuzzer    libclang-rt-dev compiler-rt            compiler-rt   compiler-rt fuzzing
	all   command:ld.gold        binutils         binutils-gold          binutils-gold binutils    link matrix
	all   command:ld.lld         lld              lld                    lld           lld         link matrix
	all   command:ld.lld-19      lld-19           -                      -             -           link matrix
	all   command:mold           mold             mold                   mold          mold        link matrix
	all   links:stdio.h:-static  libc6-dev        glibc-static           musl-dev      glibc       static link tests
	all   links:stdio.h:-fsanitize=address,undefined gcc libasan,libubsan -            gcc         sanitizers
	all   command:eu-elflint     elfutils         elfutils               elfutils      elfutils    checks objects strictly
	all   command:valgrind       valgrind         valgrind               valgrind      valgrind    memory errors
	all   command:strace         strace           strace                 strace        strace      counts system calls
	all   command:patchelf       patchelf         patchelf               patchelf      patchelf    programs edited after the link
	all   command:upx            upx-ucl          upx                    upx           upx         programs packed after the link
	all   command:llvm-strip     llvm             llvm                   llvm          llvm        programs without section headers
	all   command:go             golang-go        golang                 go            go          a bundle in a Go program
	all   command:musl-gcc       musl-tools       musl-gcc               -             musl        a second libc
	all   command:tcc            tcc              tcc                    tcc           tcc         a third compiler and linker
	all   command:cmake          cmake            cmake                  cmake         cmake       find_package(rcc)
	all   command:ninja          ninja-build      ninja-build            samurai       ninja       depfiles under Ninja
	all   command:pkg-config     pkg-config       pkgconf-pkg-config     pkgconf       pkgconf     rcc.pc
	all   command:mkfs.xfs       xfsprogs         xfsprogs               xfsprogs      xfsprogs    a disk whose files share blocks
	all   command:mkfs.btrfs     btrfs-progs      btrfs-progs            btrfs-progs   btrfs-progs another one
	all   pkg:fuse3              libfuse3-dev     fuse3-devel            fuse3-dev     fuse3       a disk that fails
	all   links:zlib.h:-lz       zlib1g-dev       zlib-devel             zlib-dev      zlib        encode=gzip in rules
	all   links:brotli/encode.h:-lbrotlienc libbrotli-dev brotli-devel   brotli-dev    brotli      encode=br in rules
	all   links:liburing.h:-luring liburing-dev   liburing-devel         liburing-dev  liburing    reads many files at once
	bench links:liburing.h:-luring liburing-dev   liburing-devel         liburing-dev  liburing    reads many files at once
	all   command:brotli         brotli           brotli                 brotli        brotli      decodes independently
	all   command:wrk            wrk              -                      wrk           -           many HTTP requests at once
	all   command:openssl        openssl          openssl                openssl       openssl     a certificate for webd
	all   command:chromium       chromium         chromium               chromium      chromium    webd in a browser
	all   command:npm            npm              npm                    npm           npm         the app and the driver for that
	bench file:/usr/sbin/nginx   nginx-light      nginx                  nginx         nginx       peer: a web server from disk
	bench command:wrk            wrk              -                      wrk           -           measures web servers
	all   links:sqlite3.h:-lsqlite3 libsqlite3-dev sqlite-devel          sqlite-dev    sqlite      databases in bundles
	all   command:sqlite3        sqlite3          sqlite                 sqlite        sqlite      makes and reads databases
	bench command:sqlite3        sqlite3          sqlite                 sqlite        sqlite      makes a database
	bench command:clang-19       clang-19         -                      -             -           peer: #embed
	bench command:glib-compile-resources libglib2.0-dev-bin glib2-devel  glib-dev      glib2-devel peer: GResource
	bench pkg:gio-2.0            libglib2.0-dev   glib2-devel            glib-dev      glib2       peer: GResource at run time
	bench file:/usr/lib/qt6/libexec/rcc qt6-base-dev-tools qt6-qtbase-devel qt6-qtbase-dev qt6-base peer: rcc of Qt
	bench pkg:Qt6Core            qt6-base-dev     qt6-qtbase-devel       qt6-qtbase-dev qt6-base   peer: QResource at run time
	bench command:g++            g++              gcc-c++                g++           gcc         compiles what rcc of Qt writes
	bench command:pkg-config     pkg-config       pkgconf-pkg-config     pkgconf       pkgconf     finds the peers
	bench command:go             golang-go        golang                 go            go          peer: embed
	bench command:gperf          gperf            gperf                  gperf         gperf       peer: perfect hashes
	bench command:mksquashfs     squashfs-tools   squashfs-tools         squashfs-tools squashfs-tools peer: an archive that is mounted
	bench links:sqlite3.h:-lsqlite3 libsqlite3-dev sqlite-devel          sqlite-dev    sqlite      peer: a database
	trees command:npm            npm              npm                    npm           npm         real web trees to measure on
	bench command:valgrind       valgrind         valgrind               valgrind      valgrind    counts instructions
	cross gcc:aarch64-linux-gnu gcc-aarch64-linux-gnu,libc6-dev-arm64-cross - - - machine matrix
	cross gcc:arm-linux-gnueabihf gcc-arm-linux-gnueabihf,libc6-dev-armhf-cross - - - machine matrix
	cross gcc:arm-linux-gnueabi gcc-arm-linux-gnueabi,libc6-dev-armel-cross - - - machine matrix
	cross gcc:i686-linux-gnu gcc-i686-linux-gnu,libc6-dev-i386-cross - - - machine matrix
	cross gcc:x86_64-linux-gnux32 gcc-x86-64-linux-gnux32,libc6-dev-x32-cross - - - machine matrix
	cross gcc:riscv64-linux-gnu gcc-riscv64-linux-gnu,libc6-dev-riscv64-cross - - - machine matrix
	cross gcc:s390x-linux-gnu gcc-s390x-linux-gnu,libc6-dev-s390x-cross - - - machine matrix
	cross gcc:powerpc64le-linux-gnu gcc-powerpc64le-linux-gnu,libc6-dev-ppc64el-cross - - - machine matrix
	cross gcc:powerpc64-linux-gnu gcc-powerpc64-linux-gnu,libc6-dev-ppc64-cross - - - machine matrix
	cross gcc:powerpc-linux-gnu gcc-powerpc-linux-gnu,libc6-dev-powerpc-cross - - - machine matrix
	cross gcc:mips64el-linux-gnuabi64 gcc-mips64el-linux-gnuabi64,libc6-dev-mips64el-cross - - - machine matrix
	cross gcc:mips64-linux-gnuabi64 gcc-mips64-linux-gnuabi64,libc6-dev-mips64-cross - - - machine matrix
	cross gcc:mipsel-linux-gnu gcc-mipsel-linux-gnu,libc6-dev-mipsel-cross - - - machine matrix
	cross gcc:mips-linux-gnu gcc-mips-linux-gnu,libc6-dev-mips-cross - - - machine matrix
	cross gcc:sparc64-linux-gnu gcc-sparc64-linux-gnu,libc6-dev-sparc64-cross - - - machine matrix
	cross gcc:m68k-linux-gnu gcc-m68k-linux-gnu,libc6-dev-m68k-cross - - - machine matrix
	cross command:qemu-aarch64-static qemu-user-static - - - runs programs of other machines
	cross command:ld.lld-14 lld-14 - - - machine matrix
	cross command:ld.lld-19 lld-19 - - - machine matrix
	cross command:clang-19 clang-19 - - - assembler text for other systems
	cross command:llvm-mc-19 llvm-19 - - - assembler text for macOS
	cross command:ld64.lld-19 lld-19 - - - programs for macOS
	cross command:x86_64-w64-mingw32-gcc gcc-mingw-w64-x86-64 mingw64-gcc - mingw-w64-gcc programs for Windows
	cross file:/usr/lib/wine/wine64 wine64 - - - runs programs for Windows
	TABLE
}

have()
{
	command -v "$1" >/dev/null 2>&1
}

# Is it there? probe is command:NAME, pkg:NAME of pkg-config, file:PATH,
# links:HEADER[:FLAG], clang:FLAG or gcc:TRIPLE, a compiler with its static libc.
present()
{
	what=${1#*:}
	case $1 in
	command:*) have "$what" ;;
	pkg:*) pkg-config --exists "$what" 2>/dev/null ;;
	file:*) [ -e "$what" ] ;;
	clang:*)
		echo 'int LLVMFuzzerTestOneInput(const char *p, long n); int LLVMFuzzerTestOneInput(const char *p, long n) { return p && n < 0; }' >"$scratch/probe.c"
		clang -o "$scratch/probe" "$scratch/probe.c" "$what" >/dev/null 2>&1 ;;
	gcc:*)
		echo 'int main(void) { return 0; }' >"$scratch/probe.c"
		"$what-gcc" -static -o "$scratch/probe" "$scratch/probe.c" >/dev/null 2>&1 ;;
	links:*)
		flag=
		case $what in *:*) flag=${what#*:} ;; esac
		printf '#include <%s>\nint main(void) { return 0; }\n' "${what%%:*}" >"$scratch/probe.c"
		# Headers that were written to follow others: cmocka.h wants these four.
		$CC -include stdarg.h -include stddef.h -include setjmp.h -include stdint.h \
			-o "$scratch/probe" "$scratch/probe.c" $flag >/dev/null 2>&1 ;;
	esac
}

# Is this row part of the group that was asked for?
wanted()
{
	case $group:$1 in
	all:trees) return 1 ;; # hundreds of packages, and the short bench does without
	demo:demo | check:demo | check:check | bench:trees | bench:demo | bench:check | bench:bench | cross:demo | cross:check | cross:cross | all:*) return 0 ;;
	esac
	return 1
}

# Rows "group<TAB>packages<TAB>probe<TAB>why" for what is missing, in the words of the package manager $1.
missing()
{
	needs | while read -r of probe apt dnf apk pacman why; do
		wanted "$of" && ! present "$probe" || continue
		case $1 in apt) p=$apt ;; dnf) p=$dnf ;; apk) p=$apk ;; pacman) p=$pacman ;; *) p=- ;; esac
		printf '%s\t%s\t%s\t%s\n' "$of" "$p" "$probe" "$why"
	done
}

# The words of "$@" that run a command as root from here, or nothing. Never waits for a password nobody can type.
as_root()
{
	[ "$(id -u)" = 0 ] && return 0
	have sudo || return 1
	if [ -t 0 ] && [ -z "${CI-}" ]; then
		echo sudo
	elif sudo -n true 2>/dev/null; then
		echo 'sudo -n'
	else
		return 1
	fi
}

# What this release of Debian lacks, from its backports: by lists of their own, so that the system takes nothing else from there.
from_backports() # PACKAGE...
{
	[ "$(. /etc/os-release && echo "$ID")" = debian ] || return
	lists="-o Dir::Etc::sourcelist=$scratch/sources -o Dir::State::lists=$scratch/lists"
	chmod 755 "$scratch" && mkdir -p "$scratch/lists/partial" || return # apt fetches as another user
	{
		cat /etc/apt/sources.list 2>/dev/null
		echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian" \
			"$(. /etc/os-release && echo "$VERSION_CODENAME")-backports main"
	} >"$scratch/sources"
	echo "setup: $root${root:+ }apt-get install $* (of Debian's backports)" >&2
	$root apt-get update -qq $lists >&2 </dev/null
	$root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $lists "$@" >&2 </dev/null
}

group=${1-}
case $group in
demo | check | cross | bench | all) ;;
*)
	echo "usage: sh tests/setup.sh demo|check|cross|bench|all" >&2
	exit 2 ;;
esac

manager=none
for m in apt-get dnf apk pacman; do
	have "$m" && manager=${m%-get} && break
done
missing "$manager" >"$scratch/missing"
[ -s "$scratch/missing" ] || exit 0

packages=
while IFS='	' read -r of p probe why; do
	if [ "$manager" = none ]; then
		echo "setup: ${probe#*:} is missing: $why" >&2
		continue
	elif [ "$p" = - ]; then
		echo "setup: ${probe#*:} ($why) is missing, and this script knows no package for it here" >&2
		continue
	fi
	echo "setup: needs $(echo "$p" | tr , ' '): $why" >&2
	packages="$packages $(echo "$p" | tr , ' ')"
done <"$scratch/missing"
packages=$(echo "$packages" | tr ' ' '\n' | sort -u | tr '\n' ' ')
packages=${packages# }
packages=${packages% }
if [ "$manager" = none ]; then
	echo "setup: no apt-get, dnf, apk or pacman here; install what is named above by hand" >&2
	exit 1
fi
[ -n "$packages" ] || exit 0 # what no package brings, the tests name as skipped

update=
case $manager in
apt)
	update='apt-get update -qq'
	install="env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages" ;;
dnf) install="dnf install -y -q --setopt=install_weak_deps=False $packages" ;;
apk) install="apk add --no-cache $packages" ;;
pacman) install="pacman -Sy --needed --noconfirm $packages" ;;
esac

if ! root=$(as_root); then
	echo "setup: not root, and no sudo without a password; run this as root, then try again:" >&2
	echo "  ${update:+$update && }$install" >&2
	exit 1
fi
if [ -n "$update" ]; then
	echo "setup: $root${root:+ }$update" >&2
	# Old package lists may still do: the installation decides.
	$root $update >&2 </dev/null || echo "setup: the package lists could not be refreshed" >&2
fi
if [ "$manager" = apt ]; then
	# One name that an older release does not have would make apt-get refuse them all.
	absent=
	for p in $packages; do
		apt-cache show "$p" >/dev/null 2>&1 && continue
		echo "setup: this release has no package $p" >&2
		install=$(echo "$install " | sed "s/ $p / /")
		absent="$absent $p"
	done
fi
echo "setup: $root${root:+ }$install" >&2
if ! $root $install >&2 </dev/null; then
	echo "setup: the installation failed; see above" >&2
	exit 1
fi

[ -z "${absent-}" ] || from_backports $absent || echo "setup: nor have its backports, as far as can be told" >&2

# Without something of group all the tests that need it name what they skip; the rest cannot be done without.
missing "$manager" >"$scratch/missing"
status=0
while IFS='	' read -r of p probe why; do
	echo "setup: ${probe#*:} ($why) is still missing" >&2
	case $of in cross | bench | trees | all) ;; *) status=1 ;; esac
done <"$scratch/missing"
exit "$status"
