"""AC901 to AC908: why archcheck could not answer. The API reports them; each has a page here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Answer:
    """A code that says that, and why, there is no answer."""

    code: str
    name: str
    page: str


ANSWERS: tuple[Answer, ...] = (
    Answer(
        "AC901",
        "spec-error",
        "The spec cannot be read.\n\nThe message names the file, the line and the column, says "
        "what was expected, and "
        "suggests the nearest valid word. All errors of a file are reported at once; `archcheck "
        "specs validate FILE` "
        "shows them alone. A bad spec is never a violated spec: nothing was compared.",
    ),
    Answer(
        "AC902",
        "target-error",
        "The target cannot be found or read.\n\nThe file does not exist or does not parse, the "
        "class is not in it, or "
        "there is more than one way to read what was asked. Write `model.py::Class` or "
        "`package.module:Class`.",
    ),
    Answer(
        "AC903",
        "trace-failure",
        "The model could not be built, read or run.\n\nThe static engine follows the source, and says where "
        "it would raise or where it had to give up. The trace engine builds the module and runs its "
        "forward once, in a "
        "child process with limits of time and memory. The message shows the error and says "
        "which argument to give: "
        "`--set NAME=VALUE` for the constructor and the config, `--inputs NAME=EXPR` for forward, or a whole "
        "constructor call as the target.",
    ),
    Answer(
        "AC904",
        "unresolved-stream",
        "A part of the computation was not seen.\n\nA pass is a proof: every operation on the "
        "stream was seen and "
        "accounted for. A scripted function, a round trip through numpy or an operation that is "
        "not in the tables "
        "hides what it computes, so the verdict is `unresolved`, never `match`.",
    ),
    Answer(
        "AC905",
        "engines-disagree",
        "Two engines read the same code differently.\n\nThis is a fault of archcheck or code "
        "that behaves differently "
        "when it runs. Please report it, with the message, which names the first operation at which the "
        "two graphs part. `--engine static` and `--engine trace` show each reading alone.",
    ),
    Answer(
        "AC906",
        "nothing-checked",
        "Nothing was compared.\n\nNo block was found in the target, `applies_to` of the spec "
        "excludes every class, or "
        "all that the spec names is optional. That is an error, not a pass. The list of classes "
        "that were not checked "
        "gives the reason for each.",
    ),
    Answer(
        "AC907",
        "bad-comment",
        "A comment that speaks to archcheck cannot be understood.\n\nA finding is silenced only "
        "with its code and a "
        "reason: `# archcheck: ignore[AC101] the paper's own code has it so`. A spec is named on "
        "the line of the class "
        "or above it: `# archcheck: spec=post_ln`. A comment without a reason, or with a code "
        "that does not exist, "
        "silences nothing.",
    ),
    Answer(
        "AC908",
        "undecided-variant",
        "A condition without a default decides whether the code meets the spec.\n\nThe static engine reads "
        "every configuration. Where a constructor argument has no default, no variant is the one that users "
        "get, so all must match; here only some do. Say which is meant with the `--set NAME=VALUE` that the "
        "message names, in the `set` of the spec, or with a constructor call as the target. `--variants all` "
        "checks every variant.",
    ),
)
