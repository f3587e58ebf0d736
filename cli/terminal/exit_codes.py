"""Exit statuses of every command."""

DONE = 0
"""Done, also if something was left out: it is named and counted."""
FAILED = 1
"""An error stopped the command."""
WRONG_USE = 2
"""The command line is wrong."""
DONE_WITH_REJECTS = 3
"""With `--strict`: done, but something was left out."""
PIPE_CLOSED = 141
"""Nobody reads the output any more (`| head`): 128 + SIGPIPE, as a shell reports it."""
