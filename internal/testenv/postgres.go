package testenv

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Postgres starts a PostgreSQL server of the test's own, on loopback, and returns
// its connection string. It ends with the test.
func Postgres(t testing.TB) string {
	t.Helper()
	initdb, server := Program(t, "initdb"), Program(t, "postgres")
	// Below the system's folder for temporary files and not the test's, which a
	// user whom PostgreSQL agrees to run as cannot pass through.
	dir, err := os.MkdirTemp("", "rapport-postgres-")
	must(t, err)
	as := postgresUser(t, dir)
	run := func(name string, args ...string) *exec.Cmd {
		cmd := exec.CommandContext(context.WithoutCancel(t.Context()), name, args...) //nolint:gosec // found on this machine
		cmd.SysProcAttr, cmd.Dir = as, dir
		return cmd
	}
	data := filepath.Join(dir, "data")
	if out, err := run(initdb, "-D", data, "-U", "postgres", "-A", "trust", "--no-sync", "--no-instructions").CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v: %s", err, out)
	}
	var lc net.ListenConfig
	ln, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	must(t, err)
	port := ln.Addr().(*net.TCPAddr).Port //nolint:forcetypeassert // of a TCP listener
	must(t, ln.Close())
	cmd := run(server, "-D", data, "-p", strconv.Itoa(port), "-c", "listen_addresses=127.0.0.1",
		"-c", "unix_socket_directories=", "-c", "fsync=off", "-c", "logging_collector=off")
	must(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt) // a fast shutdown; it may have ended
		_ = cmd.Wait()
		_ = os.RemoveAll(dir)
	})
	address := fmt.Sprintf("127.0.0.1:%d", port)
	ready := Program(t, "pg_isready")
	for deadline := time.Now().Add(60 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		if run(ready, "-q", "-h", "127.0.0.1", "-p", strconv.Itoa(port)).Run() == nil {
			return "postgres://postgres@" + address + "/postgres?sslmode=disable"
		}
		if time.Now().After(deadline) {
			t.Fatalf("PostgreSQL does not answer at %s", address)
		}
	}
}

// postgresUser gives dir to a user whom PostgreSQL agrees to run as: it refuses
// root.
func postgresUser(t testing.TB, dir string) *syscall.SysProcAttr {
	t.Helper()
	if os.Getuid() != 0 {
		return nil
	}
	out, err := exec.CommandContext(t.Context(), "id", "-u", "postgres").Output()
	Need(t, "a user postgres, as whom PostgreSQL runs", err == nil)
	uid, err := strconv.ParseUint(strings.TrimSpace(string(out)), 10, 32)
	must(t, err)
	must(t, os.Chown(dir, int(uid), int(uid)))
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(uid)}}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
