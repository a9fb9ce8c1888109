# SPDX-License-Identifier: MIT
# Bundles in a Makefile (GNU make 3.81 or later):
#
#   include $(shell pkg-config --variable=mk rcc)
#   $(eval $(call rcc_bundle,web,assets,-z --exclude '*.map'))
#   prog: main.o web.o
#
# $(call rcc_bundle,NAME,DIR...,OPTIONS) makes NAME.o, whose bundle is named by the last part of NAME, from
# the directories. NAME may have a directory in front (build/web), which is made if it is missing. An asset that
# is edited, added or removed makes it again, and so do other DIRs or OPTIONS; an asset that was only touched does
# not: rcc leaves an object whose bytes are the same as it is, so nothing is linked again. $(rcc_made) lists all
# that was made, for a clean rule. RCC is the compiler.

RCC ?= rcc

# NAME.rcc-stamp has the time at which rcc last began; it, not the object, depends on the assets, or an object
# that rcc left as it was would stay older than they are and be made for ever. rcc's depfile speaks of the
# object, so its target is exchanged, and only then does it get the name that make reads: were make killed in
# between, nothing would speak of the stamp any more. A rule with a recipe of nothing lets make look whether the
# object did change. An object that was deleted counts as an asset that changed, and so does a stamp that does
# not hold the checksum of what rcc is asked for. None of this becomes the goal of a make without arguments.
rcc_bundle = $(call rcc_rules,$(1),$(2),$(3),$(shell printf %s '$(subst ','\'',$(3) $(2))' | cksum | tr ' ' -))

define rcc_rules
rcc_goal := $$(.DEFAULT_GOAL)
rcc_made += $(addprefix $(1).,o rcc-stamp rcc-stamp.new rcc-d rcc-d.new rcc-d.raw)
$(1).o: $(1).rcc-stamp ;
$(1).rcc-stamp: $(if $(and $(wildcard $(1).o),$(filter $(4),$(shell cat $(1).rcc-stamp 2>/dev/null))),,.rcc-missing)
	@mkdir -p $$(@D) && echo $(4) > $$@.new
	$$(RCC) compile -n $$(notdir $(1)) -o $(1).o -M $(1).rcc-d.raw $(3) $(2)
	@sed '1s|^[^:]*:|$$@:|' $(1).rcc-d.raw > $(1).rcc-d.new && rm -f $(1).rcc-d.raw
	@mv -f $(1).rcc-d.new $(1).rcc-d && mv -f $$@.new $$@
-include $(1).rcc-d
.DEFAULT_GOAL := $$(rcc_goal)
endef

.PHONY: .rcc-missing
.rcc-missing:
