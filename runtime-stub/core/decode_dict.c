/* SPDX-License-Identifier: MIT */
/* A bundle's dictionary (format.md, 10), made ready to decode with. That costs some ten microseconds and 27 KiB, the
 * dictionary itself not being copied; so whoever has threads and a place to keep digests shares them. */
#ifndef RCC_NO_ZSTD
#include "decode.h"

static rcc_i_digest *digest(rcc_span bytes, int *error)
{
	ZSTD_DDict *d = NULL, *probe;

	*error = RCC_ECORRUPT;
	if (rccf_load32(bytes.data) != ZSTD_MAGIC_DICTIONARY)
		return NULL;
	d = ZSTD_createDDict_byReference(bytes.data, bytes.size);
	if (d)
		return (rcc_i_digest *)(void *)d;
	/* zstd does not say why. Whatever the dictionary, a digest takes the same memory. */
	probe = ZSTD_createDDict_byReference(NULL, 0);
	if (!probe)
		*error = RCC_ENOMEM;
	ZSTD_freeDDict(probe);
	return NULL;
}

int rcc_i_dict_get(const rcc_bundle *b, const ZSTD_DDict **dict, rcc_i_digest **own)
{
	rcc_i_dict_of of = {b, 0, {NULL, 0}};
	const rcc_i_digest *shared;
	rcc_i_digest *d;
	int error;

	*own = NULL;
	if (rcc_i_dictionary(b, &of.bytes))
		return RCC_ECORRUPT;
	of.hash = (size_t)rcc_i_header64(b, RCCF_H_INDEX_HASH);
	shared = rcc_i_dicts_find(&of);
	if (!shared) {
		d = digest(of.bytes, &error);
		if (!d)
			return error;
		shared = rcc_i_dicts_share(&of, d, own);
	}
	*dict = (const ZSTD_DDict *)(const void *)shared;
	return 0;
}

void rcc_i_digest_free(rcc_i_digest *d)
{
	ZSTD_freeDDict((ZSTD_DDict *)(void *)d);
}
#endif
