// Package links looks whether addresses lead anywhere, when somebody asks: it calls
// each of them, and nothing within the company's own network.
package links

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"sync"
	"syscall"
	"time"
)

// What bounds a look.
const (
	atOnce    = 8
	patience  = 10 * time.Second // with one address
	most      = 500              // addresses
	redirects = 5
)

// Options say how to look. The zero value is how people's own links are looked at.
type Options struct {
	// Anywhere lets calls go to addresses that are not public, which tests need.
	Anywhere bool

	// Patience is how long one address is waited for. Defaults to 10 s.
	Patience time.Duration
}

// Found is what became of one address; Problem is empty where it leads somewhere.
type Found struct {
	URL     string
	Problem string // such as: answers 404 Not Found
}

// Look calls each address once by HEAD, and by GET where that is not taken for an
// answer. It returns them in their order, at most 500, and how many it left out.
func Look(ctx context.Context, addresses []string, opts Options) (found []Found, left int) {
	if over := len(addresses) - most; over > 0 {
		addresses, left = addresses[:most], over
	}
	if opts.Patience == 0 {
		opts.Patience = patience
	}
	dialer := &net.Dialer{Timeout: opts.Patience, Control: PublicOnly}
	if opts.Anywhere {
		dialer.Control = nil
	}
	transport := &http.Transport{DialContext: dialer.DialContext, ForceAttemptHTTP2: true, TLSHandshakeTimeout: opts.Patience}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, Timeout: opts.Patience, CheckRedirect: func(_ *http.Request, via []*http.Request) error {
		if len(via) >= redirects {
			return fmt.Errorf("leads on more than %d times", redirects)
		}
		return nil
	}}
	found = make([]Found, len(addresses))
	turn := make(chan struct{}, atOnce)
	var calls sync.WaitGroup
	for i, address := range addresses {
		turn <- struct{}{}
		calls.Go(func() {
			found[i] = Found{URL: address, Problem: problem(ctx, client, address)}
			<-turn
		})
	}
	calls.Wait()
	return found, left
}

func problem(ctx context.Context, client *http.Client, address string) string {
	status, err := ask(ctx, client, http.MethodHead, address)
	if err == nil && status >= 400 { // some answer HEAD with an error, and GET well
		status, err = ask(ctx, client, http.MethodGet, address)
	}
	switch u, is := errors.AsType[*url.Error](err); {
	case is && u.Timeout():
		return fmt.Sprintf("does not answer within %s", client.Timeout)
	case is:
		return "cannot be reached: " + u.Err.Error()
	case err != nil:
		return "cannot be reached: " + err.Error()
	case status == http.StatusUnauthorized || status == http.StatusForbidden || status == http.StatusTooManyRequests:
		return "" // it is there, and not for everybody
	case status >= 400:
		return fmt.Sprintf("answers %d %s", status, http.StatusText(status))
	}
	return ""
}

func ask(ctx context.Context, client *http.Client, method, address string) (status int, err error) {
	req, err := http.NewRequestWithContext(ctx, method, address, nil)
	if err != nil {
		return 0, err
	}
	req.Header.Set("User-Agent", "Rapport-Links/1")
	resp, err := client.Do(req)
	if err != nil {
		return 0, err
	}
	return resp.StatusCode, resp.Body.Close() // what is there is not read
}

// PublicOnly is a net.Dialer's Control that refuses to connect within the company's
// own network, whatever name led there.
func PublicOnly(_, address string, _ syscall.RawConn) error {
	host, _, err := net.SplitHostPort(address)
	ip := net.ParseIP(host)
	if err != nil || ip == nil || ip.IsLoopback() || ip.IsPrivate() || ip.IsLinkLocalUnicast() || ip.IsUnspecified() || !ip.IsGlobalUnicast() {
		return fmt.Errorf("%s is not a public address", host)
	}
	return nil
}
