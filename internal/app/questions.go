package app

import (
	"context"
	"path/filepath"

	"github.com/rapporthq/rapport/internal/archive"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/report/question"
)

// questions joins what answers questions with those that are saved.
type questions struct {
	*question.Runner
	*question.Saved
}

// newQuestions makes what answers questions of the running workspace. Saved ones
// are in a file beside the journal: they are about nobody, the fold has no use for
// them, and losing them loses no history.
func (a *App) newQuestions() (questions, error) {
	saved, err := question.OpenSaved(filepath.Join(a.data.Dir, "questions.json"))
	return questions{question.New(question.Options{Command: a.opts.Answerer, Source: a, Logger: a.opts.Logger}), saved}, err
}

// Archive implements question.Source.
func (a *App) Archive(context.Context) (question.Archive, error) {
	arc := a.archive.Load()
	if arc == nil {
		return question.Archive{}, fault.New(fault.Busy, "the archive opens when what was left over at the last stop is folded; ask again in a moment")
	}
	m, release := arc.Lease()
	return asked(archiveFolder(a.data.Dir), m, release), nil
}

// folder is the archive of a data folder, whoever may be writing to it.
type folder struct{ dir string }

// Archive implements question.Source.
func (f folder) Archive(context.Context) (question.Archive, error) {
	files := archiveFolder(f.dir)
	m, ok, err := archive.ReadManifest(files)
	if err == nil && !ok {
		err = fault.New(fault.NotFound, "%s holds no archive: name a data folder that has been served", f.dir)
	}
	return asked(files, m, func() {}), err
}

// QuestionsOf returns what answers questions of a data folder that no server need
// have open. command starts the process that answers.
func QuestionsOf(dir string, command []string) *question.Runner {
	return question.New(question.Options{Command: command, Source: folder{dir}})
}

func asked(files archive.Folder, m archive.Manifest, release func()) question.Archive {
	out := question.Archive{AsOf: m.AsOf, PeopleAsOf: m.PeopleAsOf, Release: release}
	for _, t := range archive.Tables(m.VisitGap) {
		table := question.Table{Name: t.Name, About: t.About, OfRecords: t.HasRecord, View: t.View}
		for _, c := range t.Columns {
			table.Columns = append(table.Columns, question.Column(c))
		}
		for _, f := range m.Files {
			if f.Table == t.Name {
				table.Files = append(table.Files, files.Location(f.Name))
			}
		}
		out.Tables = append(out.Tables, table)
	}
	return out
}
