"""One call, from dialling to its end (protocol reference 3.5, 3.6, 7.3). Pure: inputs in, effects out, time as argument.

Every method that takes `now` (Unix seconds) may add effects; `take_effects` hands them over. `advance` does what time
has brought, `next_due` says when there is more.
"""

from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from emulator.calls import refusals
from emulator.calls.context import CallContext
from emulator.calls.effects import Effect, SendPacket
from emulator.calls.mishaps import Mishaps
from emulator.calls.requests import Operation, Setup
from emulator.calls.transcription import Transcription
from emulator.config import SpeechStarts
from emulator.events import Result, call_event, participants_event
from emulator.fault_policy import FaultPolicy
from emulator.identifiers import model_of, participant_of
from emulator.player import Player
from emulator.scripts import CallScript, Line, spread

CallState = Literal["connecting", "connected", "disconnecting", "disconnected"]
Outcome = Literal["answer", "busy", "declined", "no_answer"]
FAILURES = {"create": "CreateCallFailed", "connect": "ConnectFailed", "answer": "AnswerFailed"}

ENDED_BY_APPLICATION = Result(
    sub_code=7000,
    message="Call was ended by Azure Communication Service Call Automation API or a server bot. DiagCode: 0#7000.@",
)
ENDED_BY_PARTICIPANTS = Result(
    sub_code=5010,
    message="This conversation has ended as only one participant was remaining in the conversation.. DiagCode: 0#5010.@",
)
REJECTIONS: dict[Outcome, Result] = {
    "declined": Result(sub_code=5002, message="The conversation has ended. DiagCode: 0#5002.@"),
    "busy": Result(code=486, sub_code=8539, message="The callee is busy.", sip=(486, "Busy Here")),
    "no_answer": Result(
        code=480, sub_code=8541, message="The callee did not answer.", sip=(480, "Temporarily Unavailable")
    ),
}
MOST_AT_ONCE = 64
"""Results that one `advance` takes, so that a fast script leaves room for everything else."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """What happens on a call, as decided before it: who speaks how fast, how the callee reacts, what goes wrong.

    `policy` has the plan's own faults; unset, those of the emulator are in force.
    """

    script: CallScript
    speed: float = 1.0
    outcome: Outcome = "answer"
    speech_starts: SpeechStarts = "transcription"
    hangup_at_end: float | None = None
    ring_timeout: float | None = None
    policy: FaultPolicy | None = None


class Call:
    """One call connection."""

    def __init__(self, setup: Setup, plan: Plan, context: CallContext, now: float) -> None:
        self.setup = setup
        self.plan = plan
        self.identity = context.identity
        self.state: CallState = "connecting"
        self.result: Result | None = None
        self.transcription = Transcription(setup, context)
        self.player = Player(plan.script, plan.speed, with_intermediates=self.transcription.wants_intermediates)
        self._context = context
        self._config = context.config
        self._mishaps = Mishaps(context, self.transcription, self.player)
        self.transcription.on_active = self._transcription_began
        self._script_over = False
        after = self._config.after(self._config.connect_delay)
        if plan.outcome == "answer":
            context.agenda.at(now + after, self._connected)
        else:
            if plan.outcome == "no_answer":
                telephone = any(target.startswith("4:") for target in setup.targets)
                after = self._config.ringing(telephone=telephone)
                after = after if plan.ring_timeout is None else plan.ring_timeout / self._config.haste
            context.agenda.at(now + after, self._rejected)

    @property
    def is_over(self) -> bool:
        """Whether the call has been disconnected."""
        return self.state == "disconnected"

    @property
    def is_done(self) -> bool:
        """Whether the call is over and nothing is still to come of it."""
        return self.is_over and self._context.agenda.next_due() is None and not self.transcription.streams.is_busy

    @property
    def ordinal(self) -> int:
        """The call's number on this emulator."""
        return self._context.ordinal

    @property
    def faults(self) -> dict[str, int]:
        """Faults that have happened on the call, by kind."""
        return dict(self._context.injected)

    @property
    def events_posted(self) -> int:
        """How many events the call has asked to post."""
        return self._context.events_posted

    def participants(self) -> list[str]:
        """Raw ids of those on the call: whom the application named, and who speaks in the script."""
        named = [*self.setup.targets, *([self.setup.source] if self.setup.source else [])]
        return list(dict.fromkeys([*named, *self.plan.script.participants]))

    def properties(self, answered_by: str) -> dict[str, Any]:
        """CallConnectionProperties (protocol reference 4.3); `answered_by` is the application's own raw id."""
        setup = self.setup
        properties: dict[str, Any] = {
            "callConnectionId": self.identity.call_connection_id,
            "serverCallId": self.identity.server_call_id,
            "targets": [model_of(target) for target in setup.targets],
            "callConnectionState": self.state,
            "callbackUri": setup.callback_uri,
            "correlationId": self.identity.correlation_id,
            "source": model_of(setup.source or answered_by),
        }
        if setup.source_caller_id:
            properties["sourceCallerIdNumber"] = {"value": setup.source_caller_id}
        if setup.source_display_name:
            properties["sourceDisplayName"] = setup.source_display_name
        if setup.kind == "answer":
            properties["answeredBy"] = model_of(answered_by)
        subscription = self.transcription.properties()
        if subscription is not None:
            properties["transcriptionSubscription"] = subscription
        return properties

    def start_transcription(self, operation: Operation, now: float) -> None:
        """Start, by REST. Raises `Refusal`."""
        self._check_established()
        self.transcription.start(operation, now)

    def update_transcription(self, operation: Operation, now: float) -> None:
        """Change the locale, by REST. Raises `Refusal`."""
        self._check_established()
        self.transcription.update(operation, now)

    def stop_transcription(self, operation: Operation, now: float) -> None:
        """Stop, by REST. Raises `Refusal`."""
        self._check_established()
        self.transcription.stop(operation, now)

    def hang_up(self, now: float) -> None:
        """The application leaves or terminates; while the call is already ending this changes nothing. Raises `Refusal`."""
        if self.is_over:
            raise refusals.ended(self._config.after_end)
        if self.state == "disconnecting":
            return
        self.state = "disconnecting"
        self.player.halt(now)
        after = self._config.after(self._config.hangup_delay)
        self._context.agenda.at(now + after, partial(self._disconnected, ENDED_BY_APPLICATION))

    def remote_hang_up(self, now: float) -> None:
        """The other side hangs up. Raises `Refusal` if the call is over."""
        if self.is_over:
            raise refusals.ended(self._config.after_end)
        self.player.halt(now)
        self._disconnected(ENDED_BY_PARTICIPANTS, now)

    def say(self, *, participant: str, text: str, duration_ms: int, locale: str | None, now: float) -> None:
        """Somebody says something besides the script, from now on. Raises `Refusal` unless the call is connected."""
        self._check_established()
        self.player.start(now)
        position = self.player.position_ms(now)
        words = spread(text, position, duration_ms)
        self.player.say(
            Line(
                participant=participant,
                offset_ms=position,
                duration_ms=duration_ms,
                text=text,
                words=words,
                locale=locale,
            )
        )

    def socket_opened(self, stream: int, now: float) -> None:
        """The shell has opened this stream's socket."""
        self.transcription.streams.opened(stream, self.player.position_ms(now), now)

    def socket_failed(self, stream: int, now: float, *, invalid_url: bool) -> None:
        """The shell could not open this stream's socket."""
        self.transcription.streams.failed(stream, now, invalid_url=invalid_url)

    def socket_dropped(self, stream: int, now: float) -> None:
        """The other side has closed the stream's socket."""
        self.transcription.socket_dropped(stream, now)

    def packet_sent(self, packet: SendPacket) -> None:
        """The shell has sent a packet."""
        self.transcription.streams.packet_sent(packet)

    def packet_lost(self, packet: SendPacket) -> None:
        """The shell could not send a packet."""
        self.transcription.streams.lost_one(packet)

    def packet_accepted(self, packet: SendPacket) -> None:
        """The receiver's TCP has acknowledged a packet."""
        self.transcription.streams.packet_accepted(packet)

    def next_due(self) -> float | None:
        """The instant (Unix seconds) at which time brings something; `None` if nothing is to come."""
        sources = (self._context.agenda.next_due(), self._mishaps.next_due(), self.player.next_due())
        instants = [due for due in sources if due is not None]
        return min(instants, default=None)

    def advance(self, now: float) -> None:
        """Do what is due by `now`, in order of time; at most `MOST_AT_ONCE` results."""
        for _ in range(MOST_AT_ONCE):
            due = self.next_due()
            if due is None or due > now:
                return
            action = self._context.agenda.take(due)
            if action is not None:
                action(now)
                continue
            if self._mishaps.next_due() == due:
                self._mishaps.strike(now)
                continue
            spoken = self.player.take(now)
            if spoken is None:
                return
            self._mishaps.before(spoken, now)
            self.transcription.hear(spoken, self.player.position_ms(now), now)
            self._note_end_of_script(now)

    def take_effects(self) -> list[Effect]:
        """The effects asked for since the last time, in order."""
        effects, self._context.effects = self._context.effects, []
        return effects

    def _check_established(self) -> None:
        if self.is_over:
            raise refusals.ended(self._config.after_end)
        if self.state != "connected":
            raise refusals.not_established()

    def _connected(self, now: float) -> None:
        if self.state != "connecting":
            return
        self.state = "connected"
        self._post("CallConnected", Result(), now)
        participants = [participant_of(raw_id) for raw_id in self.participants()]
        self._context.post("ParticipantsUpdated", participants_event(self.identity, participants, 1), now)
        if self.plan.speech_starts == "connected":
            self.player.start(now)
            self._note_end_of_script(now)
        if self.transcription.starts_by_itself:
            self.transcription.start_by_itself(now)

    def _transcription_began(self, now: float) -> None:
        if self.plan.speech_starts == "transcription":
            self.player.start(now)
            self._note_end_of_script(now)

    def _rejected(self, now: float) -> None:
        if self.state != "connecting":
            return
        # Recorded: the failure follows the disconnection, both with the same result.
        result = REJECTIONS[self.plan.outcome]
        self._disconnected(result, now)
        self._post(FAILURES[self.setup.kind], result, now)

    def _note_end_of_script(self, now: float) -> None:
        if self.player.finished and self.plan.hangup_at_end is not None and not self._script_over:
            self._script_over = True
            self._context.agenda.at(now + self.plan.hangup_at_end, self._remote_left)

    def _remote_left(self, now: float) -> None:
        if self.state == "connected":
            self.remote_hang_up(now)

    def _disconnected(self, result: Result, now: float) -> None:
        if self.is_over:
            return
        self.state = "disconnected"
        self.result = result
        self._context.agenda.clear()
        self._mishaps.call_ended(now)
        self._post("CallDisconnected", result, now)

    def _post(self, name: str, result: Result, now: float) -> None:
        self._context.post(name, call_event(name, self.identity, result, self.setup.operation_context), now)
