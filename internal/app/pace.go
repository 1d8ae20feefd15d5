package app

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/rapporthq/rapport/internal/deliver"
	"github.com/rapporthq/rapport/internal/deliver/pacing"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/profile"
)

// turn takes a delivery's turn with the accounts of its channel. What cannot be
// looked up has no turn to wait for: sending says what is wrong.
func (a *App) turn(p person.ID, d profile.Delivery) deliver.Turn {
	ln, err := a.board.line(context.Background(), d.Channel) // the definitions in force are compiled already
	if err != nil || !ln.route.Paced() {
		return deliver.Turn{}
	}
	who, err := a.data.State.Record(p)
	if err != nil || who == nil {
		return deliver.Turn{}
	}
	to := who.Address(d.Channel)
	if to == "" {
		return deliver.Turn{}
	}
	return ln.route.Turn(to)
}

// pace reads the limits of an account that sends mail.
func (o account) pace() (p *deliver.Pace, domainConnections int, err error) {
	var l pacing.Limits
	if s := o.set["per_domain"]; s != "" {
		if l.PerDomain, err = strconv.ParseFloat(s, 64); err != nil || !(l.PerDomain > 0) || l.PerDomain > 1e6 {
			return nil, 0, fault.New(fault.Invalid, "per_domain %q must be how many letters a second go to one domain, such as 5, or 0.5 for thirty a minute", s)
		}
	}
	if domainConnections, err = o.whole("domain_connections", 0); err != nil {
		return nil, 0, err
	}
	if l.WarmUp, err = o.warmUp(); err != nil {
		return nil, 0, err
	}
	if l.PerDomain == 0 && l.WarmUp == nil {
		return nil, domainConnections, nil
	}
	dir := filepath.Join(o.app.data.Dir, "pacing")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, 0, err
	}
	p, err = deliver.OpenPace(l, filepath.Join(dir, o.provider+".json"))
	return p, domainConnections, err
}

// The usual warm-up: from fifty letters to what a mailing needs, in a month.
const (
	warmUpFirst = 50
	warmUpDays  = 30
)

// warmUp is nil where the account does not warm up.
func (o account) warmUp() (*pacing.WarmUp, error) {
	since := o.set["warm_up_since"]
	if since == "" {
		for _, name := range []string{"warm_up_first", "warm_up_ceiling", "warm_up_days"} {
			if o.set[name] != "" {
				return nil, fault.New(fault.Invalid, "%s needs warm_up_since, the day of the first letters, such as 2026-12-01", name)
			}
		}
		return nil, nil //nolint:nilnil // there is none, which is no error
	}
	first, err := time.Parse(time.DateOnly, since)
	if err != nil {
		return nil, fault.New(fault.Invalid, "warm_up_since %q must be the day of the first letters, such as 2026-12-01", since)
	}
	w := pacing.WarmUp{Since: first}
	if w.First, err = o.whole("warm_up_first", warmUpFirst); err != nil {
		return nil, err
	}
	if w.Days, err = o.whole("warm_up_days", warmUpDays); err != nil {
		return nil, err
	}
	if w.Ceiling, err = o.whole("warm_up_ceiling", 0); err != nil {
		return nil, err
	}
	if w.Ceiling < w.First {
		return nil, fault.New(fault.Invalid, "warm_up_ceiling must say how many letters a day there may be at the end, %d or more", w.First)
	}
	return &w, nil
}

// whole reads a setting that is a number above zero.
func (o account) whole(name string, standard int) (int, error) {
	s := o.set[name]
	if s == "" {
		return standard, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 {
		return 0, fault.New(fault.Invalid, "%s %q must be a whole number above zero", name, s)
	}
	return n, nil
}
