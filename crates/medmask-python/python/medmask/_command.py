"""The command ``medmask``, which the wheel installs."""

from __future__ import annotations

import signal
import sys

from ._medmask import run_command


def main() -> int:
    """Runs the command with the arguments of this process, and gives its exit status."""
    # Python would keep Ctrl-C for itself. A process that was started to pass it over still does.
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    return run_command(["medmask", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
