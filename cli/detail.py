"""One call in full, for `show`: a running one by its status, a finished one by its result."""

from datetime import UTC, datetime

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from callscribe.acs.identifiers import readable
from callscribe.contracts.errors import Problem
from callscribe.contracts.status import CallResult, CallStatus, StreamStatus
from cli.console import say_json, stdout
from cli.outcome import seconds, steps_table, verdict_lines
from cli.session import ui_url


def say_status(status: CallStatus, *, as_json: bool) -> None:
    """Where a running call stands, on standard output."""
    if as_json:
        say_json(status)
    else:
        stdout().print(status_view(status, datetime.now(UTC)))


def say_end(result: CallResult, participants: dict[str, str], *, as_json: bool, amending: bool = False) -> None:
    """What a call ended with, on standard output; `amending` while a later revision is under way."""
    if as_json:
        say_json(result)
    else:
        stdout().print(end_view(result, participants, amending=amending))


def status_view(status: CallStatus, now: datetime) -> Group:
    """A running call, as blocks that fit any width."""
    facts = [
        ("call", status.key),
        ("state", f"{status.state}, transcription {status.transcription}, locale {status.locale}"),
        ("started", f"{_clock(status.started_at)}, {seconds((status.ended_at or now) - status.started_at)} ago"),
        ("connected", _clock(status.connected_at) if status.connected_at else ""),
        ("connection", status.call_connection_id or ""),
        ("correlation", status.correlation_id or ""),
        ("segments", str(status.segments)),
        ("runs", str(status.runs) if status.runs > 1 else ""),
        ("web UI", ui_url(status.key)),
    ]
    parts: list[RenderableType] = [*(verdict_lines(status.verdict) if status.verdict else ()), _facts(facts)]
    parts += _block("Participants", _participants(status.participants), shown=bool(status.participants))
    parts += _block("Streams", _streams(status.streams), shown=bool(status.streams))
    parts += _block("Steps", steps_table(status.steps), shown=bool(status.steps))
    parts += _problem(status.problem)
    return Group(*parts)


def end_view(result: CallResult, participants: dict[str, str], *, amending: bool = False) -> Group:
    """A finished call; its verdict comes first."""
    connected = ""
    revision = f"revision {result.revision}" + (f"; more has come, revision {result.revision + 1} follows" * amending)
    if result.connected_at:
        connected = f"{_clock(result.connected_at)}, for {seconds(result.ended_at - result.connected_at)}"
    facts = [
        ("call", result.key),
        ("started", _clock(result.started_at)),
        ("connected", connected),
        ("ended", _clock(result.ended_at) + (f": {result.end_reason}" if result.end_reason else "")),
        ("connection", result.call_connection_id or ""),
        ("locale", result.locale),
        ("segments", f"{result.segments} ({revision})"),
        ("web UI", ui_url(result.key)),
    ]
    parts: list[RenderableType] = [*verdict_lines(result.verdict), _facts(facts)]
    parts += _block("Participants", _participants(participants), shown=bool(participants))
    parts += _block("Steps", steps_table(result.steps), shown=bool(result.steps))
    parts += _problem(result.problem)
    return Group(*parts)


def _facts(facts: list[tuple[str, str]]) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in facts:
        if value:
            table.add_row(name, Text(value))
    return table


def _block(title: str, content: RenderableType, *, shown: bool) -> list[RenderableType]:
    return [Text(f"\n{title}", style="bold"), content] if shown else []


def _participants(participants: dict[str, str]) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(style="dim", overflow="fold")
    for raw_id, name in participants.items():
        table.add_row(Text(name or readable(raw_id)), Text(raw_id))
    return table


def _streams(streams: tuple[StreamStatus, ...]) -> Table:
    table = Table.grid(padding=(0, 2))
    for stream in streams:
        until = _clock(stream.closed_at) if stream.closed_at else "now"
        told = f"{stream.mark} of {stream.last_seq}" if stream.last_seq is not None else str(stream.mark)
        table.add_row(
            Text(stream.id), f"{_clock(stream.opened_at)} to {until}", f"chunks {told}", f"{stream.segments} segments"
        )
    return table


def _problem(problem: Problem | None) -> list[RenderableType]:
    if problem is None:
        return []
    told = Text.assemble(("\nproblem ", "bold yellow"), problem.message)
    return [told, Text(problem.advice)] if problem.advice else [told]


def _clock(instant: datetime) -> str:
    return f"{instant.astimezone():%Y-%m-%d %H:%M:%S}"
