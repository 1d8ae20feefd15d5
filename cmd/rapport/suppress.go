package main

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rapporthq/rapport/internal/api"
	"github.com/rapporthq/rapport/internal/event"
)

func newSuppress() *cobra.Command {
	var server, why, column string
	cmd := &cobra.Command{
		Use:   "suppress FILE",
		Short: "Import a suppression list: addresses that nothing is sent to any more",
		Long: `Import a suppression list: addresses that nothing is sent to any more.

FILE holds an e-mail address a line, or is delimited text with a header; - is
standard input. Say why they are on the list, as two lists if need be: --why bounced
or --why complained. Whoever has one of the addresses, now or later, is not written
to there; importing a list once more changes nothing. Who only unsubscribed belongs
in an import of contacts, with their consent. The admin token is read from
RAPPORT_ADMIN_TOKEN.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if why != string(event.Bounced) && why != string(event.Complained) {
				return fmt.Errorf("--why %q: say why the addresses are on the list, bounced or complained", why)
			}
			in := cmd.InOrStdin()
			if args[0] != "-" {
				f, err := os.Open(args[0])
				if err != nil {
					return err
				}
				defer func() { err = errors.Join(err, f.Close()) }()
				in = f
			}
			list, err := readAddresses(in, column)
			if err != nil {
				return fmt.Errorf("%s: %w", args[0], err)
			}
			return list.send(cmd, newAdmin(server), event.Outcome(why))
		},
	}
	cmd.Flags().StringVar(&server, "url", "http://127.0.0.1:8700", "the running server")
	cmd.Flags().StringVar(&why, "why", "", "bounced or complained")
	cmd.Flags().StringVar(&column, "column", "", "column of the addresses; default: email, e-mail, email address or address")
	return cmd
}

// addresses are those of a list, and the lines that they stand in.
type addresses struct {
	emails []string
	lines  []int
}

// readAddresses reads an address a line, or a column of delimited text.
func readAddresses(in io.Reader, column string) (addresses, error) {
	var out addresses
	buffered := bufio.NewReader(in)
	head, err := buffered.Peek(64 << 10)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
		return out, err
	}
	first, _, _ := strings.Cut(strings.TrimPrefix(string(head), "\ufeff"), "\n")
	rows := csv.NewReader(buffered)
	rows.FieldsPerRecord, rows.LazyQuotes, rows.Comma = -1, true, delimiter(first)
	at := -1
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return out, err
		}
		line, _ := rows.FieldPos(0)
		if at < 0 {
			row[0] = strings.TrimPrefix(row[0], "\ufeff")
			header := false
			if at, header, err = columnOf(row, column); err != nil {
				return out, err
			}
			if header {
				continue
			}
		}
		if at < len(row) && strings.TrimSpace(row[at]) != "" {
			out.emails, out.lines = append(out.emails, row[at]), append(out.lines, line)
		}
	}
}

func delimiter(first string) rune {
	for _, c := range []rune{'\t', ';'} {
		if strings.ContainsRune(first, c) {
			return c
		}
	}
	return ','
}

// columnOf finds the addresses in the first row, which is a header unless an address
// stands in it.
func columnOf(row []string, column string) (at int, header bool, err error) {
	names := []string{"email", "e-mail", "email address", "email_address", "address"}
	if column != "" {
		names = []string{strings.ToLower(column)}
	}
	for i, cell := range row {
		if slices.Contains(names, strings.ToLower(strings.TrimSpace(cell))) {
			return i, true, nil
		}
	}
	if i := slices.IndexFunc(row, func(cell string) bool { return strings.Contains(cell, "@") }); i >= 0 && column == "" {
		return i, false, nil
	}
	return 0, false, fmt.Errorf("there is no column of addresses among %s: name it with --column", strings.Join(row, ", "))
}

const addressesAtOnce = 5000

// send sends the list in parts, and tells of what was refused by its line.
func (a addresses) send(cmd *cobra.Command, admin *adminClient, why event.Outcome) error {
	taken, refused := 0, 0
	for from := 0; from < len(a.emails); from += addressesAtOnce {
		to := min(from+addressesAtOnce, len(a.emails))
		var done api.Suppression
		if err := admin.call(cmd.Context(), http.MethodPost, "/api/v1/suppressions", api.SuppressRequest{Why: why, Emails: a.emails[from:to]}, &done); err != nil {
			return fmt.Errorf("after %d addresses: %w; send the list once more, what was taken stays so", taken, err)
		}
		taken += done.Taken
		for _, r := range done.Refused {
			refused++
			fmt.Fprintf(cmd.ErrOrStderr(), "line %d: %q %s\n", a.lines[from+r.Index], r.Address, r.Problem)
		}
		if to < len(a.emails) {
			fmt.Fprintf(cmd.ErrOrStderr(), "%d of %d\n", to, len(a.emails))
		}
	}
	fmt.Fprintf(cmd.OutOrStdout(), "%d addresses are not used any more, %d refused\n", taken, refused)
	if refused > 0 {
		return fmt.Errorf("%d lines were refused", refused)
	}
	return nil
}
