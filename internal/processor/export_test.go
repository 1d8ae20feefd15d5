package processor

// AfterCommit has f called after each commit, by the groups' goroutines. The
// fold ends there with f's error.
func (o *Processor) AfterCommit(f func() error) { o.testOnlyCommitted = f }
