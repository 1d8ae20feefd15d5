package sim

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/rapporthq/rapport/internal/belief"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/processor"
	"github.com/rapporthq/rapport/internal/profile"
	"github.com/rapporthq/rapport/internal/train"
)

// Beliefs is what is believed of people beside what is true of them, which only a
// rehearsal knows. Belief and truth do not have the same states: they are the
// model's, and those of the process that people live by. What can be compared to
// the letter is whether somebody has left.
type Beliefs struct {
	Missing string       `json:"missing,omitempty" doc:"why nothing is believed; the rest is empty then"`
	States  []string     `json:"states" doc:"believed, from least to most active; the last is gone"`
	People  int          `json:"people" doc:"of whom something is believed"`
	Gone    int          `json:"gone" doc:"of whom have truly left"`
	Cells   [][]int      `json:"cells" doc:"people by true state and by the state that is believed to be the likeliest"`
	Bins    []BeliefBin  `json:"bins" doc:"people by the probability of having left that they are believed to have"`
	Score   BeliefScores `json:"score"`
}

// BeliefBin is people of whom about the same is believed.
type BeliefBin struct {
	From     float64 `json:"from"`
	To       float64 `json:"to"`
	People   int     `json:"people"`
	Believed float64 `json:"believed" doc:"mean probability of having left"`
	True     float64 `json:"true" doc:"share who have"`
	Low      float64 `json:"low" doc:"of that share, 95 %, by Wilson"`
	High     float64 `json:"high"`
}

// BeliefScores is how well it is believed who has left: the mean log of the
// probability that was given to what is true. Zero is the best.
type BeliefScores struct {
	Mean  float64 `json:"mean"`
	Low   float64 `json:"low" doc:"95 %"`
	High  float64 `json:"high"`
	Plain float64 `json:"plain" doc:"of one probability for everybody: the share who have truly left"`
}

// bins are where the probabilities are parted.
var bins = []float64{0, .05, .1, .2, .3, .4, .5, .6, .7, .8, .9, .95, 1} //nolint:gochecknoglobals // a table

// learnDay is from which day on a model can be learned, as people have a past by
// then, and after how many it is learned anew.
const learnDay = 60

// learn trains a state model on what people have done so far, and has everybody
// followed by it.
func (p *Player) learn(ctx context.Context) error {
	r := p.r
	job, err := train.Histories(ctx, r.store, r.ws, nil, r.now)
	if err != nil {
		return err
	}
	job.Seed = r.o.Seed
	job.Histories = job.Histories[:min(len(job.Histories), mostLearned)]
	out, err := train.Work(ctx, job, func(train.Stage, float64, string) {})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		p.unlearned = err.Error()
		return nil //nolint:nilerr // it is said where the belief would be
	}
	p.unlearned = ""
	body, err := out.Body.Encode()
	if err != nil {
		return err
	}
	for _, side := range []*rehearsal{p.r, p.other} {
		if side == nil {
			continue
		}
		hash, err := processor.PutTrained(ctx, side.log, body, event.TrainedBody{By: "rehearsal", Why: out.Why, People: len(job.Histories)}, side.now)
		if err == nil {
			err = processor.PutModel(ctx, side.log, event.ModelBody{Hash: hash, By: "rehearsal"}, side.now)
		}
		if err == nil {
			err = side.proc.Drain(ctx)
		}
		if err != nil {
			return fmt.Errorf("rehearse: learn: %w", err)
		}
	}
	return p.follow(ctx)
}

// mostLearned is how many lives a model is learned from: a rehearsal is watched.
const mostLearned = 1200

// follow finds the model that people are followed by.
func (p *Player) follow(ctx context.Context) error {
	state, err := p.r.store.Partition(0)
	if err != nil {
		return err
	}
	p.model, err = p.r.proc.Model(ctx, state.Model)
	return err
}

// believed is one person as they are believed to be.
type believed struct {
	who   int
	truth int
	state int // the likeliest
	gone  float64
	stage string
}

// eachBelieved calls use with everybody of whom something is believed, in the order
// of their numbers.
func (p *Player) eachBelieved(use func(believed)) error {
	if p.model == nil {
		return nil
	}
	var all []believed
	for part := range person.Partitions {
		ids, err := p.r.store.PeopleAfter(person.Partition(part), person.ID{}, 0)
		if err != nil {
			return err
		}
		for _, id := range ids {
			who, err := p.r.store.Record(id)
			if err != nil {
				return err
			}
			if b, ok := p.believes(who); ok {
				all = append(all, b)
			}
		}
	}
	slices.SortFunc(all, func(a, b believed) int { return cmp.Compare(a.who, b.who) })
	for _, b := range all {
		use(b)
	}
	return nil
}

func (p *Player) believes(who *profile.Person) (believed, bool) {
	if who.IsForward() || who.Belief == nil {
		return believed{}, false
	}
	n, known := p.r.world.number(who)
	if !known {
		return believed{}, false
	}
	truth, _, there := p.r.world.at(n)
	is, err := p.model.Person(who.Belief, p.r.now)
	if err != nil || !there {
		return believed{}, false // of a model that is on its way out
	}
	live, gone := is.States()
	b := believed{who: n, truth: truth, gone: gone, state: len(live), stage: who.Stage}
	most := gone
	for s, v := range live {
		if v > most {
			b.state, most = s, v
		}
	}
	return b, true
}

// beliefs holds what is believed against the truth.
func (p *Player) beliefs() (*Beliefs, error) {
	if p.model == nil {
		if p.unlearned == "" {
			return nil, nil //nolint:nilnil // nobody asked
		}
		return &Beliefs{Missing: p.unlearned}, nil
	}
	names, left := p.r.world.states()
	b := &Beliefs{Cells: make([][]int, len(names)), States: stateNames(p.model)}
	for i := range b.Cells {
		b.Cells[i] = make([]int, len(b.States))
	}
	for i := range bins[1:] {
		b.Bins = append(b.Bins, BeliefBin{From: bins[i], To: bins[i+1]})
	}
	var sum, squares float64
	err := p.eachBelieved(func(x believed) {
		b.People++
		b.Cells[x.truth][x.state]++
		bin := &b.Bins[binOf(x.gone)]
		bin.People++
		bin.Believed += x.gone
		given := 1 - x.gone
		if x.truth == left {
			given = x.gone
			b.Gone++
			bin.True++
		}
		score := math.Log(max(given, 1e-6))
		sum += score
		squares += score * score
	})
	if err != nil || b.People == 0 {
		return &Beliefs{Missing: "nothing is believed of anybody yet"}, err
	}
	for i := range b.Bins {
		b.Bins[i].finish()
	}
	n, share := float64(b.People), float64(b.Gone)/float64(b.People)
	off := 1.96 * math.Sqrt(max(0, squares/n-sum/n*sum/n)/n)
	b.Score = BeliefScores{Mean: sum / n, Low: sum/n - off, High: sum/n + off}
	for _, x := range []float64{share, 1 - share} {
		if x > 0 {
			b.Score.Plain += x * math.Log(x)
		}
	}
	return b, nil
}

func stateNames(m *belief.Model) []string {
	var out []string
	for _, s := range m.Body.States {
		out = append(out, s.Name)
	}
	return append(out, m.StateName(belief.Gone))
}

func binOf(p float64) int {
	i, found := slices.BinarySearch(bins, p)
	if !found {
		i--
	}
	return min(i, len(bins)-2)
}

// finish makes means of sums, with the interval of Wilson 1927.
func (b *BeliefBin) finish() {
	if b.People == 0 {
		return
	}
	const z = 1.96
	n, p := float64(b.People), b.True/float64(b.People)
	middle, half := (p+z*z/(2*n))/(1+z*z/n), z/(1+z*z/n)*math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	b.Believed, b.True, b.Low, b.High = b.Believed/n, p, max(0, middle-half), min(1, middle+half)
}

// Which says whom to list: who is in a true state, in the state that is believed to
// be the likeliest, or in a bin. Negative is any.
type Which struct {
	Truth int `json:"truth"`
	State int `json:"state"`
	Bin   int `json:"bin"`
}

// Anybody is no condition at all.
func Anybody() Which { return Which{-1, -1, -1} }

// Faces are people of a rehearsal, as of the last day lived.
type Faces struct {
	All    int    `json:"all" doc:"how many there are"`
	People []Face `json:"people" doc:"the first of them, by number"`
}

// Face is one of them.
type Face struct {
	Person   int     `json:"person" doc:"number of the person"`
	Name     string  `json:"name"`
	Truth    string  `json:"truth" doc:"the true state"`
	Believed string  `json:"believed,omitempty" doc:"the likeliest state, where something is believed"`
	Gone     float64 `json:"gone" doc:"probability of having left that they are believed to have"`
}

// mostFaces is how many are listed.
const mostFaces = 200

// People lists people.
func (p *Player) People(w Which) (Faces, error) {
	names, _ := p.r.world.states()
	f := Faces{People: []Face{}}
	add := func(b believed, state string) {
		if f.All++; len(f.People) < mostFaces {
			f.People = append(f.People, Face{Person: b.who, Name: p.r.world.name(b.who), Truth: names[b.truth], Believed: state, Gone: b.gone})
		}
	}
	if w.State < 0 && w.Bin < 0 {
		for n := range p.r.world.size() {
			if is, _, there := p.r.world.at(n); there && (w.Truth < 0 || w.Truth == is) {
				add(believed{who: n, truth: is}, "")
			}
		}
		return f, nil
	}
	if p.model == nil {
		return f, nil
	}
	states := stateNames(p.model)
	err := p.eachBelieved(func(b believed) {
		if (w.Truth < 0 || w.Truth == b.truth) && (w.State < 0 || w.State == b.state) && (w.Bin < 0 || w.Bin == binOf(b.gone)) {
			add(b, states[b.state])
		}
	})
	return f, err
}

// path is how what is believed of somebody came about; nil where nothing is. Of
// several records, if nobody linked them, it is that of the first.
func (p *Player) path(ctx context.Context, n int) (*belief.Path, error) {
	if p.model == nil {
		return nil, nil //nolint:nilnil // as said
	}
	seen := map[person.ID]bool{}
	for _, id := range p.r.world.records(n) {
		who, err := p.r.store.Person(id)
		if err != nil || who == nil || seen[who.ID] {
			continue
		}
		seen[who.ID] = true
		var past []event.Event
		if err := p.r.store.History(ctx, who.ID, func(e event.Event) bool { past = append(past, e); return true }); err != nil {
			return nil, err
		}
		if path := p.model.Path(slices.Values(past), p.r.now); len(path.Points) > 0 {
			return &path, nil
		}
	}
	return nil, nil //nolint:nilnil // as said
}
