"""The command group: commands are imported when they are asked for, and `check` is the default."""

from __future__ import annotations

from difflib import get_close_matches
from importlib import import_module
from pathlib import Path

import click

from archcheck import __version__

COMMANDS: tuple[tuple[str, str, str], ...] = (
    ("check", "archcheck.cli.check", "Compare model code with a spec (the default command)."),
    ("describe", "archcheck.cli.describe", "Print what the code computes, in the language of specs."),
    (
        "identify",
        "archcheck.cli.identify",
        "Name the catalogue specs that code matches, and the nearest others.",
    ),
    ("diff", "archcheck.cli.diff", "Compare two implementations with each other."),
    ("mutate", "archcheck.cli.mutate", "List the changes of conforming code that a spec would not notice."),
    ("scaffold", "archcheck.cli.scaffold", "Write a runnable PyTorch module from a spec."),
    ("specs", "archcheck.cli.specs", "List, show and validate specs; print the JSON Schemas."),
    ("explain", "archcheck.cli.explain", "Explain a finding's code, with examples."),
)
_NAMES = tuple(name for name, _, _ in COMMANDS)
_OWN_OPTIONS = ("--help", "-h", "--version")


class LazyGroup(click.Group):
    """A group that imports a command's module when the command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order of the help text."""
        return list(_NAMES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, imported now."""
        for name, module, _ in COMMANDS:
            if name == cmd_name:
                command: click.Command = import_module(module).command
                return command
        return None

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put `check` in front where the first word is no command, or where there is none."""
        if not args or args[0] not in (*_NAMES, *_OWN_OPTIONS):
            self._refuse_misspelled(ctx, "".join(args[:1]))
            args = ["check", *args]
        return super().parse_args(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, without importing one."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, _, text in COMMANDS])

    def _refuse_misspelled(self, ctx: click.Context, word: str) -> None:
        """Raise if the word is no target but nearly a command."""
        if not word.isidentifier() or Path(word).exists():
            return
        close = get_close_matches(word, _NAMES, n=1, cutoff=0.7)
        if close:
            raise click.UsageError(f"no command and no file {word!r}; did you mean {close[0]!r}?", ctx)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="archcheck")
def app() -> None:
    """Check that model code computes what its block diagram shows.

    \b
    archcheck model.py --spec post_ln.yaml     compare every block of a file with a spec
    archcheck model.py                         what the file computes, and what looks wrong
    archcheck describe model.py::Layer         the same language as a spec
    archcheck specs list                       the figures that come with archcheck

    Exit status: 2 bad usage, bad spec, no such target or nothing checked; 1 a mismatch; 3 something
    unresolved; 0 all match.
    """  # noqa: D301 - click reads the backspace as "leave these lines as they are"
