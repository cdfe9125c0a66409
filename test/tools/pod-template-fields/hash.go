package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"sort"
	"time"

	"github.com/davecgh/go-spew/spew"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/rand"
	kjson "sigs.k8s.io/json"
)

var printer = spew.ConfigState{Indent: " ", SortKeys: true, DisableMethods: true, SpewKeys: true}

var collisionCount int32 = 70000

// Hashes of one template: as typed JSON decoding gives it, as it comes back from storage in protobuf (which is how
// controllers read built-in kinds), and with collisionCount.
type Hashes struct {
	Hash   string `json:"hash"`
	Stored string `json:"stored"`
	Salted string `json:"salted"`
}

func dump(value any) string { return printer.Sprintf("%#v", value) }

func decode(raw []byte) corev1.PodTemplateSpec {
	_ = time.Now().String() // the process knows its zone, as one that logs does
	var template corev1.PodTemplateSpec
	check(kjson.UnmarshalCaseSensitivePreserveInts(raw, &template))
	return template
}

func hashOf(template corev1.PodTemplateSpec, collisionCount *int32) string {
	sum := fnv.New32a()
	fmt.Fprint(sum, dump(template))
	if collisionCount != nil {
		suffix := make([]byte, 8)
		binary.LittleEndian.PutUint32(suffix, uint32(*collisionCount))
		sum.Write(suffix)
	}
	return rand.SafeEncodeString(fmt.Sprint(sum.Sum32()))
}

func throughStorage(template corev1.PodTemplateSpec) corev1.PodTemplateSpec {
	raw, err := template.Marshal()
	check(err)
	var read corev1.PodTemplateSpec
	check(read.Unmarshal(raw))
	return read
}

func hashFiles(files []string) (lines []Line) {
	for _, file := range files {
		templates := readTemplates(file)
		for _, name := range sortedKeys(templates) {
			var wire bytes.Buffer // managed fields keep their bytes, and the API server sends no blanks
			check(json.Compact(&wire, templates[name]))
			template := decode(wire.Bytes())
			lines = append(lines, Line{name, Hashes{
				Hash:   hashOf(template, nil),
				Salted: hashOf(template, &collisionCount),
				Stored: hashOf(throughStorage(template), nil), // last: it may fill the string caches of quantities
			}})
		}
	}
	return lines
}

// A file of templates is one object by name, or a Line a line.
func readTemplates(file string) map[string]json.RawMessage {
	opened, err := os.Open(file)
	check(err)
	defer opened.Close()
	if filepath.Ext(file) == ".json" {
		return readJSON[map[string]json.RawMessage](opened)
	}
	templates := map[string]json.RawMessage{}
	for lines := json.NewDecoder(opened); lines.More(); {
		var line struct {
			Name     string
			Template json.RawMessage
		}
		check(lines.Decode(&line))
		templates[line.Name] = line.Template
	}
	return templates
}

// Spellings that are no quantity get an empty dump.
func dumpQuantities(spellings map[string]string) (lines []Line) {
	for _, spelling := range sortedKeys(spellings) {
		raw, err := json.Marshal(spelling)
		check(err)
		var quantity resource.Quantity
		text := ""
		if json.Unmarshal(raw, &quantity) == nil {
			text = dump(quantity)
		}
		lines = append(lines, Line{spelling, text})
	}
	return lines
}

func sortedKeys[T any](values map[string]T) []string {
	keys := make([]string, 0, len(values))
	for key := range values {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	return keys
}
