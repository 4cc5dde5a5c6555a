package copier

import (
	"context"
	"io"
	"sync"
	"time"
)

// blockSize is what a block holds before it is handed over. pgconn sends what one Read
// fills in one message of 64 KiB; four of them a block halve the cost of the hand-over
// between two goroutines, and more bring nothing.
const blockSize = 256 << 10

// blocksPerChunk is how far the source may run ahead. Two are the least that lets both
// ends work at once, two more hide their uneven pace.
const blocksPerChunk = 4

// keepable is the size above which a block that a large row grew is given back to the
// garbage collector, so that one large row does not raise the memory for good.
const keepable = 4 * blockSize

// idleTick is how long Read waits before it returns (0, nil). pgconn.CopyFrom looks for
// an error from the server only between reads, so a read that never returns would hide
// a rejected row for as long as the source is quiet.
const idleTick = 250 * time.Millisecond

// pipe has one writer, one reader and fixed memory. It is a rowcodec.Sink for rows that
// are decoded, and an io.Writer for bytes that pass as they are.
type pipe struct {
	ctx        context.Context
	full, free chan []byte
	spare      spareBlocks
	size, more int // of a block; blocks that may still be made
	tick       *time.Ticker
	cur        []byte // being filled by Write
	blk, rest  []byte // being drained by Read
	once       sync.Once
	cause      error
}

// spareBlocks are blocks that no chunk has. A chunk of a small table needs one, and there may be ten
// thousand such tables: making all blocks for each was gigabytes to clear and collect.
type spareBlocks chan []byte

// newPipe makes its blocks when they are wanted, out of spare ones where there are some.
func newPipe(ctx context.Context, blocks, size int, spare spareBlocks) *pipe {
	return &pipe{
		ctx: ctx, full: make(chan []byte, blocks), free: make(chan []byte, blocks), tick: time.NewTicker(idleTick),
		spare: spare, size: size, more: blocks,
	}
}

// Next hands a full block over, when there is one, and waits for an empty one.
func (p *pipe) Next(full []byte) ([]byte, error) {
	if err := p.put(full); err != nil {
		return nil, err
	}
	if len(p.free) == 0 && p.more > 0 {
		p.more--
		select {
		case b := <-p.spare:
			return b, nil
		default:
			return make([]byte, 0, p.size), nil
		}
	}
	select {
	case b := <-p.free:
		return b, nil
	case <-p.ctx.Done():
		return nil, context.Cause(p.ctx)
	}
}

// release gives the blocks to other chunks. Both ends are done with them.
func (p *pipe) release() {
	for len(p.free) > 0 {
		select {
		case p.spare <- <-p.free:
		default:
			return
		}
	}
}

func (p *pipe) put(b []byte) error {
	if len(b) == 0 {
		if b != nil {
			p.free <- b // never blocks: free has room for every block
		}
		return nil
	}
	select {
	case p.full <- b:
		return nil
	case <-p.ctx.Done():
		return context.Cause(p.ctx)
	}
}

// Write copies b into blocks.
func (p *pipe) Write(b []byte) (int, error) {
	n := len(b)
	for len(b) > 0 {
		if cap(p.cur)-len(p.cur) == 0 {
			next, err := p.Next(p.cur)
			if err != nil {
				return 0, err
			}
			p.cur = next
		}
		k := min(len(b), cap(p.cur)-len(p.cur))
		p.cur = append(p.cur, b[:k]...)
		b = b[k:]
	}
	return n, nil
}

// closeWrite ends the stream. Read returns err, or io.EOF itself when err is nil:
// pgconn compares it with ==.
func (p *pipe) closeWrite(err error) {
	p.once.Do(func() {
		if err == nil && len(p.cur) > 0 {
			err = p.put(p.cur)
		}
		p.cause = err
		close(p.full)
	})
}

// Read returns (0, nil) after an idle tick.
func (p *pipe) Read(b []byte) (int, error) {
	if len(p.rest) == 0 {
		if p.blk != nil {
			if cap(p.blk) > keepable {
				p.blk = make([]byte, 0, blockSize)
			}
			p.free <- p.blk[:0] // never blocks
			p.blk = nil
		}
		select {
		case blk, ok := <-p.full:
			if !ok {
				if p.cause != nil {
					return 0, p.cause
				}
				return 0, io.EOF
			}
			p.blk, p.rest = blk, blk
		case <-p.tick.C:
			return 0, nil
		case <-p.ctx.Done():
			return 0, context.Cause(p.ctx)
		}
	}
	n := copy(b, p.rest)
	p.rest = p.rest[n:]
	return n, nil
}

func (p *pipe) stop() { p.tick.Stop() }
