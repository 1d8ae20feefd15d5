package engine

import (
	"maps"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/profile"
)

// A model of the company's own may have a say in what everything is worth. What it
// says is in the journal, as a trait or as the answer to a question, before a choice
// is made with it: so choices can be made again without asking anybody.

// Unscored reports whether the company's own model has still to be asked before the
// choice that is due for p.
func Unscored(env *Env, p *profile.Person) bool {
	return env.Defs.Scorer.Call != "" && p.Choosing != nil && !p.Choosing.Scored
}

// scored takes what the model answered. What comes when the choice is made has no
// effect.
func scored(p *profile.Person, e event.Event) {
	body, err := event.Unpack[event.ScoredBody](e)
	if err != nil || p.Choosing == nil || p.Choosing.ID != body.ID {
		return
	}
	p.Choosing.Scored, p.Choosing.Scores, p.Choosing.Unscored = true, body.Scores, body.Failed
}

// outside is what the company's own model says of p: by the trait that the definitions
// name, and over it by answers.
func (env *Env) outside(p *profile.Person, answers map[string]float64) map[string]float64 {
	if env.Defs.Scorer.Trait == "" {
		return answers
	}
	v, _ := profile.TraitValue(p.Traits.Get(env.Defs.Scorer.Trait).Value)
	trait, _ := v.(map[string]any)
	if len(trait) == 0 {
		return answers
	}
	out := make(map[string]float64, len(trait)+len(answers))
	for key, v := range trait {
		if x, ok := v.(float64); ok {
			out[key] = x
		}
	}
	maps.Copy(out, answers)
	return out
}
