"""The `CallTranscription` workflow: one per call, from dialling to a sealed transcript with a verdict.

Its parts: `call` holds the ledger, `connection` brings the call about and ends it, `transcription` starts and stops,
`healer` brings transcription back, `storing` and `hearing` take what ingest signals, `life` leads through it all, and
`outward` holds every activity. The ledger itself (`ledger`, `intake`, `healing`, `view`) is pure. Temporal's cancellation of the
workflow is a hang-up: the call still drains and is sealed.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from temporalio import workflow
from temporalio.common import RawValue

with workflow.unsafe.imports_passed_through():
    from callscribe.contracts import names
    from callscribe.contracts.call import CallRequest
    from callscribe.contracts.carried import AppliedCommand, CarriedState
    from callscribe.contracts.chunks import CloseStream, StreamReceipt
    from callscribe.contracts.commands import (
        CommandResult,
        HangUp,
        Pause,
        Resume,
        StartTranscription,
        StopTranscription,
        UpdateLocale,
    )
    from callscribe.contracts.status import CallResult, CallStatus, TranscriptTail
    from workflows import view
    from workflows.call import Call, refusal
    from workflows.connection import Connection
    from workflows.hearing import Hearing
    from workflows.life import Life
    from workflows.storing import Storing
    from workflows.transcription import Transcription

REMEMBERED_COMMANDS = 50


@workflow.defn(name=names.WORKFLOW)
class CallTranscription:
    """Owns the life of one call and of its transcript."""

    @workflow.init
    def __init__(self, request: CallRequest) -> None:
        self._call = Call(names.call_key(workflow.info().workflow_id), request)
        self._connection = Connection(self._call)
        self._transcription = Transcription(self._call)
        self._storing = Storing(self._call, request.participants)
        self._hearing = Hearing(self._call)
        self._turn = asyncio.Lock()
        self._life = Life(self._call, self._connection, self._transcription, self._storing, self._hearing, self._turn)

    @workflow.run
    async def run(self, request: CallRequest) -> CallResult:
        """Live through the call; the result says how it ended and what its transcript is worth.

        A call that never connected, or whose transcription never started, fails the workflow: `ApplicationError` of
        type CALL_FAILED whose first detail is the `CallResult`.
        """
        life = asyncio.create_task(self._life.live())
        beside = [asyncio.create_task(part.run()) for part in (self._storing, self._hearing)]
        while not life.done():
            try:
                await workflow.wait_condition(lambda: life.done() or any(task.done() for task in beside))
            except asyncio.CancelledError:
                self._life.cancel()
            for task in beside:
                if task.done():
                    task.result()
        outcome = life.result()
        if isinstance(outcome, CarriedState):
            workflow.continue_as_new(request.model_copy(update={"carried": outcome}))
        return outcome

    @workflow.signal(
        name=names.SIGNAL_CHUNK, description="A batch of final segments, from ingest. Data: a TranscriptChunk."
    )
    def transcript_chunk(self, raw: RawValue) -> None:
        """Put a `TranscriptChunk` in line."""
        self._call.signals += 1
        self._storing.put(raw)

    @workflow.signal(name=names.SIGNAL_EVENT, description="A callback event of ACS, from ingest. Data: a CallEvent.")
    def call_event(self, raw: RawValue) -> None:
        """Take a `CallEvent`."""
        self._call.signals += 1
        self._hearing.put(names.SIGNAL_EVENT, [raw])

    @workflow.signal(dynamic=True, description="A signal of an unknown name. Data: anything; it is only counted.")
    def other_signal(self, name: str, args: Sequence[RawValue]) -> None:
        """A signal of a name that nobody here knows: counted, so that it is not lost without a trace."""
        self._call.signals += 1
        self._hearing.put(name, args)

    @workflow.update(
        name=names.UPDATE_START,
        description='Start transcription. Data: none, or {"locale": "de-DE"}, {"operation_context": "…"}, or both in one.',
    )
    async def start_transcription(self, command: StartTranscription = StartTranscription()) -> CommandResult:
        """Start; answered when ACS has confirmed it."""

        async def act() -> None:
            context = command.operation_context or self._call.request.transcription.operation_context
            await self._transcription.start(command.locale, context)

        return await self._command(lambda: self._transcription.refuse_start(command.locale), act)

    @start_transcription.validator
    def _check_start(self, command: StartTranscription = StartTranscription()) -> None:
        self._check(lambda: self._transcription.refuse_start(command.locale))

    @workflow.update(name=names.UPDATE_LOCALE, description='Go on in another locale. Data: {"locale": "de-DE"}')
    async def update_locale(self, command: UpdateLocale = UpdateLocale(locale="")) -> CommandResult:
        """Change the locale; where ACS cannot, by a stop and a start."""
        return await self._command(
            lambda: self._transcription.refuse_update(command.locale),
            lambda: self._transcription.change_locale(command.locale, command.operation_context),
        )

    @update_locale.validator
    def _check_locale(self, command: UpdateLocale = UpdateLocale(locale="")) -> None:
        self._check(lambda: self._transcription.refuse_update(command.locale))

    @workflow.update(
        name=names.UPDATE_PAUSE,
        description='Stop transcription until it is resumed. Data: none, or {"operation_context": "…"}',
    )
    async def pause(self, command: Pause = Pause()) -> CommandResult:
        """Pause; answered when ACS has confirmed the stop."""
        return await self._command(
            self._transcription.refuse_pause, lambda: self._transcription.pause(command.operation_context)
        )

    @pause.validator
    def _check_pause(self, command: Pause = Pause()) -> None:
        self._check(self._transcription.refuse_pause)

    @workflow.update(
        name=names.UPDATE_RESUME,
        description='Go on after a pause, in the locale that was in force. Data: none, or {"operation_context": "…"}',
    )
    async def resume(self, command: Resume = Resume()) -> CommandResult:
        """Resume; answered when ACS has confirmed the start."""
        return await self._command(
            self._transcription.refuse_resume, lambda: self._transcription.resume(command.operation_context)
        )

    @resume.validator
    def _check_resume(self, command: Resume = Resume()) -> None:
        self._check(self._transcription.refuse_resume)

    @workflow.update(
        name=names.UPDATE_STOP, description='Stop transcription. Data: none, or {"operation_context": "…"}'
    )
    async def stop_transcription(self, command: StopTranscription = StopTranscription()) -> CommandResult:
        """Stop; answered when ACS has confirmed it."""
        return await self._command(
            self._transcription.refuse_stop, lambda: self._transcription.stop(command.operation_context)
        )

    @stop_transcription.validator
    def _check_stop(self, command: StopTranscription = StopTranscription()) -> None:
        self._check(self._transcription.refuse_stop)

    @workflow.update(
        name=names.UPDATE_HANG_UP,
        description="End the call: one that we dialled or answered for everyone, one that we joined by leaving it. "
        'Data: none, or {"for_everyone": false} to leave alone, {"for_everyone": true} to end it for everyone.',
    )
    async def hang_up(self, command: HangUp = HangUp()) -> CommandResult:
        """Hang up; answered when the call is over. Possible in every state, also while the call is still ringing."""
        connection = self._connection
        if not self._call.is_over():
            self._call.hang_up_wanted = command
            await workflow.wait_condition(lambda: self._call.is_over() or self._call.hang_up_wanted is None)
        if not self._call.is_over() and connection.hang_up_problem:
            raise refusal(connection.hang_up_problem.message, connection.hang_up_problem.advice)
        return self._answer("")

    @hang_up.validator
    def _check_hang_up(self, command: HangUp = HangUp()) -> None:
        if self._call.is_over():
            raise refusal("the call is over", "there is nothing to hang up")

    @workflow.update(
        name=names.UPDATE_CLOSE_STREAM,
        description="Ingest has sent everything of a stream. Data: a CloseStream; not for people.",
    )
    async def close_stream(self, command: CloseStream) -> StreamReceipt:
        """Wait for the stream's last chunks and say whether all of them are stored."""
        return await self._storing.close(command)

    @workflow.query(name=names.QUERY_STATUS, description="Where the call stands, all but its words. Data: none")
    def status(self) -> CallStatus:
        """Everything known of the call but its text."""
        call = self._call
        return view.status(
            call.key, call.request, call.state, workflow.now(), starting=call.starting, verdict=call.verdict
        )

    @workflow.query(name=names.QUERY_TRANSCRIPT, description="The newest segments; the store has them all. Data: none")
    def transcript(self) -> TranscriptTail:
        """The tail of the transcript."""
        return self._storing.tail

    async def _command(self, refuse: Callable[[], None], act: Callable[[], Awaitable[str | None]]) -> CommandResult:
        """Carry out an update: one at a time, and once, also when its id is sent again to a later run."""
        info = workflow.current_update_info()
        update_id = info.id if info else ""
        async with self._turn:
            if not self._hearing.is_idle():
                await workflow.wait_condition(self._hearing.is_idle)  # what came before it is known first
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
