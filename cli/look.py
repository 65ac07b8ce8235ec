"""Look at calls: `list` and `show`."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text
from temporalio.client import Client, RPCError, WorkflowExecution, WorkflowExecutionStatus
from temporalio.common import SearchAttributeKey
from temporalio.service import RPCStatusCode

from callscribe.contracts import names
from callscribe.model import Frozen
from callscribe.runtime.store import StoredTranscript, StoreError
from cli.console import say_json, stdout
from cli.detail import say_end, say_status
from cli.errors import CliError, no_worker
from cli.options import LOOK_PANEL, CallArgument, JsonOption
from cli.outcome import seconds
from cli.session import call_handle, result_of, run, stored_transcript, temporal
from cli.status import known_status

app = typer.Typer()

_STYLES = {
    "transcribing": "green",
    "failed": "red",
    "partial": "yellow",
    "empty": "yellow",
    "complete": "green",
    "paused": "yellow",
}


class CallLine(Frozen):
    """One call in a list."""

    key: str
    state: str
    locale: str
    verdict: str
    started_at: datetime
    ended_at: datetime | None = None

    @property
    def live(self) -> bool:
        """Whether its workflow runs."""
        return self.ended_at is None


@app.command("list", rich_help_panel=LOOK_PANEL, epilog="Example: `callscribe list --live --json`")
def list_calls(
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="At most so many calls.")] = 30,
    live: Annotated[bool, typer.Option("--live", help="Only calls that are under way.")] = False,
    as_json: JsonOption = False,
) -> None:
    """List calls, live ones first, then the newest."""
    lines = run(_list(limit, live_only=live))
    if as_json:
        for line in lines:
            say_json(line)
        return
    console = stdout()
    if not lines:
        console.print("No calls yet. Make one with 'callscribe call +12025550100'.", markup=False)
        return
    console.print(_table(lines, datetime.now(UTC)))


@app.command(rich_help_panel=LOOK_PANEL, epilog="Example: `callscribe show 0192f0c4`")
def show(call: CallArgument, as_json: JsonOption = False) -> None:
    """Show where a call stands, or what it ended with."""
    run(_show(names.call_key(call), as_json=as_json))


async def _list(limit: int, *, live_only: bool) -> list[CallLine]:
    client = await temporal()
    ours = f"WorkflowType = '{names.WORKFLOW}'"
    lines = [line async for line in _lines(client, f"{ours} AND ExecutionStatus = 'Running'", limit)]
    if not live_only and len(lines) < limit:
        over = f"{ours} AND ExecutionStatus != 'Running' AND ExecutionStatus != 'ContinuedAsNew'"
        lines += [line async for line in _lines(client, over, limit - len(lines))]
    return lines


async def _lines(client: Client, query: str, limit: int) -> AsyncIterator[CallLine]:
    async for execution in client.list_workflows(query, limit=limit):
        yield _line(execution)


def _line(execution: WorkflowExecution) -> CallLine:
    def attribute(name: str) -> str:
        return execution.typed_search_attributes.get(SearchAttributeKey.for_keyword(name)) or ""

    state = attribute(names.ATTRIBUTE_STATE)
    running = execution.status is WorkflowExecutionStatus.RUNNING
    if not running and execution.status is not None and execution.status is not WorkflowExecutionStatus.COMPLETED:
        state = execution.status.name.lower()
    return CallLine(
        key=names.call_key(execution.id),
        state=state or ("waiting for a worker" if running else "over"),
        locale=attribute(names.ATTRIBUTE_LOCALE),
        verdict=attribute(names.ATTRIBUTE_VERDICT),
        started_at=execution.start_time,
        ended_at=None if running else execution.close_time,
    )


def _table(lines: list[CallLine], now: datetime) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("CALL", no_wrap=True, overflow="ellipsis", ratio=None)
    for title in ("STATE", "LOCALE", "VERDICT", "STARTED"):
        table.add_column(title, no_wrap=True)
    table.add_column("DURATION", justify="right", no_wrap=True)
    for line in lines:
        table.add_row(
            Text(line.key, style="bold" if line.live else ""),
            Text(line.state, style=_STYLES.get(line.state, "")),
            line.locale,
            Text(line.verdict, style=_STYLES.get(line.verdict, "")),
            f"{line.started_at.astimezone():%Y-%m-%d %H:%M:%S}",
            seconds((line.ended_at or now) - line.started_at),
        )
    return table


async def _show(key: str, *, as_json: bool) -> None:
    client = await temporal()
    handle = call_handle(client, key)
    try:
        running = (await handle.describe()).status is WorkflowExecutionStatus.RUNNING
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        stored = await stored_transcript(key)
        if stored.result is None:
            raise CliError(
                f"Temporal has forgotten call '{key}' before it was sealed; 'callscribe export {key}' has its "
                f"{stored.segment_count} segments."
            ) from error
        amending = stored.revision > stored.result.revision
        say_end(stored.result, stored.participants, as_json=as_json, amending=amending)
        return
    if running:
        status = await known_status(handle)
        if status is None:
            raise no_worker()
        say_status(status, as_json=as_json)
        return
    result, known = await result_of(handle), await _stored(key)
    if known is None:
        say_end(result, {}, as_json=as_json)
        return
    # Words that came after the workflow's end amend the transcript: then the store knows more than the workflow.
    newest = known.result if known.result is not None and known.result.revision > result.revision else result
    say_end(newest, known.participants, as_json=as_json, amending=known.revision > newest.revision)


async def _stored(key: str) -> StoredTranscript | None:
    """What the store knows of a finished call; without it, what the workflow said is still worth showing."""
    try:
        return await stored_transcript(key)
    except (CliError, StoreError):
        return None
