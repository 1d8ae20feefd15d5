package main // internal: the program has no exported API

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTallyShowsWhatGoTestShowsAndCounts(t *testing.T) {
	t.Parallel()
	in := strings.Join([]string{
		`{"Action":"start","Package":"a"}`,
		`{"Action":"run","Package":"a","Test":"TestGood"}`,
		`{"Action":"output","Package":"a","Test":"TestGood","Output":"chatter\n"}`,
		`{"Action":"pass","Package":"a","Test":"TestGood"}`,
		`{"Action":"output","Package":"a","Test":"TestBad","Output":"=== RUN   TestBad\n"}`,
		`{"Action":"output","Package":"a","Test":"TestBad","Output":"--- FAIL: TestBad\n"}`,
		`{"Action":"fail","Package":"a","Test":"TestBad"}`,
		`{"Action":"output","Package":"a","Test":"TestNo","Output":"    no unicorn\n"}`,
		`{"Action":"skip","Package":"a","Test":"TestNo"}`,
		`{"Action":"output","Package":"a","Output":"FAIL\ta\t0.1s\n"}`,
		`{"Action":"fail","Package":"a"}`,
		`{"Action":"output","Package":"c","Output":"PASS\n"}`,
		`{"Action":"output","Package":"c","Output":"ok  \tc\t0.1s\n"}`,
		`{"Action":"pass","Package":"c"}`,
		`{"Action":"build-output","Output":"b/b.go:1: syntax error\n"}`,
		`{"Action":"fail","Package":"b"}`,
	}, "\n")
	var out bytes.Buffer
	got, err := run(strings.NewReader(in), &out)
	require.NoError(t, err)
	require.Equal(t, tally{packages: 3, passed: 1, failed: 2, skipped: 1}, got)
	require.Equal(t, "--- FAIL: TestBad\n    no unicorn\nFAIL\ta\t0.1s\nok  \tc\t0.1s\nb/b.go:1: syntax error\n1 skipped\n1 passed, 2 failed\n", out.String())
}

// A test binary that runs out of time panics in the name of a test, which then
// never ends.
func TestTallyShowsWhatUnfinishedTestsSaid(t *testing.T) {
	t.Parallel()
	in := strings.Join([]string{
		`{"Action":"output","Package":"a","Test":"TestGood","Output":"chatter\n"}`,
		`{"Action":"pass","Package":"a","Test":"TestGood"}`,
		`{"Action":"output","Package":"a","Test":"TestStuck","Output":"=== RUN   TestStuck\n"}`,
		`{"Action":"output","Package":"a","Test":"TestStuck","Output":"panic: test timed out after 10m0s\n"}`,
		`{"Action":"output","Package":"a","Test":"TestStuck","Output":"goroutine 1 [running]:\n"}`,
		`{"Action":"output","Package":"ab","Test":"TestElsewhere","Output":"still at it\n"}`,
		`{"Action":"output","Package":"a","Output":"FAIL\ta\t600.1s\n"}`,
		`{"Action":"fail","Package":"a"}`,
		`{"Action":"pass","Package":"ab","Test":"TestElsewhere"}`,
		`{"Action":"output","Package":"ab","Output":"ok  \tab\t0.1s\n"}`,
		`{"Action":"pass","Package":"ab"}`,
	}, "\n")
	var out bytes.Buffer
	got, err := run(strings.NewReader(in), &out)
	require.NoError(t, err)
	require.Equal(t, tally{packages: 2, passed: 2, failed: 1}, got)
	require.Equal(t, "--- UNFINISHED: TestStuck\npanic: test timed out after 10m0s\ngoroutine 1 [running]:\n"+
		"FAIL\ta\t600.1s\nok  \tab\t0.1s\n2 passed, 1 failed\n", out.String())
}
