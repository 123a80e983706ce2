"""Reads spaces, one JSON a line, with the original and writes them back, one JSON a line.

Needs: spacetransformer-core 0.2.7.
"""

import sys

from spacetransformer.core import Space

for line in sys.stdin:
    print(Space.from_json(line).to_json())
