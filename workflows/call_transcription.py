"""The `CallTranscription` workflow: one per call, from dialling to a sealed transcript with a verdict.

Its parts: `call` holds the ledger, `connection` brings the call about and ends it, `transcription` starts and stops,
`storing` takes what ingest signals, `outward` holds every activity. The ledger itself (`ledger`, `intake`, `view`) is
pure. Temporal's cancellation of the workflow is a hang-up: the call still drains and is sealed.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any

from temporalio import workflow
from temporalio.common import RawValue
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from callscribe.contracts import names
    from callscribe.contracts.call import CallRequest, StartMode
    from callscribe.contracts.carried import AppliedCommand, CarriedState, Phase, TranscriptionChange
    from callscribe.contracts.chunks import CallEvent, CloseStream, StreamReceipt
    from callscribe.contracts.commands import (
        CommandResult,
        HangUp,
        Pause,
        Resume,
        StartTranscription,
        StopTranscription,
        UpdateLocale,
    )
    from callscribe.contracts.errors import ErrorType
    from callscribe.contracts.status import CallResult, CallStatus, TranscriptTail
    from callscribe.contracts.steps import SealTranscript
    from callscribe.transcript.completeness import VerdictKind, judge
    from callscribe.transcript.model import Stream
    from workflows import ledger, outward, view
    from workflows.call import Call, refusal
    from workflows.connection import Connection
    from workflows.healer import Healer
    from workflows.storing import Storing
    from workflows.transcription import Transcription

REMEMBERED_COMMANDS = 50
RENEW_AT_EVENTS = 2000
"""History events after which a run continues as new, whatever the count of signals: a replay stays under a second."""


@workflow.defn(name=names.WORKFLOW)
class CallTranscription:
    """Owns the life of one call and of its transcript."""

    @workflow.init
    def __init__(self, request: CallRequest) -> None:
        self._call = Call(names.call_key(workflow.info().workflow_id), request)
        self._connection = Connection(self._call)
        self._transcription = Transcription(self._call)
        self._storing = Storing(self._call)
        self._turn = asyncio.Lock()
        self._healer = Healer(self._call, self._transcription, self._turn)
        self._tasks: list[asyncio.Task[None]] = []
        self._signals = 0
        self._cancelled = False

    @workflow.run
    async def run(self, request: CallRequest) -> CallResult:
        """Live through the call; the result says how it ended and what its transcript is worth.

        A call that never connected, or whose transcription never started, fails the workflow: `ApplicationError` of
        type CALL_FAILED whose first detail is the `CallResult`.
        """
        self._background(self._storing.run())
        life = asyncio.create_task(self._live())
        while not life.done():
            try:
                await workflow.wait_condition(lambda: life.done() or any(task.done() for task in self._tasks))
            except asyncio.CancelledError:
                self._cancelled = True
                self._connection.hang_up_wanted = HangUp()
            for task in [task for task in self._tasks if task.done()]:
                self._tasks.remove(task)
                task.result()
        outcome = life.result()
        if isinstance(outcome, CarriedState):
            workflow.continue_as_new(request.model_copy(update={"carried": outcome}))
        return outcome

    def _background(self, work: Coroutine[Any, Any, None]) -> None:
        """Let `work` run beside the call's life; an error in it is an error of the workflow."""
        self._tasks.append(asyncio.create_task(work))

    async def _live(self) -> CallResult | CarriedState:
        """The phases of the call, from the one that the ledger is in. A `CarriedState` asks for a new run."""
        call = self._call
        call.show()
        if call.state.phase is Phase.CONNECTING:
            await self._connection.establish()
            self._enter(Phase.IN_CALL)
        if call.state.phase is Phase.IN_CALL:
            await self._begin_transcription()
            self._background(self._healer.run())
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

    async def _begin_transcription(self) -> None:
        call = self._call
        mode = call.request.transcription.start
        if mode is StartMode.ON_REQUEST or call.state.start_wanted or self._connection.is_end_wanted():
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
        while not call.is_over():
            left = call.remaining(call.request.limits.max_duration, call.state.started_at)
            in_time = await call.until(
                lambda: connection.is_end_wanted() or self._is_renewal_due(), left, "the longest that a call may last"
            )
            if not in_time:
                connection.hang_up_wanted = HangUp()
            if connection.hang_up_wanted is not None:
                # Not in turn: a hang-up does not wait for a start that may never be confirmed.
                await connection.end()
                if self._cancelled or not in_time:
                    # Nobody is left to try again: the verdict must not wait for a hang-up that ACS will not take.
                    said = connection.hang_up_problem.message if connection.hang_up_problem else "hung up"
                    call.state = ledger.ended(call.state, workflow.now(), f"given up: {said}")
            elif not call.is_over() and await self._quiet_for_renewal(connection.is_end_wanted):
                return False
        return True

    async def _drain(self) -> bool:
        """Until all that was said is stored, or the deadline has passed; False when a new run is due first."""
        call = self._call
        deadline = call.state.drain_deadline or workflow.now()
        async with call.step("drain"):
            while not self._is_drained():
                in_time = await call.until(
                    lambda: self._is_drained() or self._is_renewal_due(),
                    deadline - workflow.now(),
                    "wait for the last words",
                )
                if not in_time:
                    break
                if not self._is_drained() and await self._quiet_for_renewal(self._is_drained):
                    return False
        return True

    def _is_drained(self) -> bool:
        state = self._call.state
        return self._storing.is_whole() and (bool(state.streams) or not state.transitions)

    def _is_renewal_due(self) -> bool:
        info = workflow.info()
        return (
            self._signals >= self._call.request.limits.continue_as_new_after
            or info.get_current_history_length() >= RENEW_AT_EVENTS
            or info.is_continue_as_new_suggested()
        )

    def _is_quiet(self) -> bool:
        return self._storing.is_idle() and not self._turn.locked() and workflow.all_handlers_finished()

    async def _quiet_for_renewal(self, moot: Callable[[], bool]) -> bool:
        """Wait for a moment at which nothing is under way; False if there is something better to do first."""
        await workflow.wait_condition(lambda: self._is_quiet() or moot())
        return self._is_quiet() and not moot()

    def _carry(self) -> CarriedState:
        return self._call.state.model_copy(update={"runs": self._call.state.runs + 1})

    async def _seal(self) -> CallResult:
        """Write the end, with its verdict; again if more has come meanwhile."""
        call = self._call
        revision = 0
        await workflow.wait_condition(lambda: not self._turn.locked())
        while True:
            await workflow.wait_condition(self._storing.is_idle)
            revision += 1
            counted = call.state.counts
            facts = ledger.facts(call.state, workflow.now())
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
            if self._storing.is_idle() and call.state.counts == counted:
                break
            call.verdict = None
        if verdict.kind is VerdictKind.FAILED:
            raise ApplicationError(verdict.reason, result, type=ErrorType.CALL_FAILED, non_retryable=True)
        return result

    @workflow.signal(name=names.SIGNAL_CHUNK, description="A batch of final segments, from ingest.")
    def transcript_chunk(self, raw: RawValue) -> None:
        """Put a `TranscriptChunk` in line."""
        self._signals += 1
        self._storing.put(raw)

    @workflow.signal(name=names.SIGNAL_EVENT, description="A callback event of ACS, from ingest.")
    def call_event(self, raw: RawValue) -> None:
        """Take a `CallEvent`."""
        self._signals += 1
        try:
            event = workflow.payload_converter().from_payload(raw.payload, CallEvent)
        except Exception as error:  # noqa: BLE001  whatever a stranger's payload does, the call goes on
            self._set_aside(names.SIGNAL_EVENT, error)
            return
        self._call.take_event(event)

    @workflow.signal(dynamic=True)
    def other_signal(self, name: str, args: Sequence[RawValue]) -> None:
        """A signal of a name that nobody here knows: counted, so that it is not lost without a trace."""
        self._signals += 1
        self._set_aside(name, None)

    def _set_aside(self, name: str, error: Exception | None) -> None:
        counts = self._call.state.counts
        self._call.state = self._call.state.model_copy(
            update={"counts": counts.model_copy(update={"unreadable": counts.unreadable + 1})}
        )
        workflow.logger.warning("unreadable signal %s: %s", name, type(error).__name__ if error else "unknown name")

    @workflow.update(name=names.UPDATE_START, description="Start transcription: plain, with locale, with context.")
    async def start_transcription(self, command: StartTranscription) -> CommandResult:
        """Start; answered when ACS has confirmed it."""

        async def act() -> None:
            context = command.operation_context or self._call.request.transcription.operation_context
            await self._transcription.start(command.locale, context)

        return await self._command(lambda: self._transcription.refuse_start(command.locale), act)

    @start_transcription.validator
    def _check_start(self, command: StartTranscription) -> None:
        self._check(lambda: self._transcription.refuse_start(command.locale))

    @workflow.update(name=names.UPDATE_LOCALE, description="Go on in another locale.")
    async def update_locale(self, command: UpdateLocale) -> CommandResult:
        """Change the locale; where ACS cannot, by a stop and a start."""
        return await self._command(
            lambda: self._transcription.refuse_update(command.locale),
            lambda: self._transcription.change_locale(command.locale, command.operation_context),
        )

    @update_locale.validator
    def _check_locale(self, command: UpdateLocale) -> None:
        self._check(lambda: self._transcription.refuse_update(command.locale))

    @workflow.update(name=names.UPDATE_PAUSE, description="Stop transcription until it is resumed.")
    async def pause(self, command: Pause) -> CommandResult:
        """Pause; answered when ACS has confirmed the stop."""
        return await self._command(
            self._transcription.refuse_pause, lambda: self._transcription.pause(command.operation_context)
        )

    @pause.validator
    def _check_pause(self, command: Pause) -> None:
        self._check(self._transcription.refuse_pause)

    @workflow.update(name=names.UPDATE_RESUME, description="Go on after a pause, in the locale that was in force.")
    async def resume(self, command: Resume) -> CommandResult:
        """Resume; answered when ACS has confirmed the start."""
        return await self._command(
            self._transcription.refuse_resume, lambda: self._transcription.resume(command.operation_context)
        )

    @resume.validator
    def _check_resume(self, command: Resume) -> None:
        self._check(self._transcription.refuse_resume)

    @workflow.update(name=names.UPDATE_STOP, description="Stop transcription.")
    async def stop_transcription(self, command: StopTranscription) -> CommandResult:
        """Stop; answered when ACS has confirmed it."""
        return await self._command(
            self._transcription.refuse_stop, lambda: self._transcription.stop(command.operation_context)
        )

    @stop_transcription.validator
    def _check_stop(self, command: StopTranscription) -> None:
        self._check(self._transcription.refuse_stop)

    @workflow.update(name=names.UPDATE_HANG_UP, description="End the call: for everyone, or by leaving it.")
    async def hang_up(self, command: HangUp) -> CommandResult:
        """Hang up; answered when the call is over. Possible in every state, also while the call is still ringing."""
        connection = self._connection
        if not self._call.is_over():
            connection.hang_up_wanted = command
            await workflow.wait_condition(lambda: self._call.is_over() or connection.hang_up_wanted is None)
        if not self._call.is_over() and connection.hang_up_problem:
            raise refusal(connection.hang_up_problem.message, connection.hang_up_problem.advice)
        return self._answer("")

    @hang_up.validator
    def _check_hang_up(self, command: HangUp) -> None:
        if self._call.is_over():
            raise refusal("the call is over", "there is nothing to hang up")

    @workflow.update(name=names.UPDATE_CLOSE_STREAM, description="Ingest has sent everything of a stream.")
    async def close_stream(self, command: CloseStream) -> StreamReceipt:
        """Wait for the stream's last chunks and say whether all of them are stored."""
        return await self._storing.close(command)

    @workflow.query(name=names.QUERY_STATUS, description="Where the call stands.")
    def status(self) -> CallStatus:
        """Everything known of the call but its text."""
        call = self._call
        return view.status(call.key, call.request, call.state, starting=call.starting, verdict=call.verdict)

    @workflow.query(name=names.QUERY_TRANSCRIPT, description="The newest segments; the store has them all.")
    def transcript(self) -> TranscriptTail:
        """The tail of the transcript."""
        return self._storing.tail

    async def _command(self, refuse: Callable[[], None], act: Callable[[], Awaitable[str | None]]) -> CommandResult:
        """Carry out an update: one at a time, and once, also when its id is sent again to a later run."""
        info = workflow.current_update_info()
        update_id = info.id if info else ""
        async with self._turn:
            applied = self._applied()
            if applied is None:
                refuse()
                applied = AppliedCommand(id=update_id, note=await act() or "")
                commands = (*self._call.state.commands[-REMEMBERED_COMMANDS + 1 :], applied)
                self._call.state = self._call.state.model_copy(update={"commands": commands})
        return self._answer(applied.note)

    def _check(self, refuse: Callable[[], None]) -> None:
        if self._applied() is None:
            refuse()

    def _applied(self) -> AppliedCommand | None:
        info = workflow.current_update_info()
        return next((each for each in self._call.state.commands if info and each.id == info.id), None)

    def _answer(self, note: str) -> CommandResult:
        state = self._call.state
        return CommandResult(
            state=view.call_state(state), transcription=self._transcription.state, locale=state.locale, note=note
        )
