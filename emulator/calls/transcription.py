"""The transcription of one call: subscription, socket and packets (protocol reference 1, 2, 3.3). Pure.

inactive ──start──► starting ──socket open──► active ──stop──► inactive
                        └──socket fails──► inactive (TranscriptionFailed)
active ──socket drops──► active without a socket ──► reconnected (TranscriptionResumed) or given up (…Failed)
"""

from collections.abc import Callable
from enum import StrEnum
from functools import partial
from typing import Any, Literal

from emulator import packets
from emulator.calls import refusals
from emulator.calls.context import CallContext
from emulator.calls.effects import SendPacket
from emulator.calls.notices import INVALID_URL, NOT_ESTABLISHED, Notices
from emulator.calls.requests import Operation, Setup, missing_locale
from emulator.calls.results import ResultWriter
from emulator.calls.streams import Dialling, Return, Streams
from emulator.events import Result
from emulator.player import Spoken


class Phase(StrEnum):
    """Where the subscription stands; `starting` shows as inactive to the outside."""

    INACTIVE = "inactive"
    STARTING = "starting"
    ACTIVE = "active"


class Transcription:
    """One call's transcription. `undelivered` counts final results that were said while it was not active.

    `on_active` is told when it becomes active. `start_mishap` may take a start over from it, and says whether it has.
    """

    def __init__(self, setup: Setup, context: CallContext) -> None:
        self._context = context
        self._config = context.config
        self._options = setup.transcription
        self._cognitive = setup.cognitive_services_endpoint is not None
        self._updatable = setup.kind != "connect"
        self.phase = Phase.INACTIVE
        self.subscription_id = context.new_id()
        self.locale = self._options.locale if self._options else None
        self.undelivered = 0
        self.streams = Streams(context, self._options.transport_url if self._options else None)
        self.results = ResultWriter(context)
        self.withheld: list[SendPacket] | None = None
        """Results that are to come after the call's end; unset while they are sent as they fall due."""
        self.on_active: Callable[[float], None] = lambda _now: None
        self.start_mishap: Callable[[float], bool] = lambda _now: False
        self._starts = 0
        self._model = self._options.speech_model if self._options else None
        self._start = Operation()
        self._start_pending = False
        self._stop: Operation | None = None
        self._tries = 0
        self._notices = Notices(context)

    @property
    def wants_intermediates(self) -> bool:
        """Whether intermediate results were asked for."""
        return self._options is not None and self._options.intermediate_results

    @property
    def starts_by_itself(self) -> bool:
        """Whether the call asked for transcription from the start."""
        return self._options is not None and self._options.start

    def properties(self) -> dict[str, Any] | None:
        """`transcriptionSubscription` of the call's properties; `None` without transcription options."""
        if self._options is None:
            return None
        results = ["final", "intermediate"] if self.wants_intermediates else ["final"]
        state = "active" if self.phase is Phase.ACTIVE else "inactive"
        return {
            "id": self.subscription_id,
            "state": state,
            "subscribedResultTypes": results,
            "locale": self.locale,
        }

    def start(self, operation: Operation, now: float) -> None:
        """Start, as asked by REST or by the call's options. Raises `Refusal`."""
        self._check_configured()
        if self.phase is Phase.ACTIVE and self._stop is None:
            if self._config.second_start == "accept":
                return
            raise refusals.wrong_state("Transcription is already active.")
        if self.phase is Phase.STARTING and self._stop is not None:
            raise refusals.wrong_state("Transcription is being stopped.")
        if self._start_pending or self.phase is Phase.STARTING:
            return
        locale = operation.locale or self.locale
        if locale is None:
            raise missing_locale()
        after = self._config.after(self._config.transcription_delay)
        self._context.agenda.at(now + after, partial(self._begin, operation, locale))
        self._start_pending = True
        if self.phase is Phase.INACTIVE:
            self.phase = Phase.STARTING

    def start_by_itself(self, now: float) -> None:
        """Start because the call's options said so; a refusal becomes an event, for there is no request to refuse."""
        try:
            self.start(Operation(), now)
        except refusals.Refusal as refusal:
            code = int(refusal.code or 0)
            self._notices.failed(
                self._start, "badRequest", Result(code=refusal.status, sub_code=code, message=refusal.message), now
            )

    def update(self, operation: Operation, now: float) -> None:
        """Change the locale. Raises `Refusal`."""
        if not self._updatable:
            raise refusals.not_supported(
                "UpdateTranscription is not supported for a connection created with the Connect interface."
            )
        self._check_configured()
        if operation.locale is None:
            raise missing_locale()
        if self.phase is Phase.INACTIVE:
            raise refusals.wrong_state("Transcription is not active.")
        after = self._config.after(self._config.update_delay)
        self._context.agenda.at(now + after, partial(self._updated, operation))

    def stop(self, operation: Operation, now: float) -> None:
        """Stop; a transcription that is still starting is stopped as soon as it has started. Raises `Refusal`."""
        self._check_configured()
        if self.phase is Phase.INACTIVE:
            raise refusals.wrong_state("Transcription is not active.")
        if self._stop is not None:
            return
        self._stop = operation
        if self.phase is Phase.ACTIVE:
            self._context.agenda.at(now + self._config.after(self._config.stop_delay), self._stopped)

    def call_ended(self, now: float, *, keep_socket: bool = False) -> None:
        """The call is over: stop, and close the sockets unless something is still to come on them."""
        was_active = self.phase is Phase.ACTIVE
        self._stop = None
        if was_active and self._config.stopped_on_hangup:
            self._notices.stopped(self._start, self._start, now)
        self._to_inactive(now)
        if not keep_socket:
            self.streams.close_all(now)

    def hear(self, spoken: Spoken, position_ms: int, now: float) -> None:
        """Something has been said: send it if transcription is active and a socket is open."""
        if self.phase is Phase.ACTIVE and (self.streams.is_open or self.withheld is not None):
            packet = self.result(spoken, position_ms, now)
            if self.withheld is None:
                self.streams.send(packet)
            elif spoken.is_final:
                self.withheld.append(packet)
        elif spoken.is_final:
            active = self.phase is Phase.ACTIVE
            self.undelivered += not active
            self.streams.unsent(spoken.line, now, fate="lost" if active else "undelivered")

    def result(self, spoken: Spoken, position_ms: int, now: float) -> SendPacket:
        """The packet for something that was said; a final result is recorded."""
        subscription = self.subscription_id
        packet = self.results.packet(spoken, position_ms, now, locale=self.locale or "", subscription=subscription)
        if packet.said is not None:
            self.streams.record.said(packet.said)
        return packet

    def socket_dropped(self, stream: int, now: float) -> None:
        """The other side closed a socket, or died."""
        if self.streams.dropped(stream, now) and self.phase is Phase.ACTIVE:
            self.reconnect(Return(), now)

    def reconnect(self, back: Return, now: float) -> None:
        """Dial again after a pause, as often as is configured; then transcription has failed."""
        if self._tries >= self._config.reconnect_tries:
            self.fail("streamConnectionUnsuccessful", NOT_ESTABLISHED, now)
            return
        self._tries += 1
        pause = self._config.reconnect_pause if back.pause is None or self._tries > 1 else back.pause
        self._context.agenda.at(now + pause, partial(self._redial, back))

    def fail(self, details: str, result: Result, now: float) -> None:
        """Transcription ends with TranscriptionFailed; its sockets close."""
        self._to_inactive(now)
        self._stop = None
        self.streams.close_all(now)
        self.tell_failure(details, result, now)

    def tell_failure(self, details: str, result: Result, now: float) -> None:
        """TranscriptionFailed, true or not."""
        self._notices.failed(self._start, details, result, now)

    def tell_interruption(self, told: Literal["updated", "failed"], now: float) -> None:
        """A socket was lost; transcription goes on."""
        self._notices.interrupted(self._start, told, now)

    def cease(self, details: str, now: float) -> None:
        """Transcription ends with TranscriptionStopped, though nobody has asked for it; its sockets close."""
        self._to_inactive(now)
        self._stop = None
        self.streams.close_all(now)
        self.tell_stop(details, now)

    def tell_stop(self, details: str, now: float) -> None:
        """TranscriptionStopped, true or not."""
        self._notices.stopped(self._start, self._start, now, details)

    def activate(self, position_ms: int, now: float) -> None:
        """Transcription is active from here on, with a socket or without."""
        self.phase = Phase.ACTIVE
        self.streams.record.activated(now)
        if self._starts and self._config.new_subscription_per_start:
            self.subscription_id = self._context.new_id()
        if self._config.offsets_restart:
            self.results.restart(position_ms)
        self._starts += 1
        self.send_metadata()
        self._notices.started(self._start, now)
        if self._stop is not None:
            self._context.agenda.at(now + self._config.after(self._config.stop_delay), self._stopped)
        self.on_active(now)

    def change_subscription(self) -> None:
        """Go on under another subscription id."""
        self.subscription_id = self._context.new_id()

    def send_metadata(self) -> None:
        """Tell the newest socket what it is about."""
        text = packets.metadata(
            subscription_id=self.subscription_id,
            locale=self.locale or "",
            call_connection_id=self._context.identity.call_connection_id,
            correlation_id=self._context.identity.correlation_id,
            speech_model=self._model,
        )
        self.streams.say(text)

    def _check_configured(self) -> None:
        if self._options is None or self._options.transport_url is None:
            raise refusals.missing_configuration("Transcription URL is not set during call setup.")
        if not self._cognitive:
            raise refusals.missing_configuration("Cognitive Service configuration is not set during call setup.")

    def _begin(self, operation: Operation, locale: str, now: float) -> None:
        if self._stop is not None and self.phase is Phase.ACTIVE:
            self._stopped(now)
        self._start_pending = False
        self.phase = Phase.STARTING
        self._start = operation
        self.locale = locale
        self._model = operation.speech_model or self._model
        if self.start_mishap(now):
            return
        if self.streams.is_open:
            # The socket outlived the stop, and so did what listens behind it: offsets go on.
            self.activate(self.results.origin_ms, now)
        else:
            self.streams.dial(
                Dialling(
                    opened=lambda _stream, position_ms, now: self.activate(position_ms, now), failed=self._not_opened
                )
            )

    def _not_opened(self, invalid_url: bool, now: float) -> None:
        self.fail("streamConnectionUnsuccessful", INVALID_URL if invalid_url else NOT_ESTABLISHED, now)

    def _redial(self, back: Return, _now: float) -> None:
        if self.phase is Phase.ACTIVE:
            self.streams.dial(
                Dialling(
                    opened=partial(self._returned, back), failed=lambda _invalid_url, now: self.reconnect(back, now)
                )
            )

    def _returned(self, back: Return, stream: int, _position_ms: int, now: float) -> None:
        self._tries = 0
        if back.new_subscription:
            self.change_subscription()
        self.send_metadata()
        self.streams.replay(back.replay, stream, self.subscription_id)
        if back.announced:
            self._notices.resumed(self._start, now)

    def _updated(self, operation: Operation, now: float) -> None:
        if self.phase is Phase.STARTING:
            # Asked while starting: it takes effect as soon as there is something to update.
            self._context.agenda.at(
                now + self._config.after(self._config.update_delay) + 0.01, partial(self._updated, operation)
            )
            return
        if self.phase is Phase.INACTIVE:
            return
        self.locale = operation.locale
        self._model = operation.speech_model or self._model
        if self._config.metadata_on_update:
            self.send_metadata()
        self._notices.updated(self._start, operation, now)

    def _stopped(self, now: float) -> None:
        stop, self._stop = self._stop, None
        if stop is None or self.phase is not Phase.ACTIVE:
            return
        self.phase = Phase.INACTIVE
        self.streams.record.deactivated(now)
        if self._config.stop_closes_socket:
            self.streams.close_all(now)
        self._notices.stopped(self._start, stop, now)

    def _to_inactive(self, now: float) -> None:
        self.phase = Phase.INACTIVE
        self.streams.record.deactivated(now)
        self._start_pending = False
        self._tries = 0
