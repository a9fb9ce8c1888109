// SPDX-License-Identifier: MIT
// The address of one asset, by its global symbol (rcc compile --symbols global).
#include "textflag.h"

DATA ·asset+0(SB)/8, $rcc_asset_site__index_html(SB)
GLOBL ·asset(SB), RODATA, $8
