"""What a call ended with, for a person, a script and the exit code."""

from datetime import timedelta
from typing import Final

from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text

from callscribe.contracts.status import CallResult, Step
from callscribe.transcript.facts import Verdict, VerdictKind
from cli.console import BETWEEN, one_line, say_json, stdout
from cli.exit_codes import ExitCode

_STYLES = {
    VerdictKind.COMPLETE: "bold green",
    VerdictKind.PARTIAL: "bold yellow",
    VerdictKind.EMPTY: "bold yellow",
    VerdictKind.FAILED: "bold red",
}
_OUTCOME: Final = 16
"""Columns that an outcome has before its step's name takes them."""


def exit_for(result: CallResult) -> ExitCode:
    """OK for a complete transcript, INCOMPLETE for everything else."""
    return ExitCode.OK if result.verdict.kind is VerdictKind.COMPLETE else ExitCode.INCOMPLETE


def say_result(result: CallResult, *, as_json: bool) -> None:
    """The verdict with its gaps, or the whole result as JSON."""
    if as_json:
        say_json(result)
        return
    console = stdout()
    for line in verdict_lines(result.verdict):
        console.print(line, soft_wrap=True)
    if result.problem is not None and result.problem.advice:
        console.print(Text(f"  {one_line(result.problem.advice)}"), soft_wrap=True)


def verdict_lines(verdict: Verdict) -> list[Text]:
    """`complete: …` and a line for each gap."""
    lines = [Text.assemble((verdict.kind, _STYLES[verdict.kind]), f": {one_line(verdict.reason)}")]
    for gap in verdict.gaps:
        start, end = (f"{instant.astimezone():%H:%M:%S}" for instant in (gap.start, gap.end))
        note = f" ({one_line(gap.note)})" if gap.note else ""
        lines.append(Text(f"  gap {start} to {end} ({seconds(gap.end - gap.start)}): {gap.cause}{note}"))
    return lines


class StepsTable:
    """Each step with how long it took and how it came out, in any width: where there is little, the name folds first."""

    def __init__(self, steps: tuple[Step, ...]) -> None:
        self._rows = [
            (
                Text(step.name),
                Text(seconds(step.finished_at - step.started_at) if step.finished_at else "…"),
                Text(one_line(step.outcome)),
            )
            for step in steps
        ]

    def __rich_console__(self, _: Console, options: ConsoleOptions) -> RenderResult:
        name, took, outcome = (
            max((cell.cell_len for cell in column), default=0) for column in zip(*self._rows, strict=True)
        )
        left = max(options.max_width - took - 2 * BETWEEN, 2)
        outcome = min(outcome, max(left - name, min(left // 2, _OUTCOME)))
        table = Table.grid(padding=(0, BETWEEN), pad_edge=False)
        table.add_column(width=min(name, left - outcome), overflow="fold")
        table.add_column(width=took, justify="right", no_wrap=True)
        table.add_column(width=outcome, overflow="fold", style="dim")
        for row in self._rows:
            table.add_row(*row)
        yield table


def seconds(span: timedelta) -> str:
    """`0.42 s`, `12.3 s`, `4 min 05 s`, `2 h 03 min`: as exact as a person wants it."""
    total = max(span.total_seconds(), 0.0)
    if total < 10:
        return f"{total:.2f} s"
    if total < 60:
        return f"{total:.1f} s"
    if total < 3600:
        return f"{int(total) // 60} min {int(total) % 60:02d} s"
    return f"{int(total) // 3600} h {int(total) % 3600 // 60:02d} min"
