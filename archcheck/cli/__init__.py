"""The command line: one file a command, no logic. `main` is the console script."""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence

BAD_USAGE = 2
INTERRUPTED = 130  # 128 + SIGINT, as shells count
BROKEN_PIPE = 141  # 128 + SIGPIPE


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status. No traceback leaves it unless `--debug` is given."""
    # Graphs are frozen values and make few cycles, but with its own threshold the collector takes a tenth of
    # the time.
    gc.set_threshold(50_000, 20, 20)
    try:
        return _status(list(sys.argv[1:] if argv is None else argv))
    finally:
        if argv is None:  # the process ends here, in a tenth less time where nothing is collected once more
            gc.freeze()


def _status(args: list[str]) -> int:
    """The exit status of the command with these arguments; an error is told in a line."""
    import click

    from archcheck.cli.app import app

    try:
        status = app.main(args, prog_name="archcheck", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        print("archcheck: interrupted", file=sys.stderr)
        return INTERRUPTED
    except Exception as error:
        if "--debug" in args:
            raise
        kind = type(error).__name__
        print(f"archcheck: internal error: {kind}: {error}", file=sys.stderr)
        print("This is a fault in archcheck. Run again with --debug for the traceback.", file=sys.stderr)
        return BAD_USAGE
    return int(status or 0)
