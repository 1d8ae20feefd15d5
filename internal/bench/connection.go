package bench

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"slices"
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
func (r *request) address() { r.to("/v1/batch") }

func (r *request) to(path string) {
	r.head = append(r.head[:0], "POST "...)
	r.head = append(r.head, path...)
	r.head = append(r.head, " HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nAuthorization: Basic "...)
	r.head = base64.StdEncoding.AppendEncode(r.head, []byte(crashKey+":"))
	r.head = append(r.head, "\r\nContent-Length: "...)
	r.head = strconv.AppendInt(r.head, int64(len(r.body)), 10)
	r.head = append(r.head, "\r\n\r\n"...)
}

// connection is kept open from one request to the next.
type connection struct {
	net.Conn

	answers *bufio.Reader
	body    []byte // of the latest answer
}

func dial(ctx context.Context, url string) (*connection, error) {
	var d net.Dialer
	c, err := d.DialContext(ctx, "tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		return nil, err
	}
	return &connection{Conn: c, answers: bufio.NewReader(c)}, nil
}

// post sends r and returns the status of the answer.
func (c *connection) post(r *request) (status int, err error) {
	parts := net.Buffers{r.head, r.body}
	if _, err := parts.WriteTo(c.Conn); err != nil {
		return 0, fmt.Errorf("send a request: %w", err)
	}
	return c.answer()
}

// answer reads an answer with a length, as the server's are, and returns its
// status.
func (c *connection) answer() (status int, err error) {
	line, err := c.answers.ReadSlice('\n')
	if err != nil {
		return 0, fmt.Errorf("read an answer: %w", err)
	}
	const version = len("HTTP/1.1 ")
	if len(line) < version+3 {
		return 0, fmt.Errorf("the answer begins with %q", line)
	}
	if status, err = strconv.Atoi(string(line[version : version+3])); err != nil {
		return 0, fmt.Errorf("the answer begins with %q", line)
	}
	length := -1
	for {
		if line, err = c.answers.ReadSlice('\n'); err != nil {
			return 0, fmt.Errorf("read an answer: %w", err)
		}
		line = bytes.TrimSpace(line)
		if len(line) == 0 {
			break
		}
		if value, ok := bytes.CutPrefix(line, []byte("Content-Length: ")); ok {
			if length, err = strconv.Atoi(string(value)); err != nil {
				return 0, fmt.Errorf("the answer has the header %q", line)
			}
		}
	}
	if length < 0 {
		return status, fmt.Errorf("an answer with status %d has no length", status)
	}
	c.body = slices.Grow(c.body[:0], length)[:length]
	_, err = io.ReadFull(c.answers, c.body)
	return status, err
}
