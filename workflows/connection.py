"""The call itself: dialling, connecting or answering; waiting until it stands; ending it."""

from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from callscribe.contracts.call import ConnectCall, StartMode
    from callscribe.contracts.commands import HangUp
    from callscribe.contracts.errors import ErrorType, Problem
    from callscribe.contracts.steps import CallConnection, EstablishCall, HangUpRequest, Repeatability
    from workflows import evidence, ledger, outward
    from workflows.call import Call

DISCONNECT_TIMEOUT = timedelta(seconds=20)
"""From a hang-up to CallDisconnected; about 1.5 s in captures."""
_NEVER_CARRIED_OUT = frozenset(
    {
        ErrorType.AUTHENTICATION,
        ErrorType.CONFIGURATION,
        ErrorType.INVALID,
        ErrorType.NOT_CONFIGURED,
        ErrorType.NOT_FOUND,
        ErrorType.NOT_SUPPORTED,
    }
)
"""What ACS, or our own settings, refuse at the first try as at the last: no call can have come of it."""


class Connection:
    """Brings one call about and ends it."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self.hang_up_problem: Problem | None = None

    async def establish(self) -> None:
        """Ask ACS for the call and wait until it is connected; what goes wrong is in the ledger afterwards."""
        call = self._call
        try:
            async with call.step(outward.describe(call.request.origin)):
                connection = await outward.establish(self._request())
        except ApplicationError as error:
            if error.type not in _NEVER_CARRIED_OUT:
                # The request, or an earlier try of it, may have been carried out and only its answer lost: then a call
                # rings that nobody knows.
                call.note(outward.problem_in(error), error.type)
                left = call.remaining(call.request.limits.connect_timeout, call.state.started_at)
                await call.until(lambda: call.early_connection_id is not None, left, "is there a call after all?")
            self._fail(outward.problem_in(error))
            if call.early_connection_id:
                connection = CallConnection(call_connection_id=call.early_connection_id)
                call.state = ledger.with_connection(call.state, connection)
                call.take_early_events()
                await self._hang_up(HangUp())
            return
        call.state = ledger.with_connection(call.state, connection)
        call.take_early_events()
        await self._await_connected()

    def _request(self) -> EstablishCall:
        return EstablishCall(
            key=self._call.key,
            origin=self._call.request.origin,
            transcription=self._call.request.transcription,
            repeatability=self._repeatability(),
        )

    def _repeatability(self) -> Repeatability:
        return Repeatability(request_id=str(workflow.uuid4()), first_sent=workflow.now())

    async def _await_connected(self) -> None:
        call = self._call
        limits = call.request.limits
        async with call.step("wait for CallConnected"):
            came = await call.until(
                lambda: call.state.connected_at is not None or call.is_end_wanted(),
                call.remaining(limits.connect_timeout, call.state.started_at),
                "wait for CallConnected",
            )
        if came:
            return
        try:
            snapshot = await outward.ask(call.connection_id, "CallConnected stays away")
        except ApplicationError as error:
            # It may stand all the same, and nobody would ever leave it.
            await self._leave(outward.problem_in(error), error.type)
            return
        waited = f"{limits.connect_timeout.total_seconds():.0f} s"
        advice = "Check that ingest's public HTTP address can be reached from outside."
        if snapshot.exists and snapshot.state == "connected":
            begins_with_call = call.request.transcription.start is StartMode.WITH_CALL
            since = evidence.stood_since(call.state, workflow.now(), transcribed_from_the_start=begins_with_call)
            call.state = call.state.model_copy(update={"connected_at": since})
            call.note(Problem(message=f"CallConnected did not come within {waited}, yet ACS says so", advice=advice))
            return
        said = snapshot.state if snapshot.exists else "that it does not know the call"
        await self._leave(Problem(message=f"the call did not connect within {waited}; ACS says: {said}", advice=advice))

    async def _leave(self, problem: Problem, code: str | None = None) -> None:
        """Give up a call that has not connected, and hang up whatever there is of it."""
        call = self._call
        call.state = call.state.model_copy(update={"failure": problem.message})
        call.note(problem, code)
        await self._hang_up(HangUp())
        self._fail(problem)

    def _fail(self, problem: Problem) -> None:
        call = self._call
        call.state = ledger.ended(call.state, workflow.now(), problem.message).model_copy(
            update={"failure": problem.message}
        )
        call.note(problem)

    async def end(self) -> None:
        """Carry out the hang-up that is wanted; afterwards the call is over, or `hang_up_problem` says why not."""
        if self._call.hang_up_wanted is None or self._call.is_over():
            return
        if self._call.state.call_connection_id is None:
            return
        self.hang_up_problem = None
        await self._hang_up(self._call.hang_up_wanted)
        self._call.hang_up_wanted = None

    async def _hang_up(self, command: HangUp) -> None:
        call = self._call
        for_everyone = command.for_everyone
        if for_everyone is None:
            for_everyone = not isinstance(call.request.origin, ConnectCall)
        name = "hang up" if for_everyone else "leave the call"
        try:
            async with call.step(name):
                outcome = await outward.hang_up(
                    HangUpRequest(
                        call_connection_id=call.connection_id,
                        for_everyone=for_everyone,
                        repeatability=self._repeatability(),
                    )
                )
                taken = workflow.now()
                came = await call.until(call.is_over, DISCONNECT_TIMEOUT, "wait for CallDisconnected")
            if came or outcome.already_so:
                self._over("the call had ended", workflow.now())
                return
            snapshot = await outward.ask(call.connection_id, "CallDisconnected stays away")
        except ApplicationError as error:
            self.hang_up_problem = outward.problem_in(error)
            call.note(self.hang_up_problem)
            return
        if snapshot.exists and snapshot.state in ("connected", "connecting"):
            self.hang_up_problem = Problem(message=f"ACS took the hang-up, yet says that the call is {snapshot.state}")
            call.note(self.hang_up_problem)
        else:
            self._over("hung up; CallDisconnected did not come", taken)

    def _over(self, reason: str, at: datetime) -> None:
        self._call.state = ledger.ended(self._call.state, at, reason)
        self._call.show()
