/* SPDX-License-Identifier: MIT */
/* One asset by the constant that a generated header has of it: its place is known, and only checked. */
#include "hosted.h"

/* The number of the asset's reference, or of its name when the header was made. It may be any: the name decides. */
static uint64_t asset_place(const rcc_bundle *b, const rcc_asset *asset)
{
	uintptr_t at;

	if (!rcc_i_is_split(b))
		return asset->index;
	/* A reference of another image, of the one that this one replaced, is somewhere else: so it is a number. */
	at = (uintptr_t)asset->ref - (uintptr_t)rcc_i_base(b) - (uintptr_t)rcc_i_header64(b, RCCF_H_REFS);
	return at / RCCF_SPLIT_REF_SIZE;
}

int rcc_asset_entry(rcc_asset asset, rcc_entry *out)
{
	const rcc_bundle *b;
	rcc_entry e;
	uint64_t i;
	int error;

	if (!asset.bundle || !asset.name || !out)
		return RCC_EINVAL;
	b = rcc_from_desc(asset.bundle);
	if (!b)
		return RCC_ENOBUNDLE;
	i = asset_place(b, &asset);
	if (i < rcc_i_count(b)) {
		error = rcc_i_entry(b, i, &e);
		if (error)
			return error;
		if (e.name_len == asset.name_len && !memcmp(e.name, asset.name, e.name_len)) {
			*out = e;
			return 0;
		}
	}
	error = rcc_lookup(b, asset.name, asset.name_len, out);
	if (error != RCC_ENOENT || !rcc_i_is_split(b))
		return error;
	/* The header was made for an object in one piece: naming the asset did not keep it. */
	if (!asset.ref)
		return RCC_EINVAL;
	/* The program holds the reference, so the linker kept the asset: a table without either was torn apart. */
	return i >= rcc_i_count(b) ? RCC_ECORRUPT : error;
}
