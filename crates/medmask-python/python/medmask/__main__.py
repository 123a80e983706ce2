"""``python -m medmask`` is the command ``medmask``."""

import sys

from ._command import main

if __name__ == "__main__":
    sys.exit(main())
