// SPDX-License-Identifier: MIT
// The address of the descriptor that the .syso brings along: no cgo, and right in a position-independent program too. Code, because
// Go's external linking takes no data word with an address of another object.
#include "textflag.h"

TEXT ·descriptor(SB), NOSPLIT, $0-8
	LEAQ rcc_bundle_site(SB), AX
	MOVQ AX, ret+0(FP)
	RET
