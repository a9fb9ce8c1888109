/* SPDX-License-Identifier: MIT */
/* An image to an ELF object, as one section: design and reasons in doc/architecture.md. The image itself is written
 * before, by the layout, so that gigabytes cost no memory. */
#include "emit.h"
#include "io.h"
#include "object_desc.h"

/* TABLES: more than the sections take that are not the image, the symbols or their names. */
enum { IMAGE_OFFSET = 4096, TABLES = 1 << 20, DESC = IMAGE_SECTION + 1 };

uint64_t emit_elf_image_offset(void)
{
	return IMAGE_OFFSET;
}

uint64_t emit_elf_image_max(const struct target *t)
{
	return (t->elf_class == ELFCLASS64 ? (uint64_t)INT64_MAX : UINT32_MAX) - IMAGE_OFFSET - TABLES;
}

/* Local symbols first, as the gABI wants. */
static void make_symbols(struct object *o, const struct plan *p, enum emit_symbols symbols)
{
	bool global = symbols == SYMBOLS_GLOBAL;
	struct arena a = {0};

	object_desc_locals(o, DESC);
	if (symbols == SYMBOLS_SIZES)
		object_asset_symbols(o, p, symbols, NULL, NULL);
	object_locals_end(o);
	if (global)
		object_asset_symbols(o, p, symbols, object_idents(&a, p), NULL);
	object_bundle_symbol(o, DESC, p->bundle, global);
	arena_done(&a);
}

bool emit_elf(int fd, struct diag *d, const char *out_path, const struct layout *l, const struct target *t,
              const struct like *like, enum emit_symbols symbols)
{
	uint64_t align = (uint64_t)1 << l->align_log2;
	GElf_Shdr image = {.sh_type = SHT_PROGBITS, .sh_flags = SHF_ALLOC | t->section_flags, .sh_offset = IMAGE_OFFSET,
	                   .sh_addralign = align > t->page ? align : t->page};
	struct object o;
	bool ok;

	image.sh_size = align_up(l->size, image.sh_addralign); /* so that no other section shares the image's last page */
	object_start(&o, fd, d, out_path, t, like, 0, IMAGE_OFFSET + image.sh_size, DESC + DESC_SECTIONS + (like ? like->n : 0));
	make_symbols(&o, l->plan, symbols);
	image.sh_name = object_name(&o, t->section);
	object_window(&o, &image);
	/* The image alone was judged before; the padding behind it and the symbols are known only now. */
	ok = object_fits(&o, image.sh_size, emit_elf_image_max(t)) && object_desc_sections(&o, DESC, l->size) &&
	     object_finish(&o);
	object_done(&o);
	return ok;
}
