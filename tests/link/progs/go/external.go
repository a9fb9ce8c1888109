// SPDX-License-Identifier: MIT
//go:build cgo

package main

// External linking wants it; nothing here is C.
import _ "runtime/cgo"
