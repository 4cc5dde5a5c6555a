package report

import "errors"

// Side says whose fault an error is; the exit code follows from it.
type Side int

// The sides. Unclassified is a bug of ours until somebody says otherwise.
const (
	Unclassified Side = iota
	Usage             // wrong flags, configuration, key: exit 2
	Rules             // the rules do not fit the database: exit 3
	Source            // the source failed: exit 5
	Target            // the target failed: exit 6
)

// String returns the side's name as an error message uses it.
func (s Side) String() string {
	switch s {
	case Usage:
		return "usage"
	case Rules:
		return "rules"
	case Source:
		return "source"
	case Target:
		return "target"
	default:
		return "understudy"
	}
}

// Fault is an error for the person on call. Doing names the work and what it was
// done to ("lock table public.orders"); Hint is what to do next. It holds no value
// of the data and no password.
type Fault struct {
	Side  Side
	Doing string
	Hint  string
	Err   error
}

// Error returns "side: doing: cause". The hint is not in it; ask [HintOf].
func (f *Fault) Error() string {
	s := f.Side.String() + ": " + f.Doing
	if f.Err != nil {
		s += ": " + f.Err.Error()
	}
	return s
}

// Unwrap returns the cause.
func (f *Fault) Unwrap() error { return f.Err }

// SideOf returns the side of the outermost Fault in err that names one, else Unclassified.
func SideOf(err error) Side {
	for err != nil {
		var f *Fault
		if !errors.As(err, &f) {
			return Unclassified
		}
		if f.Side != Unclassified {
			return f.Side
		}
		err = f.Err
	}
	return Unclassified
}

// HintOf returns the innermost hint in err: who is nearest to the trouble knows best. Empty when there is none.
func HintOf(err error) string {
	hint := ""
	for err != nil {
		var f *Fault
		if !errors.As(err, &f) {
			break
		}
		if f.Hint != "" {
			hint = f.Hint
		}
		err = f.Err
	}
	return hint
}
