package main

import (
	"os"

	"github.com/spf13/cobra"

	"github.com/rapporthq/rapport/internal/rehearsal"
	"github.com/rapporthq/rapport/internal/report/duck"
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

// answerer is the command line of a process that answers one question, and
// player of one that plays a rehearsal.
func answerer() []string { return itself(duck.Command) }
func player() []string   { return itself(rehearsal.Command) }

func itself(command string) []string {
	self, err := os.Executable()
	if err != nil {
		return nil // then those who ask are told that it cannot be done
	}
	return []string{self, command}
}
