"""The life of a call: connecting, in call, draining, sealed; and when a run of the workflow gives way to the next."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from callscribe.contracts.call import StartMode
    from callscribe.contracts.carried import CarriedState, Phase, TranscriptionChange
    from callscribe.contracts.commands import HangUp
    from callscribe.contracts.errors import ErrorType
    from callscribe.contracts.status import CallResult
    from callscribe.contracts.steps import SealTranscript
    from callscribe.transcript.completeness import judge
    from callscribe.transcript.facts import VerdictKind
    from callscribe.transcript.model import Stream
    from workflows import evidence, ledger, outward, view, webhooks
    from workflows.call import Call
    from workflows.compacting import compacted
    from workflows.connection import Connection
    from workflows.healer import Healer
    from workflows.hearing import Hearing
    from workflows.storing import Storing
    from workflows.transcription import Transcription

RENEW_AT_EVENTS = 2000
"""History events after which a run continues as new, whatever the count of signals."""
RENEW_AT_BYTES = 512 * 1024
"""Bytes of history likewise, without what the run began with: large chunks cost a replay more than their number says, and
a replay stays under a second.
"""

LEAVE_AT_EVENTS = 40_000
"""History events, and bytes, at which a run ends though words wait for the store: soon Temporal itself would end the call,
at 51,200 events or 50 MiB. Ingest has the words until a receipt says that they are stored, and sends them again.
"""
LEAVE_AT_BYTES = 40 * 1024 * 1024

REASON_WITHIN = timedelta(seconds=2)
"""From the end of a call that never connected to the event that says why: ACS sends both, in either order."""


class Life:
    """Leads one call through its phases. `cancel` makes it end the call."""

    def __init__(
        self,
        call: Call,
        connection: Connection,
        transcription: Transcription,
        storing: Storing,
        hearing: Hearing,
        turn: asyncio.Lock,
    ) -> None:
        self._call = call
        self._connection = connection
        self._transcription = transcription
        self._storing = storing
        self._hearing = hearing
        self._turn = turn
        self._healer = Healer(call, transcription, storing, turn)
        self._cancelled = False
        self._began_with = workflow.info().get_current_history_size()

    def cancel(self) -> None:
        """Temporal has asked the workflow to stop: hang up, drain and seal."""
        self._cancelled = True
        self._call.hang_up_wanted = HangUp()

    async def live(self) -> CallResult | CarriedState:
        """The phases of the call, from the one that the ledger is in. A `CarriedState` asks for a new run."""
        call = self._call
        call.show()
        if call.state.phase is Phase.CONNECTING:
            await self._connection.establish()
            self._enter(Phase.IN_CALL)
        if call.state.phase is Phase.IN_CALL:
            if not await self._hold_call():
                return self._carry()
            call.state = call.state.model_copy(
                update={"drain_deadline": workflow.now() + call.request.limits.drain_timeout}
            )
            self._enter(Phase.DRAINING)
        if not await self._drain():
            return self._carry()
        return await self._seal()

    def _enter(self, phase: Phase) -> None:
        self._call.state = self._call.state.model_copy(update={"phase": phase})
        self._call.show()

    async def _tend_transcription(self) -> None:
        """Beside the call: begin transcription, then bring it back whenever it fails."""
        await workflow.wait_condition(lambda: self._call.is_over() or not self._call.is_end_wanted())
        if not self._call.is_over():
            await self._begin_transcription()
            await self._healer.run()

    async def _begin_transcription(self) -> None:
        call = self._call
        mode = call.request.transcription.start
        if mode is StartMode.ON_REQUEST or call.state.start_wanted:
            return
        async with self._turn:
            try:
                await self._transcription.begin(mode)
            except ApplicationError as error:
                call.note(outward.problem_in(error), error.type)
                if not call.is_over() and ledger.latest_change(call.state) is not TranscriptionChange.FAILED:
                    # No event said so: from here on the healer knows what to do.
                    call.state = ledger.with_transition(
                        call.state, workflow.now(), TranscriptionChange.FAILED, error.message
                    )

    async def _hold_call(self) -> bool:
        """Until the call is over; False when a new run is due first."""
        call, connection = self._call, self._connection
        tending = asyncio.create_task(self._tend_transcription())
        while not call.is_over():
            if tending.done():
                tending.result()
            left = call.remaining(call.request.limits.max_duration, call.state.started_at)
            # The deadline first: where a new run is due, and has to wait, the condition is true all the time.
            in_time = call.is_end_wanted() or (
                left > timedelta(0)
                and await call.until(
                    lambda: call.is_end_wanted() or self._is_renewal_due() or tending.done(),
                    left,
                    "the longest that a call may last",
                )
            )
            if not in_time:
                call.hang_up_wanted = HangUp()
            if call.hang_up_wanted is not None:
                # Not in turn: a hang-up does not wait for a start that may never be confirmed.
                await connection.end()
                if self._cancelled or not in_time:
                    # Nobody is left to try again: the verdict must not wait for a hang-up that ACS will not take.
                    said = connection.hang_up_problem.message if connection.hang_up_problem else "hung up"
                    call.state = ledger.ended(call.state, workflow.now(), f"given up: {said}")
            elif self._is_renewal_due() and await self._quiet_for_renewal(call.is_end_wanted, left):
                return False
        return True

    async def _drain(self) -> bool:
        """Until all that was said is stored, or the deadline has passed; False when a new run is due first."""
        call = self._call
        deadline = call.state.drain_deadline or workflow.now()
        async with call.step("wait for the last words"):
            while not self._is_drained():
                left = deadline - workflow.now()
                if left <= timedelta(0):
                    break
                await call.until(lambda: self._is_drained() or self._is_renewal_due(), left, "wait for the last words")
                if self._is_renewal_due() and await self._quiet_for_renewal(
                    self._is_drained, deadline - workflow.now()
                ):
                    return False
        return True

    def _is_drained(self) -> bool:
        state = self._call.state
        was_on = any(transition.change is TranscriptionChange.ON for transition in state.transitions)
        # With words left to ingest, a stream may be known to it alone: it gets the whole time to say so.
        return self._storing.is_whole() and (bool(state.streams) or not was_on) and not state.words_left

    def _is_renewal_due(self) -> bool:
        info = workflow.info()
        return (
            self._call.signals >= self._call.request.limits.continue_as_new_after
            or info.get_current_history_length() >= RENEW_AT_EVENTS
            or info.get_current_history_size() - self._began_with >= RENEW_AT_BYTES
            or info.is_continue_as_new_suggested()
        )

    def _is_taken_in(self) -> bool:
        return self._storing.is_idle() and self._hearing.is_idle()

    def _must_leave(self) -> bool:
        info = workflow.info()
        return self._storing.is_held_up and (
            info.get_current_history_length() >= LEAVE_AT_EVENTS or info.get_current_history_size() >= LEAVE_AT_BYTES
        )

    def _is_quiet(self) -> bool:
        stored = self._storing.is_idle() or self._must_leave()
        return stored and self._hearing.is_idle() and not self._turn.locked() and workflow.all_handlers_finished()

    async def _quiet_for_renewal(self, moot: Callable[[], bool], within: timedelta) -> bool:
        """Wait for a moment at which nothing is under way; False if there is something better to do first."""
        await self._call.until(lambda: self._is_quiet() or moot(), within, "continue as new")
        return self._is_quiet() and not moot()

    def _carry(self) -> CarriedState:
        state = self._call.state
        left = state.words_left or not self._storing.is_idle()
        return compacted(state).model_copy(update={"runs": state.runs + 1, "words_left": left})

    async def _seal(self) -> CallResult:
        """Write the end, with its verdict; again if more has come meanwhile."""
        call = self._call
        revision = 0
        self._storing.is_sealing = True
        await workflow.wait_condition(lambda: not self._turn.locked())
        if call.state.connected_at is None and call.state.failure is None:
            await call.until(lambda: call.state.failure is not None, REASON_WITHIN, "wait for why it never connected")
        while True:
            await workflow.wait_condition(self._is_taken_in)
            revision += 1
            call.state = webhooks.forget(call.state)
            facts = evidence.facts(call.state, workflow.now())
            verdict = judge(facts)
            result = view.result(call.key, call.state, verdict, revision, workflow.now())
            await outward.seal(
                SealTranscript(
                    key=call.key,
                    request=call.request.model_copy(update={"carried": None}),
                    result=result,
                    participants=view.participants(call.request, call.state),
                    streams=tuple(
                        Stream(
                            id=each.id,
                            opened_at=each.opened_at,
                            closed_at=each.closed_at,
                            close_reason=each.close_reason or None,
                        )
                        for each in call.state.streams
                    ),
                    facts=facts,
                )
            )
            call.verdict = verdict
            call.show()
            await workflow.wait_condition(workflow.all_handlers_finished)
            if self._is_taken_in() and evidence.facts(call.state, workflow.now()) == facts:
                break
            call.verdict = None
        if verdict.kind is VerdictKind.FAILED:
            raise ApplicationError(verdict.reason, result, type=ErrorType.CALL_FAILED, non_retryable=True)
        return result
