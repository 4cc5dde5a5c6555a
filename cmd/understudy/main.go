// Command understudy refreshes staging from production, with stand-ins for everybody in it.
package main

import (
	"os"

	"github.com/understudy-db/understudy/pkg/cli"
)

func main() {
	os.Exit(cli.Main(cli.Harden(os.Args[1:]), os.Stdin, os.Stdout, os.Stderr))
}
