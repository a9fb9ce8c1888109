/* SPDX-License-Identifier: MIT */
/* Writes to the folder ARGV[1] what fuzz_stream begins with: a frame, and chunks. */
#include <stdio.h>

#include "../unit/image.h"

int main(int argc, char **argv)
{
	enum { HEAD = 12, SIZE = 20000 };
	static unsigned char out[IMAGE_MAX];
	static char text[SIZE];

	for (size_t i = 0; i < SIZE; i++)
		text[i] = (char)('a' + (i * i >> 9) % 23 + i / 4096);
	for (int chunks = 0; chunks < 2; chunks++) {
		struct image_file file = {"", text, SIZE, chunks ? RCC_CODEC_ZSTD_CHUNKS : RCC_CODEC_ZSTD, NULL};
		size_t n = HEAD + image_store(out, HEAD, &file);
		char path[4096];
		FILE *f;

		rccf_store32(out, SIZE << 8 | (unsigned)chunks);
		rccf_store64(out + 4, 0x123456789abcdef);
		snprintf(path, sizeof path, "%s/%s", argc > 1 ? argv[1] : ".", chunks ? "chunks" : "frame");
		f = fopen(path, "wb");
		if (!f || fwrite(out, 1, n, f) != n || fclose(f)) {
			perror(path);
			return 1;
		}
	}
	return 0;
}
