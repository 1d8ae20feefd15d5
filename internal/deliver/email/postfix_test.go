package email_test

import (
	"bytes"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/deliver"
	"github.com/rapporthq/rapport/internal/deliver/delivertest"
	"github.com/rapporthq/rapport/internal/deliver/email"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/testenv"
)

// TestPostfixDeliversWhatWasSent runs a Postfix of its own (Debian's package,
// private configuration and queue) and reads the mail from a Maildir.
func TestPostfixDeliversWhatWasSent(t *testing.T) {
	t.Parallel()
	addr, inbox := startPostfix(t)
	c, err := email.Open(email.Options{Addr: addr, Now: clock})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close()) })

	l := delivertest.Letter("5/12/0", "ada@example.com")
	l.Content.Subject = "Grüße, 你好 🌻: a subject that is long enough to be folded over several lines of the header"
	l.Content.Text = "Žluťoučký kůň\n.\n..dots\nFrom here on\n" + strings.Repeat("A long letter. ", 20_000)
	want := wire(t, l)
	for i := range 5 {
		require.NoError(t, c.Send(t.Context(), l), "letter %d", i)
	}
	var files []string
	require.Eventually(t, func() bool {
		files, err = filepath.Glob(filepath.Join(inbox, "new", "*"))
		return err == nil && len(files) == 5
	}, 30*time.Second, 50*time.Millisecond, "Postfix did not deliver within 30 s")
	raw, err := os.ReadFile(files[0])
	require.NoError(t, err)
	require.True(t, bytes.HasSuffix(raw, want), "Postfix puts its own headers first and changes nothing")
	m, err := read(raw)
	require.NoError(t, err)
	require.Equal(t, l.Content.Subject, m.subject)
	require.Contains(t, m.text, l.Content.Text)
	require.Equal(t, "List-Unsubscribe=One-Click", m.header.Get("List-Unsubscribe-Post"))
	require.Equal(t, "ada@example.com", m.header.Get("Delivered-To"))
	require.Equal(t, "<shop@example.com>", m.header.Get("Return-Path"))

	err = c.Send(t.Context(), delivertest.Letter("d", "ada@elsewhere.example"))
	require.True(t, fault.Is(err, fault.Invalid), "Postfix does not relay for strangers: %v", err)
}

// wire gives the letter's bytes as another server received them, with the line
// ends of a Maildir.
func wire(t *testing.T, l deliver.Letter) []byte {
	t.Helper()
	s := openServer(t, nil)
	require.NoError(t, s.channel.Send(t.Context(), l))
	return bytes.ReplaceAll(s.mails[0].raw, []byte("\r\n"), []byte("\n"))
}

const mainCF = `compatibility_level = 3.6
queue_directory = {dir}/queue
data_directory = {dir}/data
command_directory = {commands}
daemon_directory = {daemons}
mail_owner = postfix
setgid_group = postdrop
maillog_file = {dir}/log
maillog_file_prefixes = {dir}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.example.org
mydestination =
mynetworks =
relay_domains =
local_recipient_maps =
alias_maps =
alias_database =
smtpd_relay_restrictions = reject_unauth_destination
virtual_mailbox_domains = example.com
virtual_mailbox_base = {dir}/mail
virtual_mailbox_maps = static:ada/
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
`

const masterCF = `127.0.0.1:{port} inet n - n - - smtpd
postlog unix-dgram n - n - 1 postlogd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
`

// startPostfix returns the address of a running Postfix and its Maildir.
func startPostfix(t *testing.T) (addr, inbox string) {
	t.Helper()
	binary := testenv.Program(t, "postfix")
	testenv.Need(t, "root, who alone may start Postfix", os.Geteuid() == 0)
	nobody, err := user.Lookup("nobody")
	require.NoError(t, err)
	port := freePort(t)
	dir := t.TempDir()
	require.NoError(t, os.Chmod(filepath.Dir(dir), 0o755), "Postfix's own users must get there") //nolint:gosec // a test's directory
	fill := strings.NewReplacer("{dir}", dir, "{commands}", filepath.Dir(binary), "{daemons}", "/usr/lib/postfix/sbin",
		"{port}", port, "{uid}", nobody.Uid, "{gid}", nobody.Gid)
	for name, text := range map[string]string{"main.cf": mainCF, "master.cf": masterCF} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(fill.Replace(text)), 0o600))
	}
	inbox = filepath.Join(dir, "mail", "ada")
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "queue"), 0o755)) //nolint:gosec // as Postfix has it
	require.NoError(t, os.MkdirAll(filepath.Dir(inbox), 0o755))         //nolint:gosec // as Postfix has it
	own(t, filepath.Dir(inbox), nobody)
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "data"), 0o700))
	if postfix, err := user.Lookup("postfix"); err == nil {
		own(t, filepath.Join(dir, "data"), postfix)
	}

	var out bytes.Buffer
	cmd := exec.Command(binary, "-c", dir, "start-fg") //nolint:noctx // stopped in its own way below
	cmd.Stdout, cmd.Stderr = &out, &out
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		if b, err := exec.Command(binary, "-c", dir, "stop").CombinedOutput(); err != nil { //nolint:noctx // must run to its end
			t.Logf("stop Postfix: %v: %s", err, b)
			_ = cmd.Process.Kill()
		}
		_ = cmd.Wait()
		if t.Failed() {
			log, _ := os.ReadFile(filepath.Join(dir, "log"))
			t.Logf("Postfix said: %s\n%s", out.Bytes(), log)
		}
	})
	addr = net.JoinHostPort("127.0.0.1", port)
	require.Eventually(t, func() bool {
		conn, err := net.DialTimeout("tcp", addr, time.Second) //nolint:noctx // short
		if err == nil {
			_ = conn.Close()
		}
		return err == nil
	}, 30*time.Second, 50*time.Millisecond, "Postfix did not start")
	return addr, inbox
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // at once
	require.NoError(t, err)
	defer l.Close() //nolint:errcheck // only the number was wanted
	_, port, err := net.SplitHostPort(l.Addr().String())
	require.NoError(t, err)
	return port
}

func own(t *testing.T, name string, u *user.User) {
	t.Helper()
	uid, err := strconv.Atoi(u.Uid)
	require.NoError(t, err)
	gid, err := strconv.Atoi(u.Gid)
	require.NoError(t, err)
	require.NoError(t, os.Chown(name, uid, gid), "give %s to %s", name, u.Username)
}
