package report

import "github.com/rapporthq/rapport/internal/event"

// TrialRow is one line of the list of experiments.
type TrialRow struct {
	ID         string        `json:"id"`
	Name       string        `json:"name"`
	Goals      []TrialGoal   `json:"goals" doc:"whose people are compared; the KPI of the first measures it"`
	Split      *TrialSplit   `json:"split,omitempty" doc:"of a journey, whose arms are compared by its KPI; absent: of goals"`
	Assignment string        `json:"assignment" enum:"fixed,adaptive"`
	Status     string        `json:"status" enum:"planned,running,ended,over" doc:"ended: by somebody; over: its latest end has come"`
	Begin      event.Instant `json:"begin,omitempty" doc:"absent: as soon as it was in force"`
	End        event.Instant `json:"end,omitempty" doc:"latest end"`
	Ended      event.Instant `json:"ended,omitempty"`
	Winner     string        `json:"winner,omitempty" doc:"id of the arm by which everybody is met since"`
	Arms       int           `json:"arms"`
	People     int           `json:"people" doc:"for whom the arms made a difference"`
	Outcome    string        `json:"outcome" enum:"better,alike,among,waiting" doc:"better: one arm is better than all others; alike: no two differ by more than the effect that is worth knowing; among: some are worse, and the rest are alike"`
	Stop       bool          `json:"stop" doc:"it runs, and may stop"`
	Answer     string        `json:"answer" doc:"the verdict in a sentence"`
}

// TrialGoal is a goal of an experiment.
type TrialGoal struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// TrialSplit is the step of a journey that an experiment is of.
type TrialSplit struct {
	Journey string `json:"journey"`
	Name    string `json:"name" doc:"of the journey"`
	Step    string `json:"step"`
}

// Trial is the page of an experiment.
type Trial struct {
	TrialRow

	KPIName    string  `json:"kpi_name"`
	Unit       string  `json:"unit" enum:"person,decision" doc:"of what means are: where the learner decides, each decision counts"`
	WithinDays float64 `json:"within_days" doc:"for how long each is measured"`
	Alpha      float64 `json:"alpha" doc:"chance of ever being wrong, over all looks and pairs of arms"`
	Effect     float64 `json:"effect" doc:"smallest difference worth knowing, workspace currency"`

	Best     []string      `json:"best" doc:"ids of the arms that none is known to be better than"`
	Sides    []TrialArm    `json:"sides" doc:"the first is the one that the others are compared with"`
	Course   []TrialPoint  `json:"course" doc:"differences to the first arm as they were at the end of each week"`
	Ratio    TrialRatio    `json:"ratio"`
	Forecast TrialForecast `json:"forecast"`
	Warnings []string      `json:"warnings" doc:"why it should not be trusted, or not yet"`
	Method   string        `json:"method" doc:"how the intervals are made"`
}

// TrialArm is one arm of an experiment.
type TrialArm struct {
	ID        string  `json:"id"`
	Name      string  `json:"name"`
	What      string  `json:"what" doc:"what differs in it, in words"`
	Share     float64 `json:"share" doc:"of people, as defined; where the learner decides, of decisions, as drawn"`
	People    int     `json:"people" doc:"exposed in it"`
	Expected  float64 `json:"expected" doc:"people, or decisions, that the shares would have led to"`
	Decisions int     `json:"decisions" doc:"of the experiment, in it"`
	Measured  int     `json:"measured" doc:"people whose result is complete; where the learner decides, decisions"`
	Earned    int     `json:"earned" doc:"of the measured, those whose KPI is not 0; where the learner decides, decisions"`

	Mean   Estimate  `json:"mean" doc:"KPI of one"`
	Versus *Estimate `json:"versus,omitempty" doc:"difference to the first arm; absent of the first itself"`
	Plain  string    `json:"sentence,omitempty" doc:"the difference in words"`

	Early   *Estimate `json:"early,omitempty" doc:"difference to the first arm in the first half of each person's time"`
	Late    *Estimate `json:"late,omitempty" doc:"and in the second"`
	Change  *Estimate `json:"change,omitempty" doc:"late minus early: an interval without 0 says that the effect wears off, or grows"`
	Novelty string    `json:"novelty,omitempty" doc:"what that says, if it is more than chance"`
}

// TrialPoint is how an experiment stood at a time.
type TrialPoint struct {
	At   event.Instant   `json:"at"`
	Arms []TrialPointArm `json:"arms"`
}

// TrialPointArm is how an arm differed from the first at a time.
type TrialPointArm struct {
	Arm        string   `json:"arm"`
	Difference Estimate `json:"difference"`
}

// TrialRatio says whether people fell into the arms as they should have.
type TrialRatio struct {
	P        float64 `json:"p" doc:"chance of a split as uneven as this one, or more"`
	OK       bool    `json:"ok"`
	Sentence string  `json:"sentence"`
}

// TrialForecast says how long an answer takes.
type TrialForecast struct {
	Known    bool          `json:"known" doc:"false: it cannot be told"`
	People   int           `json:"people" doc:"needed in all; where the learner decides, decisions"`
	PerWeek  float64       `json:"per_week" doc:"who come under it"`
	At       event.Instant `json:"at,omitempty" doc:"when the answer is due"`
	Weeks    int           `json:"weeks" doc:"from now until then"`
	Sentence string        `json:"sentence"`
}
