#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds webd with the files of a directory in it.
#   sh examples/webd/build.sh BUILD OUT [OPTION...] DIR      BUILD holds rcc and librcc.a; OPTION: of rcc compile
set -eu

build=$1 out=$2
shift 2
here=$(cd "$(dirname "$0")" && pwd)
: "${CC:=cc}"
"$build/rcc" compile -q -n site -o "$out.o" "$@"
# Debian's libmicrohttpd has TLS; librcc.a decodes with libzstd.
$CC -std=gnu11 -O2 -g -Wall -Wextra ${CFLAGS-} -I "$here/../../runtime-stub" -o "$out" "$here"/*.c "$out.o" "$build/librcc.a" \
	-lmicrohttpd -lzstd -lpthread
