package rehearsal

import (
	"maps"
	"slices"
	"strings"
)

// templates names the definitions for each kind of company.
func templates() map[string]string {
	return map[string]string{"shop": "retail"}
}

func companies() string { return strings.Join(slices.Sorted(maps.Keys(templates())), ", ") }
