/* SPDX-License-Identifier: MIT */
/* Writes to the folder ARGV[1] what the fuzzer begins with: images of the split form as a linker leaves them, one for
 * each byte order and width of its distances. */
#include <stdio.h>

#include "../unit/split.h"

int main(int argc, char **argv)
{
	static const struct image_file files[] = {
		{"a", "first", 5, RCC_CODEC_STORE, "text/plain"},
		{"css/other.css", "gone", 4, RCC_CODEC_STORE, NULL},
		{"css/site.css", "body {}", 7, RCC_CODEC_STORE, "text/css"},
		{"hello.txt", "hello hello hello hello hello hello", 35, RCC_CODEC_ZSTD, NULL},
	};
	static const unsigned char keep[] = {1, 0, 1, 1};

	for (unsigned form = 1; form < 8; form += 2) {
		const struct split_plan p = {files, 4, form, 4, keep, form & RCCF_FORM_BIG};
		struct split_image s = split_new("small", &p);
		char path[4096];
		FILE *f;

		snprintf(path, sizeof path, "%s/split%u", argc > 1 ? argv[1] : ".", form);
		f = fopen(path, "wb");
		if (!f || fwrite(s.bytes, 1, s.size, f) != s.size || fclose(f)) {
			perror(path);
			return 1;
		}
		free(s.bytes);
	}
	return 0;
}
