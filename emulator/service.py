"""All calls of one emulator: how they come to be, where they are found, and what was planned for them. No I/O."""

import itertools
from collections.abc import Callable, Iterator

from emulator import control_models as control
from emulator.calls import refusals
from emulator.calls.context import CallContext
from emulator.calls.machine import Call, Plan
from emulator.calls.requests import Setup
from emulator.calls.transcription import Phase
from emulator.config import EmulatorConfig
from emulator.events import CallIdentity
from emulator.fault_policy import FaultPolicy
from emulator.identifiers import same_target
from emulator.incoming import Incoming, IncomingCalls, IncomingState, make_context, make_server_call_id
from emulator.scripts import SHIPPED, CallScript, load_script, parse_script, silence

EVERY_TARGET = "*"


class Service:
    """The calls. `new_id` makes unique ids; `on_call` is told of each call that begins."""

    def __init__(self, config: EmulatorConfig, new_id: Callable[[], str], on_call: Callable[[Call], None]) -> None:
        self.config = config
        self.calls: dict[str, Call] = {}
        self.incoming = IncomingCalls()
        self.application = f"8:acs:{new_id()}_{new_id()}"
        self._new_id = new_id
        self._on_call = on_call
        self._ordinals = itertools.count()
        self._default = load_script(config.script or SHIPPED / "two-languages.jsonl")
        self._plans: dict[str, Plan] = {}
        self.faults = FaultPolicy(seed=config.seed)

    def begin(self, setup: Setup, version: str, now: float) -> Call:
        """Begin a created or connected call."""
        plan = self._planned(_names(setup))
        server_call_id = setup.locator if setup.locator and setup.locator.startswith("aHR0c") else None
        return self._begin(setup, plan, version, now, server_call_id=server_call_id, correlation_id=None)

    def answer(self, setup: Setup, version: str, now: float) -> Call:
        """Begin an answered call. Raises `Refusal` if the context is not good, or not good any more."""
        incoming = self.incoming.take(setup.incoming_call_context or "", "answered", now)
        setup = Setup(
            kind="answer",
            callback_uri=setup.callback_uri,
            targets=(incoming.callee,),
            source=incoming.caller,
            source_display_name=incoming.display_name or None,
            operation_context=setup.operation_context,
            cognitive_services_endpoint=setup.cognitive_services_endpoint,
            transcription=setup.transcription,
        )
        return self._begin(
            setup,
            incoming.plan,
            version,
            now,
            server_call_id=incoming.server_call_id,
            correlation_id=incoming.correlation_id,
        )

    def turn_away(self, context: str, state: IncomingState, now: float) -> None:
        """Reject or redirect an incoming call. Raises `Refusal`."""
        self.incoming.take(context, state, now)

    def ring(self, request: control.IncomingRequest, plan: Plan, now: float) -> Incoming:
        """Let somebody call the application."""
        correlation_id = self._new_id()
        caller, callee = same_target(request.caller), same_target(request.callee)
        wait = request.ring_timeout
        incoming = Incoming(
            context=make_context(caller, callee, correlation_id),
            caller=caller,
            callee=callee,
            display_name=request.display_name,
            server_call_id=make_server_call_id(self._new_id(), now),
            correlation_id=correlation_id,
            plan=plan,
            expires=now + (self.config.ringing(telephone=callee.startswith("4:")) if wait is None else wait),
        )
        self.incoming.add(incoming)
        return incoming

    def plan(self, target: str, plan: Plan) -> None:
        """Decide what the next calls to `target` do."""
        self._plans[same_target(target)] = plan

    def read_plan(self, request: control.PlanRequest) -> Plan:
        """A plan with what is unset taken from the configuration; may read a file. Raises `ScriptError`."""
        config = self.config
        return Plan(
            script=self._script(request),
            speed=request.speed or config.speed,
            outcome=request.outcome,
            speech_starts=request.speech_starts or config.speech_starts,
            hangup_at_end=config.hangup_at_end if request.hangup_at_end is None else request.hangup_at_end,
            ring_timeout=request.ring_timeout,
            policy=self._policy(request),
        )

    def policy_of_call(self, call_connection_id: str) -> FaultPolicy:
        """The faults of a call's plan, or the emulator's."""
        call = self.calls.get(call_connection_id)
        return self.faults if call is None else call.plan.policy or self.faults

    def policy_of_setup(self, setup: Setup) -> FaultPolicy:
        """The faults of the call that is about to begin."""
        if setup.incoming_call_context is not None:
            incoming = self.incoming.calls.get(setup.incoming_call_context)
            plan = None if incoming is None else incoming.plan
        else:
            plan = self._planned(_names(setup))
        return self.faults if plan is None else plan.policy or self.faults

    def find(self, call_connection_id: str) -> Call:
        """The call of this id, over or not. Raises `Refusal` (404/8522)."""
        call = self.calls.get(call_connection_id)
        if call is None:
            raise refusals.unknown_call()
        return call

    def report(self, call: Call, now: float) -> control.CallReport:
        """What the control API says about a call."""
        transcription, player = call.transcription, call.player
        spoken = transcription.streams.delivered + transcription.undelivered + transcription.streams.lost
        return control.CallReport(
            call_connection_id=call.identity.call_connection_id,
            correlation_id=call.identity.correlation_id,
            server_call_id=call.identity.server_call_id,
            kind=call.setup.kind,
            state=call.state,
            targets=list(call.setup.targets),
            participants=call.participants(),
            locator=call.setup.locator,
            operation_context=call.setup.operation_context,
            result_code=None if call.result is None else call.result.code,
            result_sub_code=None if call.result is None else call.result.sub_code,
            transcription_state="active" if transcription.phase is Phase.ACTIVE else "inactive",
            locale=transcription.locale,
            subscription_id=transcription.subscription_id,
            streams_opened=transcription.streams.newest,
            packets_sent=transcription.streams.packets_sent,
            events_posted=call.events_posted,
            faults=call.faults,
            script=control.ScriptProgress(
                name=call.plan.script.name,
                lines_total=player.lines_total,
                spoken=spoken,
                delivered=transcription.streams.delivered,
                undelivered=transcription.undelivered,
                lost=transcription.streams.lost,
                finished=player.finished,
                position_ms=player.position_ms(now),
            ),
        )

    def _begin(
        self,
        setup: Setup,
        plan: Plan,
        version: str,
        now: float,
        *,
        server_call_id: str | None,
        correlation_id: str | None,
    ) -> Call:
        identity = CallIdentity(
            call_connection_id=self._new_id(),
            server_call_id=server_call_id or make_server_call_id(self._new_id(), now),
            correlation_id=correlation_id or self._new_id(),
            version=version,
        )
        policy = plan.policy or self.faults
        context = CallContext(
            identity=identity,
            ordinal=next(self._ordinals),
            config=self.config,
            callback_uri=setup.callback_uri,
            new_id=self._new_id,
            faults=policy.faults,
            tell_fault=policy.count,
        )
        call = Call(setup, plan, context, now)
        self.calls[identity.call_connection_id] = call
        self._forget_oldest()
        self._on_call(call)
        return call

    def _planned(self, names: list[str]) -> Plan:
        for name in [*map(same_target, names), EVERY_TARGET]:
            if name in self._plans:
                return self._plans[name]
        return self.read_plan(control.PlanRequest())

    def _policy(self, request: control.PlanRequest) -> FaultPolicy | None:
        """What happens to a plan's calls counts for the emulator too."""
        if request.faults is None:
            return None
        return FaultPolicy(request.faults, injected=self.faults.injected, seed=self.config.seed)

    def _script(self, request: control.PlanRequest) -> CallScript:
        if request.silent:
            return silence()
        if request.script is not None:
            return parse_script(request.script, "script")
        return self._default if request.script_path is None else load_script(request.script_path)

    def _forget_oldest(self) -> None:
        if len(self.calls) <= self.config.keep_ended:
            return
        for call_id in list(itertools.islice(self._over(), len(self.calls) - self.config.keep_ended)):
            del self.calls[call_id]

    def _over(self) -> Iterator[str]:
        return (call_id for call_id, call in self.calls.items() if call.is_over)


def _names(setup: Setup) -> list[str]:
    return [setup.locator] if setup.locator else list(setup.targets)
