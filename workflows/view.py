"""What is shown of a call: its state in one word, the answer of the status query, the details in Temporal's web UI."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from callscribe.acs.identifiers import readable
from callscribe.acs.locales import told_in_turn
from callscribe.contracts.call import CallRequest
from callscribe.contracts.carried import CarriedState, Phase, TranscriptionChange
from callscribe.contracts.status import CallResult, CallState, CallStatus, StreamStatus, TranscriptionState
from callscribe.transcript.completeness import judge
from callscribe.transcript.facts import Gap, Verdict, VerdictKind
from callscribe.transcript.model import Segment
from callscribe.transcript.spans import duration_text
from workflows import evidence, ledger

T = TypeVar("T")
_TRANSCRIPTION = {
    None: TranscriptionState.OFF,
    TranscriptionChange.ON: TranscriptionState.ON,
    TranscriptionChange.OFF: TranscriptionState.STOPPED,
    TranscriptionChange.PAUSED: TranscriptionState.PAUSED,
    TranscriptionChange.RESTARTING: TranscriptionState.STARTING,
    TranscriptionChange.FAILED: TranscriptionState.FAILED,
    TranscriptionChange.CEASED: TranscriptionState.STOPPED,
    TranscriptionChange.INTERRUPTED: TranscriptionState.ON,
}
_UNDER_WAY = (TranscriptionState.ON, TranscriptionState.PAUSED, TranscriptionState.STARTING)
"""What the end of the call ends."""
SHOWN = 50
"""Streams, and gaps, that the details name; the newest. They are written anew at every step of the call."""
_IN_CALL = {
    TranscriptionState.ON: CallState.TRANSCRIBING,
    TranscriptionState.PAUSED: CallState.PAUSED,
    TranscriptionState.STOPPED: CallState.STOPPED,
}


def transcription_state(state: CarriedState, *, starting: bool = False) -> TranscriptionState:
    """What transcription is doing; `starting` while a start is under way."""
    if starting:
        return TranscriptionState.STARTING
    doing = _TRANSCRIPTION[ledger.latest_change(state)]
    return TranscriptionState.STOPPED if state.ended_at and doing in _UNDER_WAY else doing


def call_state(state: CarriedState, verdict: Verdict | None = None) -> CallState:
    """Where the call stands, in one word."""
    if verdict is not None:
        return CallState.FAILED if verdict.kind is VerdictKind.FAILED else CallState.SEALED
    if state.phase is Phase.DRAINING or state.ended_at:
        return CallState.DRAINING
    if state.connected_at is None:
        return CallState.CONNECTING
    return _IN_CALL.get(transcription_state(state), CallState.CONNECTED)


@dataclass(frozen=True, slots=True)
class Attributes:
    """What calls are searched by in Temporal's web UI."""

    state: CallState
    locale: str
    connection: str | None
    participants: int
    has_gap: bool
    """Whether something that nobody asked to leave out is known to be missing."""
    verdict: VerdictKind | None


def gaps(state: CarriedState, now: datetime, verdict: Verdict | None) -> tuple[Gap, ...]:
    """What is missing as far as is known at `now`, pauses included; of an ended call, what the verdict says."""
    return verdict.gaps if verdict else judge(evidence.facts_so_far(state, now)).gaps


def attributes(request: CallRequest, state: CarriedState, verdict: Verdict | None, known: Sequence[Gap]) -> Attributes:
    """The search attributes of a call with these gaps."""
    return Attributes(
        state=call_state(state, verdict),
        locale=state.locale,
        connection=state.call_connection_id,
        participants=len(participants(request, state)),
        has_gap=any(gap.is_loss for gap in known),
        verdict=verdict.kind if verdict else None,
    )


def participants(request: CallRequest, state: CarriedState) -> dict[str, str]:
    """Everybody known to be on the call or named by the caller."""
    return {**dict.fromkeys(state.participants, ""), **request.participants}


def status(
    key: str, request: CallRequest, state: CarriedState, now: datetime, *, starting: bool, verdict: Verdict | None
) -> CallStatus:
    """The answer of the `status` query at `now`."""
    return CallStatus(
        key=key,
        state=call_state(state, verdict),
        transcription=transcription_state(state, starting=starting),
        locale=state.locale,
        locales=state.locales,
        call_connection_id=state.call_connection_id,
        server_call_id=state.server_call_id,
        correlation_id=state.correlation_id,
        participants=participants(request, state),
        started_at=state.started_at,
        connected_at=state.connected_at,
        ended_at=state.ended_at,
        segments=state.counts.stored,
        intervals=evidence.intervals_so_far(state, now),
        gaps=gaps(state, now, verdict),
        streams=state.streams,
        steps=state.steps,
        problem=state.problem,
        verdict=verdict,
        quarantined=state.quarantine,
        runs=state.runs,
    )


def result(key: str, state: CarriedState, verdict: Verdict, revision: int, now: datetime) -> CallResult:
    """What the call ends with."""
    return CallResult(
        key=key,
        verdict=verdict,
        revision=revision,
        call_connection_id=state.call_connection_id,
        server_call_id=state.server_call_id,
        locale=state.locales[-1].locale if state.locales else state.locale,
        locales=state.locales,
        started_at=state.started_at,
        connected_at=state.connected_at,
        ended_at=state.ended_at or now,
        end_reason=state.end_reason,
        segments=state.counts.stored,
        steps=state.steps,
        problem=state.problem,
    )


def details(
    request: CallRequest,
    state: CarriedState,
    verdict: Verdict | None,
    gaps: Sequence[Gap],
    words: Sequence[Segment] = (),
) -> str:
    """The "current details" of the workflow in Temporal's web UI, in Markdown. Of what was said only `words` are in it."""
    rows = [
        ("Call", call_state(state, verdict)),
        ("Transcription", transcription_state(state)),
        ("Locale", _locales(state)),
        ("Call connection", state.call_connection_id or "-"),
        ("Connected", _instant(state.connected_at)),
        ("Ended", f"{_instant(state.ended_at)} {state.end_reason}".strip()),
        (
            "Segments",
            f"{state.counts.stored} stored, {state.counts.duplicates} repeats, {state.counts.unreadable} unreadable",
        ),
        ("Participants", ", ".join(name or readable(raw) for raw, name in participants(request, state).items()) or "-"),
    ]
    if state.problem:
        rows.append(("Last problem", f"{state.problem.message} {state.problem.advice}".strip()))
    if verdict:
        rows.insert(0, ("**Verdict**", f"**{verdict.kind}**: {verdict.reason}"))
    lines = ["| | |", "|---|---|", *(f"| {name} | {_cell(value)} |" for name, value in rows)]
    if state.streams:
        # A list: the web UI draws tables without any space between columns.
        lines += _newest("Streams", state.streams, _described)
    if gaps:
        lines += _newest("Gaps" if verdict else "Gaps so far", gaps, _gap)
    if words:
        names = participants(request, state)
        lines += ["", "**Last words**", ""]
        lines += [f"- {_name(names, each.participant)}: {_cell(each.text)}" for each in words]
    return "\n".join(lines)


def _locales(state: CarriedState) -> str:
    """Those in force so far; one that waits for the next start is in force nowhere."""
    told = told_in_turn(each.locale for each in state.locales) or state.locale
    waits = ledger.awaits_its_locale(state) and state.ended_at is None
    return f"{told}; {state.locale} from the next start on" if waits else told


def _newest(title: str, items: Sequence[T], written: Callable[[T], str]) -> list[str]:
    before = len(items) - SHOWN
    told = [f"- and {before} before these"] if before > 0 else []
    return ["", f"**{title}**", "", *told, *(f"- {written(each)}" for each in items[-SHOWN:])]


def _name(names: dict[str, str], raw: str) -> str:
    return _cell(names.get(raw) or readable(raw))


def _gap(gap: Gap) -> str:
    length = duration_text(gap.end - gap.start)
    note = f" ({gap.note})" if gap.note else ""
    return _cell(f"{_instant(gap.start)} to {_instant(gap.end)}, {length}: {gap.cause}{note}")


def _described(stream: StreamStatus) -> str:
    chunks = f"{stream.mark} of {stream.last_seq}" if stream.last_seq is not None else f"{stream.mark}"
    until = f"closed {_instant(stream.closed_at)}" if stream.closed_at else "open"
    return f"{stream.id}: opened {_instant(stream.opened_at)}, {until}, {chunks} chunks, {stream.segments} segments"


def _instant(at: datetime | None) -> str:
    return at.strftime("%H:%M:%S") if at else "-"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
