# SPDX-License-Identifier: MIT
# What a linker sees of an object of rcc's, for comparing two.

# Sections of ours without their places.
sections()
{
	readelf -SW "$1" | sed -n 's/^ *\[ *[0-9]*\] \([^ ]*rcc[^ ]*\|\.note\.GNU-stack\)  *\([A-Z]*\) *[0-9a-f]* [0-9a-f]* \([0-9a-f]*\) \([0-9a-f]*\) *\([A-Za-z]*\) .* \([0-9]*\)$/\1 \2 \3 \4 \5 \6/p' | sort
}

# And relocations, our symbols, the descriptor.
look()
{
	sections "$1"
	readelf -rW "$1" 2>&1 | awk '/R_/ { $2 = ""; print }' | sort
	readelf -sW "$1" | awk '/rcc_/ { $1 = $7 = ""; print }' | sort
	readelf -x rcc_desc "$1" 2>&1
}
