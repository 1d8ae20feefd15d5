package main

import (
	"os"

	"github.com/spf13/cobra"

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

// answerer is the command line of a process that answers one question.
func answerer() []string {
	self, err := os.Executable()
	if err != nil {
		return nil // then questions are told that they cannot be answered
	}
	return []string{self, duck.Command}
}
