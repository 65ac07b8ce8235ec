"""Made-up calls for the audit: what was said, when sockets lived, and what was stored of it."""

from collections.abc import Sequence
from datetime import UTC, datetime

from callscribe.transcript.facts import Counts, Gap, GapCause, Verdict, VerdictKind
from callscribe.transcript.model import Segment, Stream
from cli.chaos.audit import Evidence
from emulator.calls.record import EndedBy, Fate
from emulator.control_models import ActiveTime, CallRecord, SaidFinal, SocketLife

BEGIN = 1_750_000_000.0
ANA = "4:+12025550147"


def instant(second: float) -> datetime:
    """`second` of the call."""
    return datetime.fromtimestamp(BEGIN + second, UTC)


def said(second: float, *, stream: int = 1, fate: Fate = "sent", participant: str = ANA) -> SaidFinal:
    """A final of the call's second `second`; its text and offset name that."""
    sent = fate == "sent"
    return SaidFinal(
        participant=participant,
        text=f"at {second}",
        said_at=BEGIN + second,
        fate=fate,
        stream=stream if sent else 0,
        offset=round(second * 10_000_000) if sent else None,
        subscription="sub" if sent else None,
    )


def socket(stream: int, opened: float, ended: float, by: EndedBy) -> SocketLife:
    """A socket's life, in seconds of the call."""
    return SocketLife(stream=stream, opened_at=BEGIN + opened, ended_at=BEGIN + ended, ended_by=by)


def stored(final: SaidFinal, position: int) -> Segment:
    """The row that the store has of a final."""
    return Segment(
        stream=f"s{final.stream}",
        position=position,
        participant=final.participant,
        text=final.text,
        offset=final.offset or 0,
        duration=1_000_000,
        subscription=final.subscription,
        received_at=datetime.fromtimestamp(final.said_at, UTC),
    )


def gap(start: float, end: float, cause: GapCause = GapCause.STREAM_INTERRUPTED) -> Gap:
    """A gap of a verdict, in seconds of the call."""
    return Gap(start=instant(start), end=instant(end), cause=cause)


def verdict(kind: VerdictKind, count: int, *gaps: Gap) -> Verdict:
    """A verdict that counts `count` segments."""
    return Verdict(kind=kind, reason="", gaps=gaps, counts=Counts(received=count, stored=count))


def evidence(
    finals: Sequence[SaidFinal],
    kept: Sequence[Segment],
    judged: Verdict | None,
    *sockets: SocketLife,
    lines: int | None = None,
    ingest_deaths: Sequence[float] = (),
    active: Sequence[tuple[float, float]] = ((0.0, 60.0),),
) -> Evidence:
    """A call of 60 seconds that was transcribed all the time, unless `active` says otherwise."""
    return Evidence(
        key="c",
        record=CallRecord(
            finals=list(finals),
            sockets=list(sockets),
            active=[ActiveTime(start=BEGIN + start, end=BEGIN + end) for start, end in active],
        ),
        lines=len(finals) if lines is None else lines,
        segments=kept,
        streams=[
            Stream(id=f"s{life.stream}", opened_at=datetime.fromtimestamp(life.opened_at, UTC)) for life in sockets
        ],
        verdict=judged,
        problem="" if judged else "it went away",
        ingest_deaths=[BEGIN + death for death in ingest_deaths],
    )
