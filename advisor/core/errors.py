"""The errors a user may meet. Anything else that escapes is a bug and shows its traceback."""

from __future__ import annotations


class AdvisorError(Exception):
    """An expected failure: one line for the user and an exit code for the shell."""

    exit_code = 1


class BadInput(AdvisorError):
    """What the user gave cannot be used; the message says which field and what to type instead."""

    exit_code = 2


class UnknownName(BadInput):
    """A name that no catalogue holds; the message carries the nearest names."""


class Unclear(BadInput):
    """The task cannot be told from what was said: a question goes back instead of advice."""

    def __init__(self, question: str, why: str) -> None:
        super().__init__(f"{question} ({why})")
        self.question = question
        self.why = why


class MissingData(AdvisorError):
    """A snapshot or a source is missing, damaged, or of a schema this version cannot read."""

    exit_code = 3


class JobsFailed(AdvisorError):
    """At least one bench job failed; the others are kept."""

    exit_code = 4


class MissingExtra(AdvisorError):
    """An optional package is not installed; the message is the command that installs it."""

    exit_code = 5


class Unreachable(AdvisorError):
    """What a job needs is not here: a key, a server, weights, a network. The job is not run, and says why."""

    exit_code = 4
