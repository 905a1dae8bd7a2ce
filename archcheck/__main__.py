"""`python -m archcheck` is the command `archcheck`."""

import sys

from archcheck.cli import main

if __name__ == "__main__":
    sys.exit(main())
