// Package archtest holds the house rules that a machine can check, as functions
// over parsed source; its tests run them over the whole repository. The arrows
// are the architecture: read them first.
package archtest

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/token"
	"path"
	"slices"
	"strings"
)

const (
	module = "github.com/rapporthq/rapport"

	// maxLines is the hard limit on a hand-written source file; maxTestLines on a
	// test. At half of it a reviewer asks what the file is about.
	maxLines     = 800
	maxTestLines = 1500

	vocabulary = "event person fault"
)

// arrows gives, for each package under internal, the packages under internal
// that it may import; "*" is all. A subpackage follows its parent. A package
// that is not listed breaks the rule, so a new one is a decision and not an
// accident.
func arrows() map[string]string {
	return map[string]string{
		"person": "",
		"fault":  "",
		"bot":    "",
		"event":  "person fault",

		"definition":   vocabulary,
		"profile":      vocabulary + " definition",
		"experiment":   vocabulary,
		"catalogue":    vocabulary,
		"lifecycle":    vocabulary + " definition profile experiment",
		"segment":      vocabulary + " definition profile",
		"statemodel":   vocabulary,
		"message":      vocabulary + " definition profile",
		"policy":       vocabulary + " definition profile",
		"conversation": vocabulary + " definition profile message",
		"journey":      vocabulary + " definition profile",
		"decide":       vocabulary + " definition profile experiment policy",
		"belief":       vocabulary + " definition profile statemodel decide",
		"engine":       strings.Join(core(), " "),

		"ingest":     vocabulary + " definition bot",
		"journal":    vocabulary,
		"statestore": vocabulary + " definition profile engine",
		"processor":  vocabulary + " definition catalogue profile lifecycle segment belief policy decide engine journal statestore pace", // it is what joins the two
		"archive":    vocabulary + " definition profile lifecycle journal statestore pace",                                               // it follows the fold that joins the two
		"deliver":    vocabulary + " definition profile message durable pace browser links",
		"links":      "",
		"inbound":    vocabulary + " bot",
		"pull":       vocabulary + " definition durable",
		"sender":     vocabulary,
		"report":     vocabulary + " definition profile belief decide lifecycle segment experiment child durable pace",
		"slots":      vocabulary + " definition profile message browser",
		"source":     vocabulary + " definition",                                                                                         // the map by which a webhook's bodies are read
		"api":        vocabulary + " definition catalogue profile conversation message belief train report source pull rehearsal sender", // what it tells of
		"rehearsal":  vocabulary + " definition sim child",
		"train":      vocabulary + " definition profile statemodel belief child",

		"config":   vocabulary,
		"app":      "*",
		"sim":      "*",
		"bench":    "*",
		"archtest": "*",
		"child":    "",
		"browser":  "fault",
		"durable":  "",
		"pace":     "",
		"testenv":  "",
	}
}

// core lists the packages that do no I/O and start no goroutines.
func core() []string {
	return strings.Fields(vocabulary + " definition catalogue profile experiment lifecycle segment statemodel message conversation journey policy decide belief engine")
}

// Check returns what is wrong with one source file, named by its path from the
// root of the repository.
func Check(name string, fset *token.FileSet, f *ast.File) []string {
	test := strings.HasSuffix(name, "_test.go")
	limit := maxLines
	if test {
		limit = maxTestLines
	}
	var wrong []string
	if n := fset.File(f.Pos()).LineCount(); n > limit {
		wrong = append(wrong, fmt.Sprintf("%s has %d lines, limit %d: split it by idea, not by number", name, n, limit))
	}
	pkg, internal := under(path.Dir(name), "internal")
	if internal && !test {
		wrong = append(wrong, checkArrows(pkg, fset, f)...)
		if slices.Contains(core(), pkg) {
			wrong = append(wrong, checkNoGoroutines(fset, f)...)
		}
	}
	if pkg != "testenv" {
		wrong = append(wrong, checkNoSkip(fset, f)...)
	}
	return wrong
}

// under returns the first path element below parent, and whether dir is there.
func under(dir, parent string) (string, bool) {
	rest, ok := strings.CutPrefix(dir, parent+"/")
	first, _, _ := strings.Cut(rest, "/")
	return first, ok
}

func checkArrows(from string, fset *token.FileSet, f *ast.File) []string {
	allowed, listed := arrows()[from]
	if !listed {
		return []string{fmt.Sprintf("internal/%s is not in arrows: decide what it may import and add it", from)}
	}
	var wrong []string
	for _, imp := range f.Imports {
		to, ok := under(strings.Trim(imp.Path.Value, `"`), module+"/internal")
		if !ok || to == from || allowed == "*" || slices.Contains(strings.Fields(allowed), to) {
			continue
		}
		wrong = append(wrong, fmt.Sprintf("%s: %s may not import %s", fset.Position(imp.Pos()), from, to))
	}
	return wrong
}

func checkNoGoroutines(fset *token.FileSet, f *ast.File) []string {
	var wrong []string
	ast.Inspect(f, func(n ast.Node) bool {
		if g, ok := n.(*ast.GoStmt); ok {
			wrong = append(wrong, fmt.Sprintf("%s: core packages start no goroutines", fset.Position(g.Pos())))
		}
		return true
	})
	return wrong
}

// checkNoSkip finds t.Skip and its kin on the names that tests are given by.
func checkNoSkip(fset *token.FileSet, f *ast.File) []string {
	var wrong []string
	ast.Inspect(f, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok || !slices.Contains([]string{"Skip", "Skipf", "SkipNow"}, sel.Sel.Name) {
			return true
		}
		if on, ok := sel.X.(*ast.Ident); ok && slices.Contains([]string{"t", "b", "f", "tb"}, on.Name) {
			wrong = append(wrong, fmt.Sprintf("%s: skip through testenv.Need, which fails in CI", fset.Position(sel.Pos())))
		}
		return true
	})
	return wrong
}

// forbidden gives what no file may say, and why. The parts are kept apart so
// that this file does not say it either.
func forbidden() map[string]string {
	const registry = "names a package registry: ordinary clients know where theirs is"
	const desk = "is a path of somebody's machine"
	return map[string]string{
		"registry." + "npmjs": registry,
		"proxy." + "golang":   registry,
		"pypi." + "org":       registry,
		"crates." + "io":      registry,
		"\x00/wor" + "k/":     desk,
		"\x00/hom" + "e/":     desk,
		"\x00/roo" + "t/":     desk,
		"\x00/User" + "s/":    desk,
	}
}

// CheckWords returns what a text file says that none may. A pattern that starts
// with a zero byte matches only where a path begins.
func CheckWords(name string, src []byte) []string {
	var wrong []string
	for pattern, why := range forbidden() {
		word, begins := strings.CutPrefix(pattern, "\x00")
		for at := 0; ; {
			i := bytes.Index(src[at:], []byte(word))
			if i < 0 {
				break
			}
			at += i
			if !begins || at == 0 || bytes.IndexByte([]byte(" \t\n\"'`=(:"), src[at-1]) >= 0 {
				line := 1 + bytes.Count(src[:at], []byte("\n"))
				wrong = append(wrong, fmt.Sprintf("%s:%d: %q %s", name, line, word, why))
			}
			at += len(word)
		}
	}
	slices.Sort(wrong)
	return wrong
}
