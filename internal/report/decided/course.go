package decided

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/experiment"
)

// Course is what a goal brought over time, by arm: what a person had earned by each
// day since they joined, and how many still came by themselves.
type Course struct {
	Goal     string      `json:"goal"`
	Days     []CourseDay `json:"days"`
	Gap      float64     `json:"gap_days" doc:"who has done nothing of their own for so long counts as gone since they last did"`
	People   [2]int      `json:"people" doc:"treated, and held out"`
	Sentence string      `json:"sentence"`
}

// CourseDay is both arms by the end of a day since joining.
type CourseDay struct {
	Day     float64   `json:"day"`
	Treated CourseArm `json:"treated"`
	HeldOut CourseArm `json:"held_out"`
}

// CourseArm is one arm by then.
type CourseArm struct {
	People int                 `json:"people" doc:"watched for so long"`
	Earned experiment.Interval `json:"earned" doc:"KPI a person since joining, workspace currency, with its 95 % interval at that day"`
	Here   experiment.Interval `json:"here" doc:"share who still come by themselves (Kaplan-Meier), with a 95 % band that holds for all days at once"`
}

const (
	courseSteps = 24 // of the horizon
	goneAfter   = 28 // days
	mostDays    = 366
)

// Follow tells the course of a goal up to now.
func Follow(ctx context.Context, a Archive, ws *definition.Workspace, goal *definition.Goal, now event.Instant) (Course, error) {
	horizon := math.Min(goal.Horizon.Hours()/24, mostDays)
	out := Course{Goal: goal.ID, Gap: goneAfter, Days: make([]CourseDay, courseSteps)}
	step := horizon / courseSteps
	for i := range out.Days {
		out.Days[i].Day = float64(i+1) * step
	}
	rows, err := read[courseRow](ctx, a, courseSQL(ws, goal, now, step), mostDecisions)
	if err != nil {
		return out, fmt.Errorf("the course of goal %s: %w", goal.ID, err)
	}
	var spells [2][]experiment.Spell
	for _, r := range rows {
		if r.Spell == nil {
			arm := out.Days[r.Bin].arm(r.Arm)
			arm.People, arm.Earned = r.People, experiment.Interval{Value: r.Mean, Low: r.Mean - experiment.Z95*r.Error, High: r.Mean + experiment.Z95*r.Error}
			continue
		}
		s := experiment.Spell{After: *r.Spell}
		if r.Gone {
			s.Cause = 1
		}
		spells[r.Arm] = append(spells[r.Arm], s)
	}
	out.here(spells)
	out.Sentence = out.say(ws.Currency)
	return out, nil
}

// courseRow is an arm by a day, or how long one person was watched: then Spell is
// set, in days.
type courseRow struct {
	Arm, Bin, People int
	Mean, Error      float64
	Spell            *float64
	Gone             bool
}

// courseSQL asks everything at once: a question starts a process.
func courseSQL(ws *definition.Workspace, goal *definition.Goal, now event.Instant, step float64) string {
	return fmt.Sprintf(`WITH j AS (SELECT person_id, CASE WHEN arg_min(to_value, time) = 'treated' THEN 0 ELSE 1 END AS arm, min(time) AS t0
  FROM state_changes WHERE kind = 'goal_joined' AND subject = %[1]s GROUP BY 1),
e AS (SELECT person_id, time, %[2]s AS amount FROM events WHERE %[3]s AND upper(coalesce(nullif(trim(currency), ''), %[4]s)) = %[4]s),
b AS (SELECT j.person_id, CAST(floor((epoch(e.time) - epoch(t0)) / 86400 / %[5]f) AS INTEGER) AS bin, sum(amount) AS v
  FROM j JOIN e ON e.person_id = j.person_id WHERE e.time > t0 AND epoch(e.time) - epoch(t0) < 86400 * %[5]f * %[6]d GROUP BY ALL),
g AS (SELECT person_id, arm, t0, CAST(unnest(range(0, %[6]d)) AS INTEGER) AS bin FROM j),
c AS (SELECT g.arm, g.bin, g.t0, sum(coalesce(b.v, 0)) OVER (PARTITION BY g.person_id ORDER BY g.bin) AS total
  FROM g LEFT JOIN b ON b.person_id = g.person_id AND b.bin = g.bin),
l AS (SELECT j.person_id, any_value(arm) AS arm, epoch(any_value(t0)) AS t0, epoch(max(e.time)) AS last FROM j LEFT JOIN events e
  ON e.person_id = j.person_id AND e.time > t0 AND e.kind IN ('track', 'page', 'screen') AND NOT e.imported AND epoch(e.time) <= %[7]f GROUP BY 1)
SELECT to_json({'arm': arm, 'bin': bin, 'people': count(*), 'mean': avg(total), 'error': sqrt(coalesce(var_samp(total), 0) / count(*))})::VARCHAR
FROM c WHERE epoch(t0) + (bin + 1) * %[5]f * 86400 <= %[7]f GROUP BY arm, bin
UNION ALL SELECT to_json({'arm': arm, 'spell': (coalesce(last, t0) - t0) / 86400, 'gone': %[7]f - coalesce(last, t0) >= 86400 * %[8]d})::VARCHAR FROM l`,
		text(goal.ID), amountSQL(goal.KPI), named(slices.Concat(goal.KPI.Events, goal.KPI.Less)), text(ws.Currency), step, courseSteps, float64(now)/1e6, goneAfter)
}

func (d *CourseDay) arm(n int) *CourseArm {
	if n == 0 {
		return &d.Treated
	}
	return &d.HeldOut
}

// here sets who still came by themselves. Whose silence is not long enough yet is
// known to have come until they last did, and no longer watched since.
func (c *Course) here(spells [2][]experiment.Spell) {
	days := make([]float64, len(c.Days))
	for i := range days {
		days[i] = c.Days[i].Day
	}
	for arm := range spells {
		c.People[arm] = len(spells[arm])
		curve := experiment.Incidences(spells[arm], 1)
		for i, band := range curve.Band(0, days[len(days)-1], days) {
			c.Days[i].arm(arm).Here = band
		}
	}
}

// say tells where the two arms stand on the last day that both were watched for.
func (c *Course) say(currency string) string {
	for i := len(c.Days) - 1; i >= 0; i-- {
		d := &c.Days[i]
		if d.Treated.People >= enough && d.HeldOut.People >= enough {
			return fmt.Sprintf("By day %.0f a treated person had earned %.2f %s, and one held out %.2f %s.", d.Day, d.Treated.Earned.Value, currency, d.HeldOut.Earned.Value, currency)
		}
	}
	return fmt.Sprintf("Fewer than %d people an arm have been watched for even %.0f days: the curves say nothing yet.", enough, math.Ceil(c.Days[0].Day))
}

// enough is how many people an arm needs for its course to be told.
const enough = 30

// amountSQL is the money of an event of the KPI, as profile.MoneyOf has it: refunds
// take away, whichever sign they were sent with.
func amountSQL(k definition.KPI) string {
	of := func(property string) string { return "TRY_CAST(properties->>" + text("$."+property) + " AS DOUBLE)" }
	if len(k.Less) == 0 {
		return of(k.Property)
	}
	less := k.Property
	if k.LessOf != "" {
		less = k.LessOf
	}
	return "CASE WHEN " + named(k.Events) + " THEN " + of(k.Property) + " ELSE -abs(" + of(less) + ") END"
}

// named are the events of some labels: a name of track calls, a kind, or kind:name.
func named(labels []string) string {
	parts := make([]string, len(labels))
	for i, l := range labels {
		kind, name, both := strings.Cut(l, ":")
		switch {
		case both && (kind == "page" || kind == "screen"):
			parts[i] = "(kind = " + text(kind) + " AND name = " + text(name) + ")"
		case l == "page" || l == "screen" || l == "identify":
			parts[i] = "kind = " + text(l)
		default:
			parts[i] = "(kind = 'track' AND name = " + text(l) + ")"
		}
	}
	return "(" + strings.Join(parts, " OR ") + ")"
}
