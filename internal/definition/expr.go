package definition

// Expr is a compiled CEL predicate.
type Expr struct{ source string }
