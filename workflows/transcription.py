"""What can be done with a call's transcription: start, change locale, pause, resume, stop; and when each is refused."""

from collections import Counter
from datetime import datetime

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from callscribe.acs.locales import LocaleError, check_locale, same_locale
    from callscribe.contracts.call import ConnectCall, StartMode
    from callscribe.contracts.carried import TranscriptionChange, Transition
    from callscribe.contracts.errors import ErrorType
    from callscribe.contracts.status import TranscriptionState
    from callscribe.contracts.steps import StartRequest, StopRequest, UpdateRequest
    from workflows import events, ledger, outward, view
    from workflows.call import Call, refusal

_NOT_SUPPORTED = "8520"
_STARTED = (events.STARTED, events.RESUMED)


class Transcription:
    """Acts on the transcription of one call. Its `refuse_…` functions raise `ApplicationError` (REFUSED)."""

    def __init__(self, call: Call) -> None:
        self._call = call

    @property
    def state(self) -> TranscriptionState:
        """What transcription is doing."""
        return view.transcription_state(self._call.state, starting=self._call.starting)

    def refuse_outside_call(self) -> None:
        """Nothing can be done before the call is connected or after it has ended."""
        if self._call.is_over():
            raise refusal("the call is over", "start a new call")
        if self._call.state.connected_at is None:
            raise refusal("the call is not connected yet", "wait until its state is 'connected'")

    def refuse_locale(self, locale: str | None) -> None:
        """A locale has language and region and is no voice."""
        try:
            if locale is not None:
                check_locale(locale)
        except LocaleError as error:
            raise refusal(str(error), "") from error

    def refuse_start(self, locale: str | None) -> None:
        """A start needs a connected call whose transcription is not on."""
        self.refuse_locale(locale)
        self.refuse_outside_call()
        if self.state in (TranscriptionState.ON, TranscriptionState.STARTING):
            raise refusal(f"transcription is {self.state} already", "change its locale, or stop it first")

    def refuse_update(self, locale: str) -> None:
        """A locale change needs transcription to be on or paused."""
        self.refuse_locale(locale)
        self.refuse_outside_call()
        if self.state not in (TranscriptionState.ON, TranscriptionState.PAUSED, TranscriptionState.STARTING):
            raise refusal(f"transcription is {self.state}, so it has no locale to change", "start it in that locale")

    def refuse_pause(self) -> None:
        """Only what is on can be paused."""
        self.refuse_outside_call()
        if self.state is not TranscriptionState.ON:
            raise refusal(f"transcription is {self.state}", "only transcription that is on can be paused")

    def refuse_resume(self) -> None:
        """Only what is paused can be resumed."""
        self.refuse_outside_call()
        if self.state is not TranscriptionState.PAUSED:
            begun = self.state in (TranscriptionState.ON, TranscriptionState.STARTING)
            advice = "there is nothing to resume" if begun else "use start to begin it"
            raise refusal(f"transcription is {self.state}, not paused", advice)

    def refuse_stop(self) -> None:
        """Only what has been started can be stopped."""
        self.refuse_outside_call()
        if self.state in (TranscriptionState.OFF, TranscriptionState.STOPPED) and not ledger.has_ceased(
            self._call.state
        ):
            raise refusal(f"transcription is {self.state}", "there is nothing to stop")

    async def begin(self, mode: StartMode) -> None:
        """Start as the call's settings say: by ACS with the call, or by us now that it is connected.

        Where that fails, transcription has failed since it was to begin, however late that is known.
        """
        settings, state = self._call.request.transcription, self._call.state
        self._call.state = state.model_copy(update={"start_wanted": True})
        with_call = mode is StartMode.WITH_CALL
        since = state.connected_at or state.started_at if with_call else workflow.now()
        try:
            if with_call:
                await self._await_start_with_call(since)
                self._in_force(state.locale, None, ledger.on_since(self._call.state))
            else:
                await self.start(state.locale, settings.operation_context)
        except ApplicationError as error:
            if not self._call.is_over() and self.state is not TranscriptionState.FAILED:
                self._assume(TranscriptionChange.FAILED, since, error.message)
            raise

    async def _await_start_with_call(self, since: datetime) -> None:
        if self.state is TranscriptionState.ON:
            return
        # Counted from nothing: ACS may have said so before the call was known to be connected.
        async with self._call.step("transcription starts with the call"):
            if not await self._call.confirmed(_STARTED, Counter(), "active"):
                self._assume(TranscriptionChange.ON, since)

    async def start(self, locale: str | None, operation_context: str | None) -> None:
        """Start, in `locale` or in the one that is in force; done when ACS confirms it."""
        call = self._call
        wanted = check_locale(locale) if locale else None
        if wanted is None and ledger.awaits_its_locale(call.state):
            wanted = call.state.locale  # left to itself, ACS would go on in the one before
        seen, asked = Counter(call.arrived), workflow.now()
        call.state = call.state.model_copy(
            update={"start_wanted": True, "unwanted": False, "pausing": False, "hopeless": False}
        )
        call.starting = True
        try:
            async with call.step(f"start transcription ({wanted or call.state.locale})"):
                await outward.start(
                    StartRequest(
                        call_connection_id=call.connection_id,
                        locale=wanted,
                        operation_context=operation_context,
                        speech_model_id=call.request.transcription.speech_model_id,
                    )
                )
                if not await call.confirmed(_STARTED, seen, "active", wanted):
                    self._assume(TranscriptionChange.ON, asked)
                self._in_force(wanted or call.state.locale, operation_context, ledger.on_since(call.state))
        except ApplicationError:
            call.starting = False
            raise
        call.starting = False
        call.show()

    async def change_locale(self, locale: str, operation_context: str | None) -> str:
        """Go on in another locale; gives a note if it took a stop and a start.

        ACS refuses `updateTranscription` on a connection made with connect (405/8520); there the same is reached by
        stopping and starting again, which may cost what is said within those seconds.
        """
        call = self._call
        wanted = check_locale(locale)
        if self.state is TranscriptionState.PAUSED:
            call.state = ledger.with_locale_to_come(call.state, wanted)
            self._go_on_with(operation_context)
            return "paused: the locale is used from the resume on"
        if same_locale(wanted, call.state.locale):
            return "the locale is in force already"
        async with call.step(f"change locale to {wanted}"):
            before = call.state.transitions
            try:
                await self._update(wanted, operation_context)
            except ApplicationError as error:
                if self.state is TranscriptionState.FAILED and not call.is_over():
                    await self._ask_what_failed(before)
                if not _is_unsupported(error):
                    await self._go_on_as_before()
                    raise
                await self.restart(wanted, operation_context)
                kind = "a connected call" if isinstance(call.request.origin, ConnectCall) else "this call"
                return f"ACS cannot change the locale of {kind}: transcription was stopped and started in {wanted}"
            self._in_force(wanted, operation_context)
        return ""

    async def _update(self, locale: str, operation_context: str | None) -> None:
        call = self._call
        seen = Counter(call.arrived)
        await outward.update(
            UpdateRequest(
                call_connection_id=call.connection_id,
                locale=locale,
                operation_context=operation_context,
                speech_model_id=call.request.transcription.speech_model_id,
            )
        )
        await call.confirmed((events.UPDATED,), seen, "active", locale)

    async def _ask_what_failed(self, before: tuple[Transition, ...]) -> None:
        """The failure that answered an update may be the update's alone: where ACS goes on, transcription never failed."""
        call = self._call
        try:
            snapshot = await outward.ask(call.connection_id, "has the change of locale ended transcription?")
        except ApplicationError as error:
            # Nobody knows: it is tried again, and the failure's own code must not make that hopeless.
            call.state = call.state.model_copy(update={"hopeless": False})
            call.note(outward.problem_in(error), error.type)
            return
        if call.is_over() or not snapshot.exists or snapshot.transcription != "active":
            return
        kept = tuple(
            each for each in call.state.transitions if each.change is not TranscriptionChange.FAILED or each in before
        )
        call.state = call.state.model_copy(update={"transitions": kept, "hopeless": False})
        call.show()

    async def _go_on_as_before(self) -> None:
        """An update in vain that has ended transcription: its code says nothing against the locale before."""
        call = self._call
        if self.state is TranscriptionState.FAILED and not call.is_over():
            await self.restart(call.state.locale, call.state.operation_context)

    async def pause(self, operation_context: str | None) -> None:
        """Stop until `resume`; what is said meanwhile is not transcribed, and the verdict says so."""
        self._call.state = self._call.state.model_copy(update={"pausing": True, "unwanted": True})
        try:
            await self._stop("pause transcription", operation_context)
        except ApplicationError:
            self._call.state = self._call.state.model_copy(update={"pausing": False, "unwanted": False})
            raise

    async def resume(self, operation_context: str | None) -> None:
        """Start again in the locale that is in force."""
        await self.start(self._call.state.locale, operation_context or self._call.state.operation_context)

    async def stop(self, operation_context: str | None) -> None:
        """Stop; what is paused, has failed or ceased is stopped without asking ACS, for whom it is that already."""
        self._call.state = self._call.state.model_copy(update={"pausing": False, "unwanted": True})
        if self.state in (TranscriptionState.PAUSED, TranscriptionState.FAILED) or ledger.has_ceased(self._call.state):
            self._assume(TranscriptionChange.OFF, workflow.now())
            return
        try:
            await self._stop("stop transcription", operation_context)
        except ApplicationError:
            self._call.state = self._call.state.model_copy(update={"unwanted": False})
            raise

    async def restart(self, locale: str, operation_context: str | None) -> None:
        """Stop and start again: for another locale, or because no stream comes. The verdict names the time between.

        If either half fails, transcription counts as failed, so that it is brought back.
        """
        call = self._call
        call.state = call.state.model_copy(update={"restarting": True})
        try:
            if self.state is TranscriptionState.ON:
                await self._stop("stop, to start anew", None)
            await self.start(locale, operation_context)
        except ApplicationError as error:
            call.state = call.state.model_copy(update={"restarting": False})
            if not call.is_over() and self.state not in (TranscriptionState.ON, TranscriptionState.FAILED):
                call.state = ledger.with_transition(
                    call.state, workflow.now(), TranscriptionChange.FAILED, error.message
                )
            call.note(outward.problem_in(error), error.type)
            raise
        call.state = call.state.model_copy(update={"restarting": False})

    async def _stop(self, name: str, operation_context: str | None) -> None:
        call = self._call
        seen = Counter(call.arrived)
        async with call.step(name):
            await outward.stop(
                StopRequest(call_connection_id=call.connection_id, operation_context=operation_context), name
            )
            taken = workflow.now()
            if not await call.confirmed((events.STOPPED,), seen, "inactive"):
                self._assume(ledger.stop_means(call.state), taken)

    def _assume(self, change: TranscriptionChange, since: datetime, note: str = "by ACS's answer") -> None:
        """ACS says so, though its event has not come, and not since when: `since` at the earliest.

        What is needed is dated as early as it can have begun, or a socket that was missed at first would miss nothing.
        """
        state = self._call.state
        at = max([since, *(each.at for each in state.transitions[-1:])])  # it is the newest, whatever the clocks say
        self._call.state = ledger.with_transition(state, at, change, note)
        self._call.show()

    def _in_force(self, locale: str, operation_context: str | None, since: datetime | None = None) -> None:
        self._call.state = ledger.with_locale(self._call.state, locale, since or workflow.now())
        self._go_on_with(operation_context)

    def _go_on_with(self, operation_context: str | None) -> None:
        if operation_context:
            self._call.state = self._call.state.model_copy(update={"operation_context": operation_context})
        self._call.show()


def _is_unsupported(error: ApplicationError) -> bool:
    return error.type == ErrorType.NOT_SUPPORTED or outward.problem_in(error).code == _NOT_SUPPORTED
