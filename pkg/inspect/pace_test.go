package inspect

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestPaceHoldsWorkersTogether(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &pace{rate: 1000}
		start := time.Now()
		done := make(chan struct{})
		for range 2 {
			go func() {
				for range 50 {
					if err := p.wait(t.Context(), 100); err != nil {
						t.Error(err)
					}
				}
				done <- struct{}{}
			}()
		}
		<-done
		<-done
		if took := time.Since(start); took < 9*time.Second || took > 11*time.Second {
			t.Errorf("10,000 bytes at 1,000 a second took %s", took)
		}
		ctx, cancel := context.WithCancelCause(t.Context())
		told := errors.New("told to stop")
		cancel(told)
		if err := p.wait(ctx, 1); !errors.Is(err, told) {
			t.Errorf("a cancelled wait gives %v", err)
		}
	})
	if err := (*pace)(nil).wait(t.Context(), 1<<30); err != nil {
		t.Error(err)
	}
}
