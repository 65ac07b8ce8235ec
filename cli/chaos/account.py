"""The account of a whole run: every figure by the fault it falls under, and in total. Pure."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final

from callscribe.model import Frozen
from cli.chaos.audit import SLACK, Finding, Word
from cli.chaos.havoc import Blow
from cli.chaos.stalls import Wait

CALM: Final = "before the first"
TOTAL: Final = "total"


class Row(Frozen):
    """What fell under one kind of fault: from its blow to the next blow."""

    kind: str
    faults: int = 0
    said: int = 0
    """Finals that the far end spoke."""
    sent: int = 0
    """Of these, handed to a socket; the others were said while no socket was open."""
    accepted: int = 0
    """Of these, made durable by ingest."""
    stored: int = 0
    in_flight: int = 0
    """Sent, not accepted: on their way into an ingest that was killed."""
    lost: int = 0
    """Accepted and not stored."""
    doubled: int = 0
    out_of_order: int = 0
    longest_stall: float = 0.0
    """Seconds that a word waited for the store."""


class CallAccount(Frozen):
    """One call's outcome."""

    key: str
    verdict: str
    said: int
    stored: int
    missing: int
    complaints: tuple[str, ...] = ()


class Account(Frozen):
    """What `callscribe chaos` found."""

    seed: int
    speed: float
    seconds: float
    """How long calls ran under chaos."""
    rows: tuple[Row, ...]
    """One for each kind of fault, and the total last."""
    verdicts: dict[str, int]
    untrue: int
    """Calls whose verdict is not true."""
    calls: tuple[CallAccount, ...]

    @property
    def is_sound(self) -> bool:
        """Whether nothing that was accepted is lost or doubled, all is in order, and every verdict is true."""
        return not any(call.complaints for call in self.calls)


def make_account(
    findings: Sequence[Finding], blows: Sequence[Blow], waits: Sequence[Wait], *, seed: int, speed: float, took: float
) -> Account:
    """Put the findings of all calls together."""
    kind_at = _kind_at(blows)
    kinds = [CALM, *dict.fromkeys(blow.kind.value for blow in blows)]
    rows = [_row(kind, findings, blows, waits, kind_at) for kind in kinds]
    return Account(
        seed=seed,
        speed=speed,
        seconds=round(took, 1),
        rows=(*rows, _total(rows)),
        verdicts=dict(Counter(str(finding.verdict or "none") for finding in findings)),
        untrue=sum(bool(finding.untruths) for finding in findings),
        calls=tuple(
            CallAccount(
                key=finding.key,
                verdict=str(finding.verdict or "none"),
                said=len(finding.words),
                stored=sum(not word.is_missing for word in finding.words),
                missing=sum(word.is_missing for word in finding.words),
                complaints=tuple(finding.complaints()),
            )
            for finding in findings
        ),
    )


def _kind_at(blows: Sequence[Blow]) -> Callable[[float], str]:
    """The fault that an instant falls under: the newest one, counting from a little before its blow."""

    def kind_at(instant: float) -> str:
        struck = [blow for blow in blows if blow.at - SLACK <= instant]
        return struck[-1].kind.value if struck else CALM

    return kind_at


def _row(
    kind: str,
    findings: Sequence[Finding],
    blows: Sequence[Blow],
    waits: Sequence[Wait],
    kind_at: Callable[[float], str],
) -> Row:
    words = [word for finding in findings for word in finding.words if kind_at(word.final.said_at) == kind]
    lengths = [wait.length for wait in waits if kind_at(wait.said_at) == kind]
    return Row(
        kind=kind,
        faults=sum(blow.kind.value == kind for blow in blows),
        said=len(words),
        sent=sum(word.final.fate == "sent" for word in words),
        accepted=sum(word.accepted for word in words),
        stored=sum(not word.is_missing for word in words),
        in_flight=sum(_is_in_flight(word) for word in words),
        lost=sum(word.is_lost for word in words),
        doubled=_count(kind, kind_at, [each.received_at.timestamp() for one in findings for each in one.strays]),
        out_of_order=_count(
            kind, kind_at, [each.received_at.timestamp() for one in findings for each in one.disorders]
        ),
        longest_stall=round(max(lengths, default=0.0), 1),
    )


def _is_in_flight(word: Word) -> bool:
    return word.final.fate == "sent" and not word.accepted


def _count(kind: str, kind_at: Callable[[float], str], instants: Sequence[float]) -> int:
    return sum(kind_at(instant) == kind for instant in instants)


def _total(rows: Sequence[Row]) -> Row:
    summed = {
        name: sum(getattr(row, name) for row in rows)
        for name in ("faults", "said", "sent", "accepted", "stored", "in_flight", "lost", "doubled", "out_of_order")
    }
    return Row(kind=TOTAL, longest_stall=max((row.longest_stall for row in rows), default=0.0), **summed)
