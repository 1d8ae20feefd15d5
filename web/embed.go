// Package web holds the console: the pages that the server serves to browsers.
// They are built by Node (make web) and embedded; the package compiles without
// a build, and says so.
//
// Each page answers one question in a sentence at its top, and every number on
// it opens the people behind it. Pages ask only the API of the server that
// serves them; their addresses hold what they show.
package web

import (
	"embed"
	"fmt"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// Library returns the browser library of the tracking API: the official build of
// @segment/analytics-next as npm has it, copied here by the build. It is empty
// where the console was not built before this binary was.
func Library() fs.FS {
	files, err := fs.Sub(dist, "dist/analytics")
	if err != nil {
		panic(fmt.Sprintf("web: embedded dist: %v", err)) // the path is a constant
	}
	return files
}

// Script returns what the pages of a company load: see the folder embed. It is empty
// where it was not built before this binary was.
func Script() []byte {
	script, _ := dist.ReadFile("dist/embed/rapport.js") // none: it was not built
	return script
}

// Files returns the console's files with index.html at the root, and whether
// the console was built before this binary was. If not, the file system holds
// nothing worth serving.
func Files() (files fs.FS, built bool) {
	files, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(fmt.Sprintf("web: embedded dist: %v", err)) // the path is a constant
	}
	_, err = fs.Stat(files, "index.html")
	return files, err == nil
}
