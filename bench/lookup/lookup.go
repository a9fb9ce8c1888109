// SPDX-License-Identifier: MIT
// Contender: Go's embed.FS, under the protocol of main.c, in a process of its own. lookup find|list NAMES
package main

import (
	"embed"
	"fmt"
	"math/rand"
	"os"
	"path"
	"sort"
	"strings"
	"time"
)

//go:embed all:d
var files embed.FS

const (
	rounds  = 7
	check   = 256
	roundNs = 150e6
)

// Prints the median of all rounds; f does query i and says how many things that was.
func measure(metric string, n int, f func(i int) int) {
	t := make([]float64, rounds)
	at := 0
	for r := range t {
		things := 0
		from := time.Now()
		for float64(time.Since(from).Nanoseconds()) < roundNs {
			for k := 0; k < check; k++ {
				things += f(at)
				at = (at + 1) % n
			}
		}
		t[r] = float64(time.Since(from).Nanoseconds()) / float64(things)
	}
	sort.Float64s(t)
	fmt.Printf("Go embed.FS\t%s\t%.1f\tns\t-\n", metric, t[rounds/2])
}

func open(name string, want bool) int {
	f, err := files.Open(name)
	if (err == nil) != want {
		panic(name)
	}
	if err == nil {
		f.Close()
	}
	return 1
}

func main() {
	raw, err := os.ReadFile(os.Args[2])
	if err != nil {
		panic(err)
	}
	names := strings.Split(strings.TrimRight(string(raw), "\n"), "\n")
	hits, misses, dirs := []string{}, []string{}, []string{"d"}
	known := map[string]bool{"d": true}
	for _, i := range rand.Perm(len(names)) {
		name := "d/" + names[i]
		hits = append(hits, name)
		misses = append(misses, name[:len(name)-1]+"~")
		for d := path.Dir(name); !known[d]; d = path.Dir(d) {
			known[d] = true
			dirs = append(dirs, d)
		}
	}
	if os.Args[1] == "find" {
		measure("hit", len(hits), func(i int) int { return open(hits[i], true) })
		measure("miss", len(misses), func(i int) int { return open(misses[i], false) })
		return
	}
	measure("listed entry", len(dirs), func(i int) int {
		entries, err := files.ReadDir(dirs[i])
		if err != nil {
			panic(err)
		}
		return len(entries)
	})
}
