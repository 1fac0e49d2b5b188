"""A moving line on a terminal's stderr: how much is done, and what is being done."""

from __future__ import annotations


class Bar:
    """rich's bar, gone when the run ends."""

    def __init__(self, total: int) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Moving

        columns = (
            BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.fields[left]}", markup=False),
            TextColumn("{task.description}", markup=False),
        )  # fmt: skip
        self._moving = Moving(*columns, console=Console(stderr=True), transient=True)
        self._task = self._moving.add_task("", total=total, left="")
        self._moving.start()

    def grow(self, total: int) -> None:
        """More is to do than was known."""
        self._moving.update(self._task, total=total)

    def show(self, done: int, left: str, what: str) -> None:
        """So much is done; left: words about the time; what: is being done."""
        from advisor.render.escape import plain

        self._moving.update(self._task, completed=done, left=left, description=plain(what))

    def note(self, words: str) -> None:
        """A line above the bar, which stays on the screen."""
        from rich.text import Text

        from advisor.render.escape import plain

        self._moving.console.print(Text(plain(words)), soft_wrap=True)

    def close(self) -> None:
        """Take it off the screen."""
        self._moving.stop()
