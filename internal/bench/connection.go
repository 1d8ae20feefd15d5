package bench

import (
	"bufio"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
)

// request is an HTTP request as it goes over the wire. The load generator shares
// the processors with what it loads: it makes its requests before the clock
// starts, and sends them without what net/http's client does for others.
type request struct {
	head, body []byte
}

// fill makes r a batch with the next n events.
func (r *request) fill(s *shoppers, n int) {
	r.body = s.appendBatch(r.body[:0], n)
	r.address()
}

// address writes the head that goes before the body.
func (r *request) address() {
	r.head = append(r.head[:0], "POST /v1/batch HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nAuthorization: Basic "...)
	r.head = base64.StdEncoding.AppendEncode(r.head, []byte(crashKey+":"))
	r.head = append(r.head, "\r\nContent-Length: "...)
	r.head = strconv.AppendInt(r.head, int64(len(r.body)), 10)
	r.head = append(r.head, "\r\n\r\n"...)
}

// connection is kept open from one request to the next.
type connection struct {
	net.Conn

	answers *bufio.Reader
}

func dial(ctx context.Context, url string) (*connection, error) {
	var d net.Dialer
	c, err := d.DialContext(ctx, "tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		return nil, err
	}
	return &connection{c, bufio.NewReader(c)}, nil
}

// post sends r and returns the status of the answer.
func (c *connection) post(r *request) (status int, err error) {
	parts := net.Buffers{r.head, r.body}
	if _, err := parts.WriteTo(c.Conn); err != nil {
		return 0, fmt.Errorf("send a request: %w", err)
	}
	resp, err := http.ReadResponse(c.answers, nil)
	if err != nil {
		return 0, fmt.Errorf("read an answer: %w", err)
	}
	_, err = io.Copy(io.Discard, resp.Body)
	err = errors.Join(err, resp.Body.Close())
	if resp.Close {
		return resp.StatusCode, fmt.Errorf("the server closes the connection after status %d", resp.StatusCode)
	}
	return resp.StatusCode, err
}
