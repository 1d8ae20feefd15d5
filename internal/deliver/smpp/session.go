package smpp

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"

	"github.com/rapporthq/rapport/internal/deliver"
	"github.com/rapporthq/rapport/internal/fault"
)

// session is one connection. It has two goroutines, which end with it: one reads,
// one keeps the link alive.
type session struct {
	conn  net.Conn
	told  func(ctx context.Context, p pdu) (status uint32)
	over  chan struct{}
	close sync.Once
	ended sync.WaitGroup

	mu       sync.Mutex // of writing and of what follows
	sequence uint32
	waiting  map[uint32]chan pdu
}

// linkEvery is how often the link is tried, and answerIn how long an answer may
// take before the session is over.
const (
	linkEvery = 30 * time.Second
	answerIn  = 30 * time.Second
)

func begin(conn net.Conn, told func(context.Context, pdu) uint32) *session {
	s := &session{conn: conn, told: told, over: make(chan struct{}), waiting: map[uint32]chan pdu{}}
	s.ended.Go(s.read)
	s.ended.Go(s.keep)
	return s
}

func (s *session) isOver() bool {
	select {
	case <-s.over:
		return true
	default:
		return false
	}
}

// end closes the connection and waits for the goroutines. politely says goodbye
// first, without waiting for an answer.
func (s *session) end(politely bool) {
	if politely && !s.isOver() {
		s.mu.Lock()
		s.sequence++
		_ = s.conn.SetWriteDeadline(time.Now().Add(time.Second))
		_ = pdu{command: unbind, sequence: s.sequence}.write(s.conn)
		s.mu.Unlock()
	}
	s.broke()
	s.ended.Wait()
}

// broke ends what waits; it may be called by the goroutines themselves.
func (s *session) broke() {
	s.close.Do(func() {
		_ = s.conn.Close()
		close(s.over)
	})
}

var errOver = errors.New("the connection to the message centre broke")

// ask sends a request and waits for its answer. Its error is fault.Transient when
// nothing went out, and a *deliver.UnknownOutcome when something did.
func (s *session) ask(ctx context.Context, command uint32, body []byte) (pdu, error) {
	box := make(chan pdu, 1)
	s.mu.Lock()
	if s.isOver() {
		s.mu.Unlock()
		return pdu{}, fault.Wrap(fault.Transient, errOver, "nothing was sent")
	}
	s.sequence++
	n := s.sequence
	s.waiting[n] = box
	_ = s.conn.SetWriteDeadline(time.Now().Add(answerIn))
	err := pdu{command: command, sequence: n, body: body}.write(s.conn)
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		delete(s.waiting, n)
		s.mu.Unlock()
	}()
	if err != nil {
		s.broke()
		return pdu{}, &deliver.UnknownOutcome{Err: err} // part of it may have gone out
	}
	t := time.NewTimer(answerIn)
	defer t.Stop()
	select {
	case got := <-box:
		return got, nil
	case <-s.over:
		return pdu{}, &deliver.UnknownOutcome{Err: errOver}
	case <-ctx.Done():
		return pdu{}, &deliver.UnknownOutcome{Err: ctx.Err()}
	case <-t.C:
		s.broke()
		return pdu{}, &deliver.UnknownOutcome{Err: errors.New("the message centre did not answer")}
	}
}

func (s *session) read() {
	defer s.broke()
	for {
		p, err := readPDU(s.conn)
		if err != nil {
			return
		}
		switch {
		case p.command&answer != 0: // generic_nack too
			s.mu.Lock()
			box := s.waiting[p.sequence]
			delete(s.waiting, p.sequence)
			s.mu.Unlock()
			if box != nil {
				if p.command == genericNack && p.status == 0 {
					p.status = 0xFF // unknown error
				}
				box <- p
			}
		case p.command == unbind:
			s.reply(p, 0, nil)
			return
		case p.command == enquireLink:
			s.reply(p, 0, nil)
		case p.command == deliverSM:
			ctx, cancel := context.WithTimeout(context.Background(), answerIn)
			status := s.told(ctx, p)
			cancel()
			s.reply(p, status, []byte{0})
		default:
			s.reply(pdu{command: genericNack, sequence: p.sequence}, 0x03, nil) // invalid command
		}
	}
}

func (s *session) reply(p pdu, status uint32, body []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = s.conn.SetWriteDeadline(time.Now().Add(answerIn))
	if (pdu{command: p.command | answer, status: status, sequence: p.sequence, body: body}).write(s.conn) != nil {
		s.broke()
	}
}

// keep tries the link now and then.
func (s *session) keep() {
	t := time.NewTicker(linkEvery)
	defer t.Stop()
	for {
		select {
		case <-s.over:
			return
		case <-t.C:
			if _, err := s.ask(context.Background(), enquireLink, nil); err != nil {
				s.broke()
				return
			}
		}
	}
}
