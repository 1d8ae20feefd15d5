package definition

import (
	"embed"
	"strings"
)

//go:embed templates/*.yaml importmaps/*.yaml
var files embed.FS

// Template returns the source of a ready set of definitions, such as "retail".
func Template(name string) ([]byte, bool) { return embedded("templates", name) }

// Templates names the ready sets of definitions, sorted.
func Templates() []string { return names("templates") }

// ReadyImportMap returns the source of a ready import map, such as "cdnow".
func ReadyImportMap(name string) ([]byte, bool) { return embedded("importmaps", name) }

// ReadyImportMaps names the ready import maps, sorted.
func ReadyImportMaps() []string { return names("importmaps") }

func embedded(dir, name string) ([]byte, bool) {
	b, err := files.ReadFile(dir + "/" + name + ".yaml")
	return b, err == nil
}

func names(dir string) []string {
	entries, err := files.ReadDir(dir)
	if err != nil {
		return nil
	}
	var out []string
	for _, e := range entries {
		out = append(out, strings.TrimSuffix(e.Name(), ".yaml"))
	}
	return out
}
