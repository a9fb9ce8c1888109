/* SPDX-License-Identifier: MIT */
/* See mime.h. What web servers are asked for; types as IANA has them, or else freedesktop's shared-mime-info. */
#include "mime.h"

#include <stdlib.h>

/* Sorted by ending. */
static const struct type {
	const char *ending, *type;
} table[] = {
	{"3gp", "video/3gpp"}, {"7z", "application/x-7z-compressed"}, {"aac", "audio/aac"}, {"apng", "image/apng"},
	{"atom", "application/atom+xml"}, {"avif", "image/avif"}, {"bin", "application/octet-stream"}, {"bmp", "image/bmp"},
	{"br", "application/x-brotli"}, {"bz2", "application/x-bzip2"}, {"cjs", "text/javascript"}, {"css", "text/css"},
	{"csv", "text/csv"}, {"db", "application/vnd.sqlite3"}, {"docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
	{"eot", "application/vnd.ms-fontobject"}, {"epub", "application/epub+zip"}, {"flac", "audio/flac"},
	{"gif", "image/gif"}, {"glb", "model/gltf-binary"}, {"gltf", "model/gltf+json"}, {"gz", "application/gzip"},
	{"heic", "image/heic"}, {"htm", "text/html"}, {"html", "text/html"}, {"ico", "image/vnd.microsoft.icon"},
	{"ics", "text/calendar"}, {"jpeg", "image/jpeg"}, {"jpg", "image/jpeg"}, {"js", "text/javascript"},
	{"json", "application/json"}, {"jsonld", "application/ld+json"}, {"jxl", "image/jxl"}, {"m4a", "audio/mp4"},
	{"map", "application/json"}, {"md", "text/markdown"}, {"mjs", "text/javascript"}, {"mp3", "audio/mpeg"},
	{"mp4", "video/mp4"}, {"mpd", "application/dash+xml"}, {"oga", "audio/ogg"}, {"ogg", "audio/ogg"},
	{"ogv", "video/ogg"}, {"opus", "audio/ogg"}, {"otf", "font/otf"}, {"pdf", "application/pdf"}, {"png", "image/png"},
	{"rss", "application/rss+xml"}, {"rtf", "application/rtf"}, {"sqlite", "application/vnd.sqlite3"}, {"svg", "image/svg+xml"},
	{"tar", "application/x-tar"}, {"tif", "image/tiff"}, {"tiff", "image/tiff"}, {"toml", "application/toml"},
	{"tsv", "text/tab-separated-values"}, {"ttc", "font/collection"}, {"ttf", "font/ttf"}, {"txt", "text/plain"},
	{"vtt", "text/vtt"}, {"wasm", "application/wasm"}, {"wav", "audio/wav"}, {"weba", "audio/webm"}, {"webm", "video/webm"},
	{"webmanifest", "application/manifest+json"}, {"webp", "image/webp"}, {"woff", "font/woff"}, {"woff2", "font/woff2"},
	{"xhtml", "application/xhtml+xml"}, {"xml", "application/xml"}, {"xsl", "application/xslt+xml"},
	{"xz", "application/x-xz"}, {"yaml", "application/yaml"}, {"yml", "application/yaml"}, {"zip", "application/zip"},
	{"zst", "application/zstd"},
};
enum { TYPES = sizeof table / sizeof *table, ENDING_MAX = 11 };

static int by_ending(const void *key, const void *type)
{
	return strcmp(key, ((const struct type *)type)->ending);
}

struct str mime_of(struct str name)
{
	char ending[ENDING_MAX + 1];
	const struct type *found;
	size_t n = 0;

	while (n < name.n && n <= ENDING_MAX && name.p[name.n - n - 1] != '.')
		n++;
	if (n >= name.n || n > ENDING_MAX)
		return (struct str){0};
	for (size_t i = 0; i < n; i++) {
		char c = name.p[name.n - n + i];

		ending[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
	}
	ending[n] = 0;
	found = bsearch(ending, table, TYPES, sizeof *table, by_ending);
	return found ? str_of(found->type) : (struct str){0};
}
