package bench

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"time"
)

// mailSink is a mail server that takes everything, says so, and keeps nothing but
// how often each delivery came. It is built to cost little, since it runs beside
// what is measured.
type mailSink struct {
	ln     net.Listener
	opened chan struct{} // closed: greets who connects
	conns  sync.WaitGroup

	mu       sync.Mutex
	received map[string]int // by delivery
	bytes    int64
	last     time.Time
	live     map[net.Conn]bool
	crowd    int // connections at once, at most
}

// deliveryHeader names the delivery in a letter's header.
const deliveryHeader = "Rapport-Delivery: "

func newMailSink(ctx context.Context) (*mailSink, error) {
	ln, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &mailSink{ln: ln, opened: make(chan struct{}), received: map[string]int{}, live: map[net.Conn]bool{}}
	s.conns.Go(s.accept)
	return s, nil
}

func (s *mailSink) accept() {
	for {
		conn, err := s.ln.Accept()
		if err != nil {
			return // closed
		}
		s.mu.Lock()
		s.live[conn] = true
		s.crowd = max(s.crowd, len(s.live))
		s.mu.Unlock()
		s.conns.Go(func() {
			defer func() {
				_ = conn.Close() // it has said what it had to
				s.mu.Lock()
				delete(s.live, conn)
				s.mu.Unlock()
			}()
			<-s.opened
			_ = s.talk(conn) // who breaks off has sent nothing that was taken
		})
	}
}

// open greets who waits, and who comes.
func (s *mailSink) open() { close(s.opened) }

func (s *mailSink) close() error {
	err := s.ln.Close()
	s.mu.Lock()
	for conn := range s.live {
		_ = conn.Close() // its reader ends by it
	}
	s.mu.Unlock()
	s.conns.Wait()
	return err
}

// talk is one dialogue (RFC 5321), without a check of anything.
func (s *mailSink) talk(conn net.Conn) error {
	r, w := bufio.NewReaderSize(conn, 64<<10), bufio.NewWriter(conn)
	say := func(line string) error {
		_, err := w.WriteString(line + "\r\n")
		if r.Buffered() > 0 && err == nil {
			return nil // the next command is here already
		}
		return errors.Join(err, w.Flush())
	}
	if err := say("220 sink"); err != nil {
		return err
	}
	for {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return err
		}
		answer := "250 ok"
		switch verb := strings.ToUpper(string(line[:min(len(line), 4)])); verb {
		case "EHLO":
			answer = "250-sink\r\n250-PIPELINING\r\n250 8BITMIME"
		case "DATA":
			if err := errors.Join(say("354 go on"), w.Flush()); err != nil {
				return err
			}
			if err := s.take(r); err != nil {
				return err
			}
		case "QUIT":
			return say("221 bye")
		}
		if err := say(answer); err != nil {
			return err
		}
	}
}

// take reads a letter up to its end. Only what was read whole counts.
func (s *mailSink) take(r *bufio.Reader) error {
	delivery, size := "", 0
	for {
		line, err := r.ReadSlice('\n')
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return err
		}
		if string(line) == ".\r\n" {
			break
		}
		if delivery == "" && bytes.HasPrefix(line, []byte(deliveryHeader)) {
			delivery = strings.TrimSpace(string(line[len(deliveryHeader):]))
		}
		size += len(line)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.received[delivery]++
	s.bytes += int64(size)
	s.last = time.Now()
	return nil
}

// count is how many letters came.
func (s *mailSink) count() (letters int, size int64, last time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, n := range s.received {
		letters += n
	}
	return letters, s.bytes, s.last
}
