package edge

import "errors"

// Fault is what goes wrong, in words of ours: it holds nothing of the event.
type Fault struct {
	kind kind
	said string
}

type kind int

const (
	failed kind = iota
	refused
	tooLarge
	unauthenticated
	notFound
	tooLittleTime
	unwritten
)

func (f *Fault) Error() string {
	return f.said
}

var (
	// ErrNotFound says that there is no such thing, or that it is another's: who asks is not told which.
	ErrNotFound = &Fault{notFound, "there is no such thing"}
	// ErrUnwritten says that the work is yours to write.
	ErrUnwritten = &Fault{unwritten, "the work is not written yet"}

	errTooLarge        = &Fault{tooLarge, "there is more of it than is read"}
	errUnauthenticated = &Fault{unauthenticated, "there is no caller"}
	errTooLittleTime   = &Fault{tooLittleTime, "there is too little time"}
	errPanicked        = &Fault{failed, "the work panicked"}
)

// Failed is a fault of the work. The text goes into the log, so it must hold nothing of an event.
func Failed(said string) *Fault {
	return &Fault{failed, said}
}

func refuse(said string) *Fault {
	return &Fault{refused, said}
}

// Said is what may be logged of an error: the words of a fault; of any other nothing is known.
func Said(err error) string {
	if fault := (*Fault)(nil); errors.As(err, &fault) {
		return fault.said
	}
	return "the work failed"
}

func kindOf(err error) kind {
	if fault := (*Fault)(nil); errors.As(err, &fault) {
		return fault.kind
	}
	return failed
}
