"""Each step of the demonstration on the terminal: a bar while it runs, then one line with its figures and its time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

console = Console(highlight=False, soft_wrap=True)


class Step:
    """A step under way. `says` is what its line will report, `was_there` that an earlier run had done it all."""

    def __init__(self, progress: Progress, title: str, total: int | None) -> None:
        self._progress = progress
        self._task = progress.add_task(title, total=total)
        self.says = ""
        self.was_there = False

    def reach(self, done: int, total: int | None = None) -> None:
        """`done` of `total` (when that has become known)."""
        self._progress.update(self._task, completed=done, **({} if total is None else {"total": total}))


@contextmanager
def step(title: str, total: int | None = None) -> Iterator[Step]:
    """Show one step; its line appears when it ends well."""
    began = time.monotonic()
    columns = (
        SpinnerColumn("line"),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        current = Step(progress, title, total)
        yield current
    seconds = time.monotonic() - began
    word = "found" if current.was_there else "done "
    console.print(f"  [green]{word}[/green]  {title:<34} {current.says:<60} {seconds:6.1f} s")
