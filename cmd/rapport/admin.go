package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/rapporthq/rapport/internal/api"
)

// adminClient calls the admin API of a running server.
type adminClient struct {
	url   string
	token string
	http  http.Client
}

func newAdmin(url string) *adminClient {
	return &adminClient{url: strings.TrimRight(url, "/"), token: os.Getenv("RAPPORT_ADMIN_TOKEN"), http: http.Client{Timeout: time.Minute}}
}

// call sends body, if there is one, and reads the answer into to.
func (c *adminClient) call(ctx context.Context, method, path string, body, to any) error {
	if c.token == "" {
		return errors.New("RAPPORT_ADMIN_TOKEN is not set; it is what the server was started with, or in secrets.json in its data folder")
	}
	var sent io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return err
		}
		sent = bytes.NewReader(b)
	}
	r, err := http.NewRequestWithContext(ctx, method, c.url+path, sent)
	if err != nil {
		return fmt.Errorf("%q is not the address of a server; use one such as http://127.0.0.1:8700", c.url)
	}
	r.Header.Set("Authorization", "Bearer "+c.token)
	r.Header.Set("Content-Type", "application/json")
	resp, err := c.http.Do(r)
	if err != nil {
		return fmt.Errorf("no answer from the server at %s; is it running? %w", c.url, err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(resp.Body, 64<<20))
	if err != nil {
		return fmt.Errorf("read the answer of %s: %w", c.url, err)
	}
	if resp.StatusCode/100 == 2 {
		return json.Unmarshal(text, to)
	}
	var p api.Problem
	if json.Unmarshal(text, &p) == nil && p.Detail != "" {
		return errors.New(p.Detail)
	}
	return fmt.Errorf("the server at %s answered %d: %s", c.url, resp.StatusCode, strings.TrimSpace(string(text)))
}
