"""The call as one run of the workflow holds it: the ledger, what arrived in this run, and how both are waited for."""

from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

from temporalio import workflow
from temporalio.common import RawValue, SearchAttributeKey, SearchAttributeUpdate
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from callscribe.acs.locales import same_locale
    from callscribe.contracts import names
    from callscribe.contracts.call import CallRequest
    from callscribe.contracts.chunks import CallEvent
    from callscribe.contracts.commands import HangUp
    from callscribe.contracts.errors import ErrorType, Problem
    from callscribe.transcript.facts import Verdict
    from callscribe.transcript.model import Segment
    from workflows import events, ledger, outward, view
    from workflows.quarantine import quarantined
    from workflows.waiting import until

_STATE = SearchAttributeKey.for_keyword(names.ATTRIBUTE_STATE)
_LOCALE = SearchAttributeKey.for_keyword(names.ATTRIBUTE_LOCALE)
_CONNECTION = SearchAttributeKey.for_keyword(names.ATTRIBUTE_CONNECTION)
_VERDICT = SearchAttributeKey.for_keyword(names.ATTRIBUTE_VERDICT)
_PARTICIPANTS = SearchAttributeKey.for_int(names.ATTRIBUTE_PARTICIPANTS)
_HAS_GAP = SearchAttributeKey.for_bool(names.ATTRIBUTE_HAS_GAP)
_STARTED = SearchAttributeKey.for_datetime(names.ATTRIBUTE_STARTED)


TAIL = 50
"""Newest segments that the `transcript` query shows; they live in memory only and are not carried to the next run."""
LAST_WORDS = 3
"""Of these, the ones that the current details show where the request allows it."""
_INTERRUPTIONS = "interrupted streams"
"""Calls that have had such an event before it was told apart from others go on by its type."""


class Call:
    """The mutable centre of a run; the parts that act on the call share it."""

    def __init__(self, key: str, request: CallRequest) -> None:
        self.key = key
        self.request = request
        self.state = request.carried or ledger.fresh(request, workflow.now())
        self.verdict: Verdict | None = None
        self.starting = False
        self.hang_up_wanted: HangUp | None = None
        self.signals = 0
        """Signals that this run has taken."""
        self.arrived: Counter[str] = Counter()
        """How many events of each meaning this run has seen, repeats not counted."""
        self.tail: deque[Segment] = deque(maxlen=TAIL)
        self._early: list[CallEvent] = []
        self._shown: view.Attributes | None = None

    def is_over(self) -> bool:
        """Whether the call has ended."""
        return self.state.ended_at is not None

    def is_end_wanted(self) -> bool:
        """Whether the call is over or somebody wants it to be."""
        return self.is_over() or self.hang_up_wanted is not None

    @property
    def connection_id(self) -> str:
        """The call connection id. Raises `ApplicationError` (REFUSED) while ACS has not answered yet."""
        if self.state.call_connection_id is None:
            raise refusal("the call has no connection yet", "wait until its state is 'connected'")
        return self.state.call_connection_id

    def take_event(self, event: CallEvent) -> None:
        """An event has come. One that is ahead of the answer to its own request waits until that answer is there.

        Whoever has taken some of them, or set some aside, shows the call.
        """
        if self.state.call_connection_id is None:
            self._early.append(event)
            return
        before, meant = self.state, events.meaning(event)
        if meant != event.type and not workflow.patched(_INTERRUPTIONS):
            meant = event.type
        self.state = ledger.with_event(self.state, event, meant)
        if self.state is not before:
            self.arrived[meant] += 1

    def take_early_events(self) -> None:
        """The connection is known now (or never will be): what came before it is taken."""
        early, self._early = self._early, []
        for event in early:
            self.take_event(event)
        self.show()

    @property
    def early_connection_id(self) -> str | None:
        """The connection id that early events name, where ACS's answer itself was lost."""
        return next((event.call_connection_id for event in self._early if event.call_connection_id), None)

    @asynccontextmanager
    async def step(self, name: str) -> AsyncIterator[None]:
        """A step of the call's life, timed; it is noted as failed if it raises."""
        self.state = ledger.step_begun(self.state, name, workflow.now())
        self.show()
        # No `finally`: it would also run when Temporal throws an idle workflow out of memory, outside of its event loop.
        try:
            yield
        except ApplicationError as error:
            self._finish(name, f"failed: {error.message}")
            raise
        self._finish(name, "done")

    def _finish(self, name: str, outcome: str) -> None:
        self.state = ledger.step_finished(self.state, name, workflow.now(), outcome)
        self.show()

    async def until(
        self, condition: Callable[[], bool], within: timedelta | None = None, summary: str | None = None
    ) -> bool:
        """Wait durably for `condition`; False if `within` passes first."""
        return await until(condition, within, summary)

    async def confirmed(
        self, event_types: tuple[str, ...], seen: Counter[str], wanted: str, locale: str | None = None
    ) -> bool:
        """Wait for one of `event_types` beyond those counted in `seen` (taken before the request was sent).

        True when it came. False when it stayed away but ACS, asked, says that the subscription is `wanted`, and in no
        other `locale` where that is given. Raises `ApplicationError`: TRANSCRIPTION_FAILED with ACS's reason, or REFUSED
        when the call ended first, or is to end.
        """

        def come() -> bool:
            return any(self.arrived[each] > seen[each] for each in event_types)

        def failed() -> bool:
            return self.arrived[events.FAILED] > seen[events.FAILED]

        limit = self.request.limits.transcription_timeout
        await self.until(lambda: come() or failed() or self.is_end_wanted(), limit, f"wait for {event_types[0]}")
        if come():
            return True
        if failed():
            problem = self.state.problem or Problem(message="transcription failed")
            raise ApplicationError(problem.message, problem, type=ErrorType.TRANSCRIPTION_FAILED)
        if self.is_end_wanted():
            raise refusal(f"the call ended before {event_types[0]} came", "")
        snapshot = await outward.ask(self.connection_id, f"{event_types[0]} stays away")
        in_another = bool(locale and snapshot.locale and not same_locale(locale, snapshot.locale))
        if snapshot.exists and snapshot.transcription == wanted and not in_another:
            return False
        problem = Problem(
            message=f"{event_types[0]} did not come within {limit.total_seconds():.0f} s; "
            f"ACS says that transcription is {snapshot.transcription or 'unknown'}"
            + (f" in {snapshot.locale}" if in_another else ""),
            advice="Check that ingest's public HTTP address can be reached from outside.",
        )
        raise ApplicationError(problem.message, problem, type=ErrorType.TRANSCRIPTION_FAILED)

    def note(self, problem: Problem, error_type: str | None = None) -> None:
        """Keep the last thing that went wrong, for everybody who looks at the call."""
        self.state = self.state.model_copy(update={"problem": problem, "problem_type": error_type})
        self.show()

    def set_aside(self, signal: str, payloads: Sequence[RawValue], error: Exception | None) -> None:
        """A signal cannot be read; the call goes on."""
        self.state = ledger.set_aside(self.state, quarantined(signal, payloads, error))

    def show(self) -> None:
        """Bring search attributes and current details up to date; attributes cost an event, so only on change."""
        gaps = view.gaps(self.state, workflow.now(), self.verdict)
        workflow.set_current_details(view.details(self.request, self.state, self.verdict, gaps, self.last_words()))
        before, now = self._shown, view.attributes(self.request, self.state, self.verdict, gaps)
        if now == before:
            return
        self._shown = now
        updates: list[SearchAttributeUpdate[Any]] = [
            _STATE.value_set(now.state),
            _LOCALE.value_set(now.locale),
            _PARTICIPANTS.value_set(now.participants),
            _HAS_GAP.value_set(now.has_gap),
        ]
        if before is None:
            updates.append(_STARTED.value_set(self.state.started_at))
        if now.connection:
            updates.append(_CONNECTION.value_set(now.connection))
        if self.verdict:
            updates.append(_VERDICT.value_set(self.verdict.kind))
        workflow.upsert_search_attributes(updates)

    def last_words(self) -> tuple[Segment, ...]:
        """What the current details may show of the transcript."""
        return tuple(self.tail)[-LAST_WORDS:] if self.request.words_in_details else ()

    def remaining(self, limit: timedelta, since: datetime) -> timedelta:
        """How much of `limit`, counted from `since`, is left."""
        return limit - (workflow.now() - since)


def refusal(reason: str, advice: str) -> ApplicationError:
    """A command that does not fit the state of the call, with what to do instead."""
    message = f"{reason}: {advice}" if advice else reason
    return ApplicationError(message, Problem(message=reason, advice=advice), type=ErrorType.REFUSED, non_retryable=True)
