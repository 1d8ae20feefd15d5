package liquid

import "slices"

// signal is how a sequence ended.
type signal uint8

const (
	done signal = iota
	stop        // break
	next        // continue
)

// render is one render under way, with all that its frames share.
type render struct {
	in       Input
	vars     map[string]any
	snippets map[string]*Template
	budget   budget
	missing  []string
	counts   map[string]int // of increment and decrement
	depth    int            // of snippets within snippets
}

// frame is what a template, or a snippet that is rendered, sees.
type frame struct {
	*render
	work   *budget
	locals map[string]any   // assigned
	scopes []map[string]any // of loops and include, the innermost last
	out    *sink

	loops   []*loop
	cycles  map[string]int
	resume  map[string]int // where "offset: continue" goes on, by loop
	changed string         // what ifchanged printed last
}

func (r *render) frame(locals map[string]any) *frame {
	return &frame{render: r, work: &r.budget, locals: locals, cycles: map[string]int{}, resume: map[string]int{}}
}

// lookup returns the value of a variable, nil if there is none.
func (f *frame) lookup(name string) any {
	for _, scope := range slices.Backward(f.scopes) {
		if v, bound := scope[name]; bound {
			return v
		}
	}
	if v, bound := f.locals[name]; bound {
		return v
	}
	if n, bound := f.counts[name]; bound {
		return n
	}
	return f.vars[name]
}

// within runs body with scope as the innermost.
func (f *frame) within(scope map[string]any, body func() (signal, error)) (signal, error) {
	f.scopes = append(f.scopes, scope)
	sig, err := body()
	f.scopes = f.scopes[:len(f.scopes)-1]
	return sig, err
}

// capture runs body and returns what it prints instead of printing it.
func (f *frame) capture(body []node) (string, signal, error) {
	outer := f.out
	f.out = &sink{limit: MaxValue, over: errValue, work: f.work}
	sig, err := f.run(body)
	text := f.out.b.String()
	f.out = outer
	return text, sig, err
}

func (f *frame) run(nodes []node) (signal, error) {
	for _, n := range nodes {
		if err := f.work.spend(1); err != nil {
			return done, err
		}
		if s, err := n.run(f); s != done || err != nil {
			return s, err
		}
	}
	return done, nil
}

// flag is whether a condition holds.
func (f *frame) flag(line int, e expr) (bool, error) {
	v, err := e.eval(f)
	return truthy(v), atLine(line, err)
}
