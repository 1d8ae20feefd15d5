package main

import (
	"github.com/spf13/cobra"

	"github.com/rapporthq/rapport/internal/bench/models"
)

func newBenchModels() *cobra.Command {
	var o models.Options
	var mapName string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "models FILE --split DATE [--map MAP]",
		Short: "Compare the state-space model with the classical ones on any log of transactions",
		Long: `Compare the state-space model with the classical ones on any log of transactions.

FILE is a table with the header customer,time,amount: delimited by commas,
semicolons or tabs, plain or compressed by gzip or zstd; amount may be missing or
empty. Times may be written in any usual way. Any other file is read by a --map, as
rapport import reads it.

Every model is fitted on what happened until the end of the day --split, and asked
about the same people from then to the end of the log: how likely it thought the
times of their acts, how many acts it expected of all, and how wrong it was about
each. A person begins with their first act. What is negative is a refund, and no
act. What is left out is counted. docs/models explains the table.`,
		Example: `  rapport bench models orders.csv --split 2011-06-10
  rapport bench models CDNOW_master.txt --map cdnow --split 1997-09-30 --json
  rapport bench models transcript.csv.gz --map starbucks --split 2018-08-10 \
    --from-start --touch "Offer Received" --touch "Offer Viewed"`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Path, o.Progress = args[0], cmd.ErrOrStderr()
			if mapName != "" {
				var err error
				if o.Map, err = importMap(mapName); err != nil {
					return err
				}
			}
			res, err := models.Compare(cmd.Context(), o)
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(cmd.OutOrStdout(), res)
			}
			return res.WriteText(cmd.OutOrStdout())
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.Split, "split", "", "last day, or moment, that models are fitted on")
	f.StringVar(&o.End, "end", "", "last day, or moment, that they are asked about (default that of the last row)")
	f.StringVar(&mapName, "map", "", "import map: a file, or the name of a ready one; not needed for a table with the header customer,time,amount")
	f.StringArrayVar(&o.Acts, "act", nil, `with --map: name of an event that is an act of the person's own (default "Order Completed")`)
	f.StringArrayVar(&o.Touches, "touch", nil, "with --map: name of an event that is something the company did")
	f.StringVar(&o.Dates, "dates", "", "mdy or dmy, where no line says whether times begin with the month or the day")
	f.StringVar(&o.Merge, "merge", "", "day: acts of one day are one; none: acts of one moment are (default day, but none for a log of under 60 days that says the time of day)")
	f.BoolVar(&o.FromStart, "from-start", false, "watch everybody from the beginning of the log, not from their first act on")
	f.BoolVar(&asJSON, "json", false, "print the table as JSON")
	_ = cmd.MarkFlagRequired("split") // there is a flag of this name
	return cmd
}
