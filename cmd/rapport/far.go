package main

import (
	"os"

	"github.com/spf13/cobra"

	"github.com/rapporthq/rapport/internal/rehearsal"
	"github.com/rapporthq/rapport/internal/report/duck"
	"github.com/rapporthq/rapport/internal/train"
)

// newAnswer is the far side of questions: the server starts it, nobody else.
func newAnswer() *cobra.Command {
	return &cobra.Command{
		Use:    duck.Command,
		Hidden: true,
		Args:   cobra.NoArgs,
		Run:    func(*cobra.Command, []string) { os.Exit(duck.Main(os.Stdin, os.Stdout)) },
	}
}

// newPlay is the far side of rehearsals.
func newPlay() *cobra.Command {
	return &cobra.Command{
		Use:    rehearsal.Command,
		Hidden: true,
		Args:   cobra.NoArgs,
		Run:    func(*cobra.Command, []string) { os.Exit(rehearsal.Main(os.Stdin, os.Stdout)) },
	}
}

// newTrain is the far side of trainings.
func newTrain() *cobra.Command {
	return &cobra.Command{
		Use:    train.Command,
		Hidden: true,
		Args:   cobra.NoArgs,
		Run:    func(*cobra.Command, []string) { os.Exit(train.Main(os.Stdin, os.Stdout)) },
	}
}

// answerer is the command line of a process that answers one question, player
// of one that plays a rehearsal, and trainer of one that trains a model.
func answerer() []string { return itself(duck.Command) }
func player() []string   { return itself(rehearsal.Command) }
func trainer() []string  { return itself(train.Command) }

func itself(command string) []string {
	self, err := os.Executable()
	if err != nil {
		return nil // then those who ask are told that it cannot be done
	}
	return []string{self, command}
}
