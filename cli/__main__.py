"""`python -m speakervid5m`, the same as the command `speakervid5m`."""

import sys

from speakervid5m.cli import main

sys.exit(main())
