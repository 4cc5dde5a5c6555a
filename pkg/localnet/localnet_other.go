//go:build !linux

package localnet

// Host is a computer of its own to all that is started on it.
type Host struct{}

// New returns [ErrRefused]: namespaces are Linux's.
func New() (*Host, error) { return nil, ErrRefused }

// Do returns [ErrRefused].
func (*Host) Do(func() error) error { return ErrRefused }

// Close does nothing.
func (*Host) Close() {}

// Cable joins two hosts.
type Cable struct{}

// Join returns [ErrRefused].
func Join(_, _ *Host, _ Line) (*Cable, error) { return nil, ErrRefused }

// Addresses returns nothing.
func (*Cable) Addresses() (first, second string) { return "", "" }

// Close does nothing.
func (*Cable) Close() {}
