package definition

// HoldsByCEL is Holds without the shorter way that plain rules take.
func (x *Expr) HoldsByCEL(v Vars) (bool, error) {
	return x.predicate.holds(&activation{x: x, v: &v})
}

// Plain reports whether x takes it.
func (x *Expr) Plain() bool { return x.rule != nil }
