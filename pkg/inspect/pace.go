package inspect

import (
	"context"
	"sync"
	"time"
)

// pace spreads reading over time, for all workers together. The server waits when we do:
// its socket fills up.
type pace struct {
	rate float64 // bytes a second

	mu   sync.Mutex
	next time.Time
}

// wait returns when n more bytes may be taken, or with the context's cause.
func (p *pace) wait(ctx context.Context, n int) error {
	if p == nil || p.rate <= 0 {
		return nil
	}
	p.mu.Lock()
	now := time.Now()
	if p.next.Before(now) {
		p.next = now
	}
	pause := p.next.Sub(now)
	p.next = p.next.Add(time.Duration(float64(n) / p.rate * float64(time.Second)))
	p.mu.Unlock()
	if pause <= 0 {
		return nil
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}
