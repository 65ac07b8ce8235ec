"""Brings transcription back when it fails, and asks ACS for the truth when events stay away."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from callscribe.contracts.carried import TranscriptionChange
    from callscribe.contracts.errors import Problem
    from callscribe.contracts.status import TranscriptionState
    from workflows import healing, ledger, outward
    from workflows.call import Call
    from workflows.healing import Remedy
    from workflows.storing import Storing
    from workflows.transcription import Transcription

Act = Callable[[], Awaitable[object]]
Condition = Callable[[], bool]

_NO_STREAM = Problem(
    message="transcription is on, yet no stream is open",
    advice="Check that ingest's public websocket address can be reached from outside (CALLSCRIBE_PUBLIC_WEBSOCKET_URL).",
)

_STOPPED_UNASKED = Problem(message="ACS has stopped transcription, though nobody asked for that")
_UNASKED_STOPS = "unasked stops"
"""Calls that were running before such a stop was looked into go on without."""


class Healer:
    """Watches one call while it lasts. Acts only in `turn`, so never in the middle of somebody's command."""

    def __init__(self, call: Call, transcription: Transcription, storing: Storing, turn: asyncio.Lock) -> None:
        self._call = call
        self._transcription = transcription
        self._storing = storing
        self._turn = turn
        self._minds_stops = False

    async def run(self) -> None:
        """Watch until the call is over."""
        call = self._call
        self._minds_stops = workflow.patched(_UNASKED_STOPS)
        while not call.is_over():
            uncovered = self._uncovered_since()
            if self._is_failing():
                await self._revive()
            elif self._has_ceased():
                await self._look_into_the_stop()
            elif uncovered is not None:
                await self._await_stream(uncovered)
            elif self._is_interrupted():
                await self._await_reconnection()
            else:
                if call.state.heal_attempts:
                    self._keep(attempts=0)
                changed = await call.until(self._needs_attention, healing.QUIET, "ask ACS if nothing changes")
                if not changed:
                    await self._in_turn(self._ask_acs, lambda: False)

    def _is_failing(self) -> bool:
        state = self._call.state
        return (
            state.start_wanted
            and not state.unwanted
            and not state.hopeless
            and not self._call.starting
            and self._transcription.state is TranscriptionState.FAILED
        )

    def _has_ceased(self) -> bool:
        """Whether ACS has stopped transcription that is wanted."""
        state = self._call.state
        return (
            self._minds_stops
            and ledger.has_ceased(state)
            and not state.unwanted
            and not state.hopeless
            and not self._call.starting
            and not self._call.is_end_wanted()
        )

    def _is_interrupted(self) -> bool:
        """Whether ACS has lost the stream of transcription that is wanted, and has not said that it is back."""
        state = self._call.state
        return ledger.is_interrupted(state) and not state.unwanted and not self._call.starting

    def _uncovered_since(self) -> datetime | None:
        """Since when transcription is on without an open stream; None while all is well."""
        state = self._call.state
        if self._transcription.state is not TranscriptionState.ON:
            return None
        if any(stream.closed_at is None for stream in state.streams):
            return None
        closings = [stream.closed_at for stream in state.streams if stream.closed_at]
        return max([state.transitions[-1].at, *closings])

    def _needs_attention(self) -> bool:
        return (
            self._call.is_over()
            or self._is_failing()
            or self._has_ceased()
            or self._is_interrupted()
            or self._uncovered_since() is not None
        )

    async def _revive(self) -> None:
        """One try to bring a failed transcription back, after its pause; or the decision that there is no use."""
        call = self._call
        problem = call.state.problem or Problem(message="transcription failed")
        rule = healing.rule_for(problem, call.state.problem_type)
        if rule.remedy is Remedy.GIVE_UP:
            advised = problem.model_copy(update={"advice": rule.advice or problem.advice})
            await self._in_turn(lambda: self._give_up(advised), lambda: not self._is_failing())
            return
        attempt = call.state.heal_attempts
        at = call.state.heal_at or workflow.now() + healing.pause_before(attempt, rule.remedy)
        self._keep(attempts=attempt, at=at)
        moot = await call.until(
            lambda: call.is_over() or not self._is_failing(), at - workflow.now(), "try transcription again"
        )
        self._keep(attempts=attempt if moot else attempt + 1)
        if not moot:
            await self._in_turn(self._start_again, lambda: not self._is_failing())

    async def _look_into_the_stop(self) -> None:
        """ACS has stopped transcription: mostly the call is about to end; else it is a failure without a reason."""
        settled = await self._call.until(
            lambda: self._call.is_over() or not self._has_ceased(), healing.STOP_SETTLES, "ask ACS about the stop"
        )
        if not settled:
            await self._in_turn(self._ask_about_the_stop, lambda: not self._has_ceased())

    async def _ask_about_the_stop(self) -> None:
        call = self._call
        said = await self._ask_acs()
        if said is None or not self._has_ceased():
            return
        stop = call.state.transitions[-1]
        if said == "active":
            call.state = call.state.model_copy(update={"transitions": call.state.transitions[:-1]})
        else:
            call.note(_STOPPED_UNASKED)
            call.state = ledger.with_transition(call.state, stop.at, TranscriptionChange.FAILED, stop.note)
        call.show()

    async def _await_reconnection(self) -> None:
        """ACS says that the stream was interrupted, though one is open here: it gets time to say that it is back."""
        call = self._call
        changed = await call.until(
            lambda: call.is_over() or not self._is_interrupted() or self._uncovered_since() is not None,
            healing.RECONNECTION,
            "wait for ACS to reconnect",
        )
        if not changed:
            await self._in_turn(self._ask_about_the_interruption, lambda: not self._is_interrupted())

    async def _ask_about_the_interruption(self) -> None:
        if await self._ask_acs() == "active" and self._is_interrupted() and self._uncovered_since() is None:
            self._believe(TranscriptionChange.ON)

    async def _give_up(self, problem: Problem) -> None:
        """No more tries, unless ACS says that transcription goes on: what failed may have been a change of it alone."""
        call = self._call
        kind = call.state.problem_type
        try:
            said = await self._ask_acs()
        except ApplicationError:
            said = "inactive"  # ACS does not say: the event stands
        if said == "inactive":
            call.state = call.state.model_copy(update={"hopeless": True})
            call.note(problem, kind)

    async def _await_stream(self, since: datetime) -> None:
        call = self._call
        attempt = call.state.heal_attempts
        # Counted from when it was noticed: `since` is of ACS's clock.
        changed = await call.until(
            lambda: self._is_covered(since),
            healing.stream_timeout(attempt, reconnecting=self._is_interrupted()),
            "wait for a stream to open",
        )
        if not changed and not self._storing.is_idle():
            # What waits for the store may be the opening of a stream: a start anew would cost the words of one that is well.
            await workflow.wait_condition(lambda: self._storing.is_idle() or self._is_covered(since))
            changed = self._is_covered(since)
        if changed:
            return
        call.note(_NO_STREAM)
        self._keep(attempts=attempt + 1)
        await self._in_turn(lambda: self._restart(since), lambda: self._is_covered(since))

    def _is_covered(self, since: datetime) -> bool:
        """Whether there is nothing to do any more about a stream that has been missing since then."""
        return self._call.is_over() or self._is_failing() or self._uncovered_since() != since

    async def _start_again(self) -> None:
        if await self._ask_acs() == "inactive":
            await self._transcription.start(self._call.state.locale, self._call.state.operation_context)

    async def _restart(self, since: datetime) -> None:
        said = await self._ask_acs()
        if said is None or self._is_covered(since) or not self._storing.is_idle():
            return  # a stream may have opened meanwhile
        if said == "active":
            await self._transcription.restart(self._call.state.locale, self._call.state.operation_context)
        else:
            await self._transcription.start(self._call.state.locale, self._call.state.operation_context)

    async def _ask_acs(self) -> str | None:
        """The subscription's state as ACS says: `active` or `inactive`; None if the call is over, which is then known."""
        call = self._call
        snapshot = await outward.ask(call.connection_id, "is the call what we take it for?")
        if call.is_over():
            return None
        if not snapshot.exists or snapshot.state in ("disconnected", "disconnecting"):
            reason = "ACS says that the call is over; CallDisconnected did not come"
            call.state = ledger.ended(call.state, self._end_seen(), reason)
            call.show()
            return None
        active = snapshot.transcription == "active"
        believed = self._transcription.state
        if active and believed is TranscriptionState.FAILED:
            self._believe(TranscriptionChange.ON)
        elif not active and believed is TranscriptionState.ON and self._uncovered_since() is None:
            call.note(Problem(message="ACS says that transcription is off, though no event said so"))
            self._believe(TranscriptionChange.FAILED)
        return "active" if active else "inactive"

    def _end_seen(self) -> datetime:
        """When a call ended that ACS knows no more: at an unasked stop, which was the first sign of it; else by now."""
        state = self._call.state
        if ledger.has_ceased(state):
            return state.transitions[-1].at
        return workflow.now()

    def _believe(self, change: TranscriptionChange) -> None:
        self._call.state = ledger.with_transition(self._call.state, workflow.now(), change, "by ACS's answer")
        self._call.show()

    async def _in_turn(self, act: Act, is_moot: Condition) -> None:
        """Do something when nobody's command is under way, unless it is no longer needed then."""
        async with self._turn:
            if self._call.is_over() or is_moot():
                return
            try:
                await act()
            except ApplicationError as error:
                self._call.note(outward.problem_in(error), error.type)

    def _keep(self, *, attempts: int, at: datetime | None = None) -> None:
        self._call.state = self._call.state.model_copy(update={"heal_attempts": attempts, "heal_at": at})
