"""`python -m speakervid5m.cli`, the same as the command `speakervid5m`."""

import sys

from . import main

sys.exit(main())
