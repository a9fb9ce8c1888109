// SPDX-License-Identifier: MIT
// Reads every file of the bundle "site" by name and compares it with a directory; then again after the runtime gave memory back.
// A reader in a page, of doc/format.md sections 1 to 3 and 7: stored files only, names looked up by halves.
package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"unsafe"
)

// In descriptor_amd64.s.
func descriptor() *[32]byte

// In asset_amd64.s; nil without it, for it wants a bundle with global symbols.
var asset *byte

type bundle []byte

func (b bundle) u64(at uint64) uint64 { return binary.LittleEndian.Uint64(b[at:]) }
func (b bundle) u32(at uint64) uint32 { return binary.LittleEndian.Uint32(b[at:]) }
func (b bundle) count() uint64        { return b.u64(72) }

func isImage(p unsafe.Pointer) bool {
	return string(unsafe.Slice((*byte)(p), 16)) == "\x89rcc-bundle\r\n\x1a\n\x00"
}

// Go's linker applies no relocation of a .syso in a static program: the descriptor's is left zero. The image begins on a page, at or
// before any of its assets.
func before(p unsafe.Pointer) unsafe.Pointer {
	if p == nil {
		fail("the linker did not relocate the descriptor")
	}
	for p = unsafe.Add(p, -int(uintptr(p)%4096)); !isImage(p); {
		p = unsafe.Add(p, -4096)
	}
	return p
}

func open() bundle {
	desc := descriptor()
	if string(desc[:15]) != "\x89rcc-desc\r\n\x1a\n\x00\x01" {
		fail("no descriptor")
	}
	rel := (*int64)(unsafe.Pointer(&desc[16]))
	image := unsafe.Add(unsafe.Pointer(rel), *rel)
	if *rel == 0 {
		image = before(unsafe.Pointer(asset))
	}
	if !isImage(image) {
		fail("no image")
	}
	if uintptr(image)%4096 != 0 {
		fail("the image is not on a page")
	}
	size := *(*uint64)(unsafe.Add(image, 56))
	return bundle(unsafe.Slice((*byte)(image), size))
}

// The i-th record's offset, in the order of the names.
func (b bundle) record(i uint64) uint64 {
	ref := b.u64(80) + 8*i
	return ref + b.u64(ref)
}

func (b bundle) name(record uint64) string {
	return string(b[record+44 : record+44+uint64(b.u32(record+36))])
}

func (b bundle) find(name string) ([]byte, bool) {
	lo, hi := uint64(0), b.count()
	for lo < hi {
		mid := lo + (hi-lo)/2
		record := b.record(mid)
		switch strings.Compare(b.name(record), name) {
		case 0:
			data := record + b.u64(record)
			if b[record+40] != 0 {
				fail("compressed: " + name)
			}
			return b[data : data+b.u64(record+8)], true
		case -1:
			lo = mid + 1
		default:
			hi = mid
		}
	}
	return nil, false
}

func (b bundle) check(dir string) {
	n := uint64(0)
	err := filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() {
			return err
		}
		name, _ := filepath.Rel(dir, path)
		want, err := os.ReadFile(path)
		if got, found := b.find(name); !found || !bytes.Equal(got, want) {
			fail("not as on disk: " + name)
		}
		n++
		return err
	})
	if err != nil || n == 0 || n != b.count() {
		fail("not all of " + dir)
	}
	if _, found := b.find("no such name"); found {
		fail("found what is not there")
	}
}

func fail(what string) {
	fmt.Println("FAIL", what)
	os.Exit(1)
}

func main() {
	b := open()
	b.check(os.Args[1])
	for i := 0; i < 20; i++ {
		garbage := make([]byte, 4<<20)
		garbage[i] = 1
		debug.FreeOSMemory()
	}
	b.check(os.Args[1])
	fmt.Println("ok")
}
