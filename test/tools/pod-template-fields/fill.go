package main

import (
	"fmt"
	"math/rand"
	"reflect"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

var words = []string{"web", "nginx:1.25", "", "a b", "größe", "日本", "😀\uffee", "x/y:z", "tab\tline\nend", "{}[]<nil>", "true", "7"}

var spellings = []string{
	"0", "1", "-1", "100m", "250m", "1", "2", "1500m", "0.1", "1.5", "64Mi", "128Mi", "1Gi", "1.5Gi", "512Ki", "1e3", "5E", "12e6",
	"128974848", "1Ei", "8Ei", "99999999999999999999", "1n", "0.5n", "1000m", "1024Mi", "4Ti", "500Ti", "+3", "1u", "3k",
}

// filler makes templates that no author would write, so that every field of every struct is met.
type filler struct {
	random  *rand.Rand
	density float64
}

func fill(count int) (lines []Line) {
	for seed := 1; seed <= count; seed++ {
		f := filler{rand.New(rand.NewSource(int64(seed))), 0.1 + 0.4*float64(seed%7)/6}
		var template corev1.PodTemplateSpec
		f.value(reflect.ValueOf(&template).Elem(), 0)
		lines = append(lines, Line{fmt.Sprintf("generated %03d", seed), template})
	}
	return lines
}

func (f filler) value(into reflect.Value, depth int) {
	if f.opaque(into) {
		return
	}
	switch into.Kind() {
	case reflect.Struct:
		for i := 0; i < into.NumField(); i++ {
			if depth == 0 || into.Type().Field(i).Anonymous || f.random.Float64() < f.density {
				f.value(into.Field(i), depth+1)
			}
		}
	case reflect.Pointer:
		into.Set(reflect.New(into.Type().Elem()))
		f.value(into.Elem(), depth+1)
	case reflect.Slice:
		into.Set(reflect.MakeSlice(into.Type(), f.random.Intn(3), 3))
		for i := 0; i < into.Len(); i++ {
			f.value(into.Index(i), depth+1)
		}
	case reflect.Map:
		into.Set(reflect.MakeMap(into.Type()))
		for i := f.random.Intn(4); i > 0; i-- {
			key, element := reflect.New(into.Type().Key()).Elem(), reflect.New(into.Type().Elem()).Elem()
			f.value(key, depth+1)
			f.value(element, depth+1)
			into.SetMapIndex(key, element)
		}
	case reflect.String:
		into.SetString(words[f.random.Intn(len(words))])
	case reflect.Bool:
		into.SetBool(f.random.Intn(2) == 0)
	default:
		into.SetInt(int64(f.random.Intn(70000)) - 10)
	}
}

func (f filler) opaque(into reflect.Value) bool {
	switch into.Interface().(type) {
	case resource.Quantity:
		into.Set(reflect.ValueOf(resource.MustParse(spellings[f.random.Intn(len(spellings))])))
	case intstr.IntOrString:
		chosen := intstr.FromInt(f.random.Intn(65535))
		if f.random.Intn(2) == 0 {
			chosen = intstr.FromString(words[f.random.Intn(len(words))])
		}
		into.Set(reflect.ValueOf(chosen))
	case metav1.Time:
		into.Set(reflect.ValueOf(metav1.Unix(1700000000+f.random.Int63n(1000000), 0)))
	case metav1.FieldsV1:
		into.Set(reflect.ValueOf(metav1.FieldsV1{Raw: []byte(`{"f:metadata":{"f:labels":{}}}`)}))
	default:
		return false
	}
	return true
}
