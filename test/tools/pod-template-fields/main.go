// Prints what src/objects/pod-template must reproduce: the struct fields of PodTemplateSpec as OpenKruise Rollouts was
// built with them, and the hashes that follow from them. The tests read the committed output and need no Go.
//
// Run it after changing a template or a version in go.mod:
//
//	cd test/tools/pod-template-fields && F=../../fixtures/pod-template
//	go run . table > ../../../src/objects/pod-template/fields.ts
//	go run . fill 80 > $F/generated.jsonl
//	go run . quantities < $F/quantities.json > out && mv out $F/quantities.json
//	go run . hashes $F/templates.json $F/generated.jsonl > $F/hashes.json
//	npx prettier --write $F
//
// When a hash differs, `go run . dump < template.json` prints the text under it.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"os"
	"strconv"
)

func main() {
	// A time in a template drags its zone into the hash; a controller's container knows none but UTC.
	os.Setenv("TZ", "")
	if len(os.Args) < 2 {
		log.Fatal("usage: table | fill COUNT | quantities | hashes FILE... | dump")
	}
	switch mode := os.Args[1]; mode {
	case "table":
		printTable()
	case "fill":
		count, err := strconv.Atoi(os.Args[2])
		check(err)
		for _, line := range fill(count) {
			raw, err := json.Marshal(line)
			check(err)
			fmt.Println(string(raw))
		}
	case "quantities":
		printLines(dumpQuantities(readJSON[map[string]string](os.Stdin)))
	case "hashes":
		printLines(hashFiles(os.Args[2:]))
	case "dump":
		raw, err := io.ReadAll(os.Stdin)
		check(err)
		fmt.Println(dump(decode(raw)))
	default:
		log.Fatalf("unknown mode %q", mode)
	}
}

// Line is one entry of a fixture; one a line keeps differences readable.
type Line struct {
	Key   string `json:"name"`
	Value any    `json:"template"`
}

func printLines(lines []Line) {
	fmt.Println("{")
	for i, line := range lines {
		key, err := json.Marshal(line.Key)
		check(err)
		value, err := json.Marshal(line.Value)
		check(err)
		end := ","
		if i == len(lines)-1 {
			end = ""
		}
		fmt.Printf("  %s: %s%s\n", key, value, end)
	}
	fmt.Println("}")
}

func readJSON[T any](from io.Reader) T {
	var value T
	check(json.NewDecoder(from).Decode(&value))
	return value
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
