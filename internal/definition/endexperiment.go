package definition

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
)

var endingKey = regexp.MustCompile(`^(ended|winner)\s*:`)

// EndExperiment returns source with the experiment of that id ended at a time, and
// winner declared unless it is empty; the rest stays as it is written, to the byte. One
// that has ended already keeps its time. Its error is Problems where the source is not
// right.
func EndExperiment(source []byte, id, winner string, at event.Instant) ([]byte, error) {
	before, err := Compile(source)
	if err != nil {
		return nil, err
	}
	e, ok := before.Experiment(id)
	switch {
	case !ok:
		return nil, fault.New(fault.NotFound, "There is no experiment %q in the definitions in force.", id).At("id")
	case at < e.Begin:
		return nil, fault.New(fault.Conflict, "The experiment %q has not begun: take it out of the definitions instead.", e.Name)
	case winner != "" && e.Arm(winner) < 0:
		return nil, fault.New(fault.Invalid, "winner %q: the experiment %q has no such arm", winner, id).At("winner")
	case e.Ended != 0:
		at = e.Ended
	}
	// Up to the next whole second: who was assigned a moment before still belongs to it.
	whole := at.Time().UTC().Add(time.Second - 1).Truncate(time.Second)
	ending := []string{"ended: " + whole.Format(time.RFC3339)}
	if winner != "" {
		ending = append(ending, "winner: "+winner)
	}
	root, _ := parse(source)
	lines := strings.Split(strings.TrimRight(string(source), "\n"), "\n")
	unlike := fault.New(fault.Unsupported, "The experiments are written in a form that is not edited here: write ended and winner into the file.")
	if lines, ok = putEnding(lines, root.object().values["experiments"].list(), id, ending); !ok {
		return nil, unlike
	}
	out := []byte(strings.Join(lines, "\n") + "\n")
	after, err := Compile(out)
	if err != nil {
		return nil, err
	}
	if e, _ = after.Experiment(id); e.Ended == 0 || e.Winner != winner || len(after.Experiments) != len(before.Experiments) {
		return nil, unlike
	}
	return out, nil
}

// putEnding puts the ending behind the first line of the item of that id, in the place
// of one that is there.
func putEnding(lines []string, items []value, id string, ending []string) ([]string, bool) {
	for i, it := range items {
		if at, ok := it.object().values["id"]; !ok || at.text() != id {
			continue
		}
		from := it.line - 1
		if from < 0 || from >= len(lines) {
			return lines, false
		}
		dash := strings.Index(lines[from], "- ")
		if dash < 0 || strings.TrimSpace(lines[from][:dash]) != "" {
			return lines, false
		}
		indent, rest := lines[from][:dash], strings.TrimLeft(lines[from][dash+2:], " ")
		if strings.HasPrefix(rest, "{") {
			lines[from] = indent + "- {" + strings.Join(ending, ", ") + ", " + strings.TrimLeft(rest[1:], " ")
			return lines, true
		}
		to := len(lines)
		if i+1 < len(items) {
			to = items[i+1].line - 1
		}
		keys := indent + "  "
		lines = slices.Concat(lines[:from+1], slices.DeleteFunc(slices.Clone(lines[from+1:to]), func(l string) bool {
			key, ok := strings.CutPrefix(l, keys)
			return ok && endingKey.MatchString(key)
		}), lines[to:])
		for k, l := range ending {
			lines = slices.Insert(lines, from+1+k, keys+l)
		}
		return lines, true
	}
	return lines, false
}
