"""One call in full, for `show`: a running one by its status, a finished one by its result."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from callscribe.acs.identifiers import readable
from callscribe.acs.locales import in_turn, told_in_turn
from callscribe.contracts.errors import Problem
from callscribe.contracts.status import CallResult, CallStatus, StreamStatus
from callscribe.model import Frozen
from callscribe.runtime.store import Delivery
from callscribe.transcript.facts import Gap
from callscribe.transcript.model import RawId, Stream
from callscribe.transcript.spans import counted
from cli.console import one_line, say_json, show
from cli.gap_words import gap_lines
from cli.outcome import StepsTable, seconds, verdict_lines
from cli.session import ui_url


class Known(Frozen):
    """What the transcript store knows of a call beside what its workflow says."""

    participants: dict[RawId, str] = {}
    streams: tuple[Stream, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    """Messages to webhooks."""
    correlation_id: str | None = None
    amending: bool = False
    """Whether words have come since, and a later revision is under way."""


def say_status(status: CallStatus, known: Known, *, as_json: bool) -> None:
    """Where a running call stands, on standard output."""
    if as_json:
        say_json(status.model_dump(mode="json") | {"deliveries": _dumped(known.deliveries)})
    else:
        show(status_view(status, datetime.now(UTC), known))


def say_end(result: CallResult, known: Known, *, as_json: bool) -> None:
    """What a call ended with, on standard output."""
    if as_json:
        more = {
            "correlation_id": known.correlation_id,
            "participants": known.participants,
            "amending": known.amending,
        }
        lists = {"streams": _dumped(known.streams), "deliveries": _dumped(known.deliveries)}
        say_json(result.model_dump(mode="json") | more | lists)
    else:
        show(end_view(result, known))


def status_view(status: CallStatus, now: datetime, known: Known) -> Group:
    """A running call, as blocks that fit any width."""
    facts = [
        ("call", status.key),
        ("state", f"{status.state}, transcription {status.transcription}, locale {status.locale}"),
        ("locales", _locales_so_far(status)),
        ("started", f"{_clock(status.started_at)}, {seconds(now - status.started_at)} ago"),
        ("connected", _clock(status.connected_at) if status.connected_at else ""),
        ("ended", f"{_clock(status.ended_at)}, {seconds(now - status.ended_at)} ago" if status.ended_at else ""),
        ("connection", status.call_connection_id or ""),
        ("correlation", status.correlation_id or known.correlation_id or ""),
        ("server call", status.server_call_id or ""),
        ("segments", str(status.segments)),
        ("runs", str(status.runs) if status.runs > 1 else ""),
        ("web UI", ui_url(status.key)),
    ]
    return Group(
        *(verdict_lines(status.verdict)[:1] if status.verdict else ()),
        _facts(facts),
        *_problem(status.problem),
        *_gaps("Gaps" if status.verdict else "Gaps so far", status.gaps, status.started_at),
        *_block("Participants", _participants(status.participants)),
        *_block("Streams", map(_stream, status.streams)),
        *_block("Steps", [StepsTable(status.steps)] if status.steps else []),
        *_block("Webhooks", map(_delivery, known.deliveries)),
    )


def _locales_so_far(status: CallStatus) -> str:
    """Those in force until now, where there was more than the one that is named with the state."""
    turns = in_turn(each.locale for each in status.locales)
    return told_in_turn(turns) if turns not in {(), (status.locale,)} else ""


def end_view(result: CallResult, known: Known) -> Group:
    """A finished call; its verdict comes first."""
    connected = ""
    more = f"; more has come, revision {result.revision + 1} follows" if known.amending else ""
    if result.connected_at:
        connected = f"{_clock(result.connected_at)}, for {seconds(result.ended_at - result.connected_at)}"
    facts = [
        ("call", result.key),
        ("started", _clock(result.started_at)),
        ("connected", connected),
        ("ended", _clock(result.ended_at) + (f": {result.end_reason}" if result.end_reason else "")),
        ("connection", result.call_connection_id or ""),
        ("correlation", known.correlation_id or ""),
        ("server call", result.server_call_id or ""),
        ("locale", told_in_turn(each.locale for each in result.locales) or result.locale),
        ("segments", f"{result.segments} (revision {result.revision}{more})"),
        ("web UI", ui_url(result.key)),
    ]
    return Group(
        *verdict_lines(result.verdict)[:1],
        _facts(facts),
        *_problem(result.problem),
        *_gaps("Gaps", result.verdict.gaps, result.started_at),
        *_block("Participants", _participants(known.participants)),
        *_block("Streams", map(_stored_stream, known.streams)),
        *_block("Steps", [StepsTable(result.steps)] if result.steps else []),
        *_block("Webhooks", map(_delivery, known.deliveries)),
    )


def _facts(facts: list[tuple[str, str]]) -> Table:
    table = Table.grid(padding=(0, 2), pad_edge=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in facts:
        if value:
            table.add_row(name, Text(one_line(value)))
    return table


def _block(title: str, content: Iterable[RenderableType]) -> list[RenderableType]:
    """A heading and what is under it; nothing where there is nothing."""
    parts = list(content)
    return [Text(f"\n{title}", style="bold"), *parts] if parts else []


def _gaps(title: str, gaps: tuple[Gap, ...], started: datetime) -> list[RenderableType]:
    return _block(title, gap_lines(gaps, started))


def _participants(participants: dict[RawId, str]) -> list[RenderableType]:
    lines = []
    for raw_id, name in participants.items():
        shown = one_line(name) or one_line(readable(raw_id))
        lines.append(Text.assemble(shown, *([("  " + one_line(raw_id), "dim")] if shown != raw_id else [])))
    return [*lines]


def _stream(stream: StreamStatus) -> Text:
    until = _clock(stream.closed_at, day=False) if stream.closed_at else "now"
    told = f"{stream.mark} of {stream.last_seq}" if stream.last_seq is not None else str(stream.mark)
    why = f", {one_line(stream.close_reason)}" if stream.close_reason else ""
    counts = f"{counted(stream.segments, 'segment')}, chunks {told}{why}"
    return Text.assemble(f"{_clock(stream.opened_at)} to {until}, {counts}", (f"  {stream.id}", "dim"))


def _stored_stream(stream: Stream) -> Text:
    until = f"to {_clock(stream.closed_at, day=False)}" if stream.closed_at else "on"
    why = f", {one_line(stream.close_reason)}" if stream.close_reason else ""
    return Text.assemble(f"{_clock(stream.opened_at)} {until}{why}", (f"  {stream.id}", "dim"))


def _delivery(delivery: Delivery) -> Text:
    style = {"delivered": "green", "failed": "red"}.get(delivery.state, "yellow")
    revision = f", revision {delivery.revision}" if delivery.revision else ""
    tries = counted(delivery.attempts, "attempt")
    answer = f", HTTP {delivery.last_status}" if delivery.last_status else ""
    error = f": {one_line(delivery.last_error)}" if delivery.last_error else ""
    when = _clock(delivery.delivered_at or delivery.updated_at)
    told = f" to {delivery.hook}, {delivery.event}{revision}, {when}, {tries}{answer}{error}"
    return Text.assemble((delivery.state, style), told, (f"  {delivery.id}", "dim"))


def _problem(problem: Problem | None) -> list[RenderableType]:
    if problem is None:
        return []
    told = Text.assemble(("problem ", "bold yellow"), one_line(problem.message))
    return [told, Text(one_line(problem.advice))] if problem.advice else [told]


def _dumped(models: Sequence[Stream | Delivery]) -> list[dict[str, Any]]:
    return [model.model_dump(mode="json") for model in models]


def _clock(instant: datetime, *, day: bool = True) -> str:
    return f"{instant.astimezone():%Y-%m-%d %H:%M:%S}" if day else f"{instant.astimezone():%H:%M:%S}"
