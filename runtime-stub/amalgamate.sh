#!/bin/sh
# SPDX-License-Identifier: MIT
# Writes OUTDIR/rcc.c, the whole stub in one file, and OUTDIR/rcc.h beside it: two files to drop into a project; and
# rcc_http.h and rcc_dev.h, for programs that want those parts.
#   sh runtime-stub/amalgamate.sh OUTDIR
set -eu

if [ $# -ne 1 ]; then
	echo "usage: sh amalgamate.sh OUTDIR" >&2
	exit 2
fi
here=$(dirname -- "$0")
out=$1
mkdir -p -- "$out"
trap 'rm -f -- "$out/rcc.c.new" "$out/rcc.h.new" "$out/rcc_http.h.new" "$out/rcc_dev.h.new"' EXIT
trap 'exit 1' HUP INT TERM

# A local header is written out where it is first asked for, rcc.h excepted; an SPDX line stands once, on top.
expand() {
	HERE=$here awk '
		function put(path,   line, file) {
			while ((status = getline line < path) > 0) {
				if (line ~ /^\/\* SPDX-License-Identifier:/)
					continue
				if (line ~ /^#include "/) {
					file = line
					sub(/^#include "(.*\/)?/, "", file)
					sub(/".*/, "", file)
					if (file in seen)
						continue
					seen[file] = 1
					if (file == "rcc.h")
						print line_for_rcc
					else if (file in place)
						put(place[file])
					else {
						print "amalgamate.sh: no header " file | "cat >&2"
						exit 1
					}
					continue
				}
				print line
			}
			if (status < 0) {
				print "amalgamate.sh: cannot read " path | "cat >&2"
				exit 1
			}
			close(path)
		}
		BEGIN {
			here = ENVIRON["HERE"] # -v would take a backslash for an escape
			line_for_rcc = "#include \"rcc.h\""
			place["rcc_format.h"] = here "/rcc_format.h"
			place["core.h"] = here "/core/core.h"
			place["hash.h"] = here "/core/hash.h"
			place["record.h"] = here "/core/record.h"
			place["dir_table.h"] = here "/core/dir_table.h"
			place["table.h"] = here "/core/table.h"
			place["decode.h"] = here "/core/decode.h"
			place["hosted.h"] = here "/hosted/hosted.h"
			place["overlay.h"] = here "/hosted/overlay.h"
			place["rcc_http.h"] = here "/rcc_http.h"
			place["rcc_dev.h"] = here "/rcc_dev.h"
			place["http.h"] = here "/hosted/http.h"
			for (i = 1; i < ARGC; i++) {
				print ""
				put(ARGV[i])
			}
		}' "$@"
}

version=$(sed -n 's/^#define RCC_VERSION "\(.*\)"/\1/p' "$here/rcc.h")
{
	cat <<-END
		/* SPDX-License-Identifier: MIT */
		/* The runtime stub of rcc $version in one file: compile it as it is and link it with your bundles.
		 * It needs <xxhash.h> to compile and libzstd to link (-lzstd). With -DRCC_NO_ZSTD it does without libzstd, and a
		 * compressed file gives RCC_ENOTSUP. Made by amalgamate.sh; change the sources it was made from. */
		#ifndef _GNU_SOURCE
		#define _GNU_SOURCE
		#endif
		#ifndef _FILE_OFFSET_BITS
		#define _FILE_OFFSET_BITS 64
		#endif
		#ifdef __clang__ /* of the format's loads and stores, which were a header, a reader needs the loads */
		#pragma clang diagnostic ignored "-Wunused-function"
		#endif
	END
	# hash.c first: xxhash.h is inlined by it, and must not have been included before in another way.
	set -- "$here"/core/hash.c
	for file in "$here"/core/*.c "$here"/hosted/*.c; do
		[ "$file" = "$here"/core/hash.c ] || set -- "$@" "$file"
	done
	expand "$@"
} > "$out/rcc.c.new"
mv -f -- "$out/rcc.c.new" "$out/rcc.c"
for header in rcc.h rcc_http.h rcc_dev.h; do
	cp -- "$here/$header" "$out/$header.new"
	mv -f -- "$out/$header.new" "$out/$header"
done
