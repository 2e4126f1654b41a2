"""The command line: words in, calls of `actions`, sentences out.

In: argv. Out: text or one JSON object on standard output, everything else on
standard error, and an exit code: 0 done, 1 something failed, 2 wrong usage or
config. One module per group of commands; nothing is decided here. Typer and Rich
stay in here.
"""

from dispatch.cli.program import main

__all__ = ["main"]
