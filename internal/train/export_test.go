package train

import "github.com/rapporthq/rapport/internal/statemodel"

// AsIncumbent reads the i-th history as the model in force would.
func (j *Job) AsIncumbent(i int) statemodel.History { return j.incumbents(i) }
