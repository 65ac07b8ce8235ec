"""One call as it is known at the moment, from wherever it is known."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from temporalio.client import WorkflowExecution, WorkflowExecutionStatus
from temporalio.common import SearchAttributeKey

from callscribe.contracts import names
from callscribe.contracts.amendment import SealedCall
from callscribe.contracts.errors import Problem
from callscribe.contracts.status import CallStatus, LocaleInForce, Step, StreamStatus
from callscribe.runtime.store import StoredCall
from callscribe.transcript.facts import Gap, Interval, Verdict
from callscribe.transcript.model import RawId, Stream

UNKNOWN: Final = "unknown"
"""The state of a call of which only the store tells while it runs."""
NO_WORKER: Final = Problem(
    message=f"No worker answers on task queue '{names.TASK_QUEUE}'.",
    advice="Start one with 'callscribe worker'. What is said is kept meanwhile.",
)
TEMPORAL_AWAY: Final = Problem(
    message="Temporal cannot be reached.",
    advice="Start it with 'callscribe dev', or set TEMPORAL_ADDRESS. What is said is kept meanwhile.",
)
TEMPORAL_BUSY: Final = Problem(
    message="Temporal is asked more than it answers at the moment.",
    advice="Look again in a while. What is said is kept meanwhile.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What is known of a call, and equal where there is nothing new."""

    key: str
    live: bool
    state: str
    locale: str | None = None
    locales: tuple[LocaleInForce, ...] = ()
    transcription: str | None = None
    participants: Mapping[RawId, str]
    started_at: datetime
    connected_at: datetime | None = None
    ended_at: datetime | None = None
    end_reason: str = ""
    segments: int = 0
    revision: int = 0
    verdict: Verdict | None = None
    gaps: tuple[Gap, ...] = ()
    has_gap: bool = False
    """Whether something is missing, where the gaps themselves are not known."""
    intervals: tuple[Interval, ...] = ()
    streams: tuple[StreamStatus, ...] = ()
    steps: tuple[Step, ...] = ()
    problem: Problem | None = None
    call_connection_id: str | None = None
    server_call_id: str | None = None
    correlation_id: str | None = None

    @property
    def gap(self) -> bool:
        """Whether something is known to be missing; what somebody paused or stopped is not missing."""
        return self.has_gap or any(gap.is_loss for gap in self.gaps)


def of_status(status: CallStatus, stored: StoredCall | None) -> Look:
    """A running call, with the names that people gave it."""
    verdict = status.verdict
    return Look(
        key=status.key,
        live=verdict is None,
        state=status.state,
        locale=status.locale,
        locales=status.locales,
        transcription=status.transcription,
        participants=_merged(status.participants, stored.participants if stored else {}),
        started_at=status.started_at,
        connected_at=status.connected_at,
        ended_at=status.ended_at,
        segments=max(status.segments, stored.segment_count if stored else 0),
        revision=stored.revision if stored else 0,
        verdict=verdict,
        gaps=verdict.gaps if verdict else status.gaps,
        intervals=status.intervals,
        streams=status.streams,
        steps=status.steps,
        problem=status.problem,
        call_connection_id=status.call_connection_id,
        server_call_id=status.server_call_id,
        correlation_id=status.correlation_id,
    )


def of_store(stored: StoredCall, sealed: SealedCall, streams: Sequence[tuple[Stream, int]] = ()) -> Look:
    """A call as the store has it: sealed, or only begun. `streams` come with how many segments each has."""
    found, result, facts = of_stored_call(stored), sealed.result, sealed.facts
    if result is None:
        return replace(found, live=True, verdict=None, gaps=())
    return replace(
        found,
        locales=result.locales,
        verdict=result.verdict,
        gaps=result.verdict.gaps,
        intervals=facts.transcription if facts else (),
        streams=tuple(
            StreamStatus(
                id=one.id,
                opened_at=one.opened_at,
                closed_at=one.closed_at,
                segments=count,
                close_reason=one.close_reason or "",
            )
            for one, count in streams
        ),
        steps=result.steps,
        problem=result.problem,
        server_call_id=result.server_call_id,
    )


def of_description(key: str, found: WorkflowExecution) -> Look:
    """What Temporal alone knows of a call."""
    known = found.typed_search_attributes

    def attribute(name: str) -> str:
        return known.get(SearchAttributeKey.for_keyword(name)) or ""

    running = found.status is WorkflowExecutionStatus.RUNNING
    ended = "over" if found.status is None else found.status.name.lower()
    return Look(
        key=key,
        live=running,
        state=attribute(names.ATTRIBUTE_STATE) or "waiting for a worker" if running else ended,
        locale=attribute(names.ATTRIBUTE_LOCALE) or None,
        participants={},
        # A call that has run long is several executions; each has a start of its own.
        started_at=known.get(SearchAttributeKey.for_datetime(names.ATTRIBUTE_STARTED)) or found.start_time,
        ended_at=None if running else found.close_time,
        has_gap=bool(known.get(SearchAttributeKey.for_bool(names.ATTRIBUTE_HAS_GAP))),
        call_connection_id=attribute(names.ATTRIBUTE_CONNECTION) or None,
    )


def with_known(untold: Look, known: Look) -> Look:
    """A running call of which its workflow does not tell at the moment, with what was known of it before."""
    is_same = untold.state in (known.state, UNKNOWN)
    return replace(
        untold,
        state=known.state if is_same else untold.state,
        transcription=known.transcription if is_same else None,
        locale=untold.locale or known.locale,
        locales=untold.locales or known.locales,
        participants=_merged(known.participants, untold.participants),
        started_at=min(untold.started_at, known.started_at),
        connected_at=untold.connected_at or known.connected_at,
        ended_at=known.ended_at,
        end_reason=known.end_reason,
        segments=max(untold.segments, known.segments),
        gaps=known.gaps,
        has_gap=untold.has_gap or known.has_gap,
        intervals=known.intervals,
        streams=known.streams,
        steps=known.steps,
        call_connection_id=untold.call_connection_id or known.call_connection_id,
        server_call_id=known.server_call_id,
        correlation_id=untold.correlation_id or known.correlation_id,
    )


def _merged(told: Mapping[RawId, str], stored: Mapping[RawId, str]) -> dict[RawId, str]:
    """Everybody, those that the workflow knows first; a name that the store has was given by somebody and wins."""
    merged = dict(told)
    for raw_id, name in stored.items():
        merged[raw_id] = name or merged.get(raw_id, "")
    return merged


def of_stored_call(stored: StoredCall) -> Look:
    """A call as the store lists it."""
    return Look(
        key=stored.key,
        live=stored.verdict is None,
        state=stored.state or UNKNOWN,
        locale=stored.locale,
        locales=stored.locales,
        participants=stored.participants,
        started_at=stored.started_at,
        connected_at=stored.connected_at,
        ended_at=stored.ended_at,
        end_reason=stored.end_reason,
        segments=stored.segment_count,
        revision=stored.revision,
        verdict=stored.verdict,
        gaps=stored.verdict.gaps if stored.verdict else (),
        call_connection_id=stored.call_connection_id,
        correlation_id=stored.correlation_id,
    )
