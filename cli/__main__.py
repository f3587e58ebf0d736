"""`python -m speakervid5m`, the same as the command `speakervid5m`."""

from speakervid5m.cli import start

start()
