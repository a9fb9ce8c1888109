// SPDX-License-Identifier: MIT
// A tree in a Go program. With a name it looks it up, touches it and ends; for the build and the start-up tables.
package main

import (
	"embed"
	"os"
)

//go:embed all:d
var files embed.FS

func main() {
	f, err := files.Open("d/" + os.Args[1])
	if err != nil {
		os.Exit(1)
	}
	one := make([]byte, 1)
	if n, _ := f.Read(one); n != 1 {
		os.Exit(1)
	}
}
