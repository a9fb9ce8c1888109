# SPDX-License-Identifier: MIT
# Bundles in a Makefile (GNU make 3.81 or later):
#
#   include $(shell pkg-config --variable=mk rcc)
#   $(eval $(call rcc_bundle,web,assets,-z --exclude '*.map'))
#   prog: main.o web.o
#
# $(call rcc_bundle,NAME,DIR...,OPTIONS) makes NAME.o, whose bundle is named by the last part of NAME, from
# the directories. NAME may have a directory in front (build/web). An asset that is edited, added or removed
# makes it again; one that was only touched does not: rcc leaves an object whose bytes are the same as it is,
# so nothing is linked again. $(rcc_made) lists all that was made, for a clean rule. RCC is the compiler.

RCC ?= rcc

# NAME.rcc-stamp has the time at which rcc last began; it, not the object, depends on the assets, or an object
# that rcc left as it was would stay older than they are and be made for ever. rcc's depfile speaks of the
# object, so its target is exchanged. A rule with a recipe of nothing lets make look whether the object did
# change. An object that was deleted counts as an asset that changed. None of this becomes the goal of a make
# without arguments.
define rcc_bundle
rcc_goal := $$(.DEFAULT_GOAL)
rcc_made += $(1).o $(1).rcc-stamp $(1).rcc-d
$(1).o: $(1).rcc-stamp ;
$(1).rcc-stamp: $(if $(wildcard $(1).o),,.rcc-missing)
	@touch $$@.new
	$$(RCC) compile -n $$(notdir $(1)) -o $(1).o -M $(1).rcc-d $(3) $(2)
	@sed '1s|^[^:]*:|$$@:|' $(1).rcc-d > $(1).rcc-d.new && mv -f $(1).rcc-d.new $(1).rcc-d && mv -f $$@.new $$@
-include $(1).rcc-d
.DEFAULT_GOAL := $$(rcc_goal)
endef

.PHONY: .rcc-missing
.rcc-missing:
