package localnet

import (
	"errors"
	"time"
)

// ErrRefused is in the error of [New] where the system makes no hosts: another one than
// Linux, no root, or a container without the right.
var ErrRefused = errors.New("this system makes no network of its own")

// Line is what a cable does to packets. The zero value does nothing to them.
type Line struct {
	Delay time.Duration // one way
	Mbit  int           // bandwidth of each direction in megabit a second; 0 is no limit
}
