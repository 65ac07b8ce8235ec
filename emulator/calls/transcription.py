"""The transcription of one call: subscription, socket and packets (protocol reference 1, 2, 3.3). Pure.

inactive ──start──► starting ──socket open──► active ──stop──► inactive
                        └──socket fails──► inactive (TranscriptionFailed)
active ──socket drops──► active without a socket ──► reconnected (TranscriptionResumed) or given up (…Failed)
"""

from dataclasses import replace
from enum import StrEnum
from functools import partial
from typing import Any

from emulator import packets
from emulator.calls import refusals
from emulator.calls.context import CallContext
from emulator.calls.effects import CloseSocket, Final, OpenSocket, SendPacket
from emulator.calls.notices import INVALID_URL, NOT_ESTABLISHED, Notices
from emulator.calls.record import Fate, Record, SaidFinal
from emulator.calls.requests import Operation, Setup, missing_locale
from emulator.calls.results import ResultWriter
from emulator.events import Result
from emulator.player import Spoken


class Phase(StrEnum):
    """Where the subscription stands; `starting` shows as inactive to the outside."""

    INACTIVE = "inactive"
    STARTING = "starting"
    ACTIVE = "active"


class Transcription:
    """One call's transcription. `delivered`, `lost` and `undelivered` count final results."""

    def __init__(self, setup: Setup, context: CallContext) -> None:
        self._context = context
        self._config = context.config
        self._options = setup.transcription
        self._cognitive = setup.cognitive_services_endpoint is not None
        self._updatable = setup.kind != "connect"
        self.phase = Phase.INACTIVE
        self.subscription_id = context.new_id()
        self.locale = self._options.locale if self._options else None
        self.sent: list[Final] = []
        self.undelivered = 0
        self.lost = 0
        self.packets_sent = 0
        self.record = Record()
        self.stream = 0
        self._starts = 0
        self._socket_open = False
        self._model = self._options.speech_model if self._options else None
        self._start = Operation()
        self._start_pending = False
        self._stop: Operation | None = None
        self._tries = 0
        self._results = ResultWriter(context)
        self._notices = Notices(context)

    @property
    def delivered(self) -> int:
        """Final results that were handed to a socket."""
        return len(self.sent)

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

    def call_ended(self, now: float) -> None:
        """The call is over: close the socket and stop."""
        was_active = self.phase is Phase.ACTIVE
        self._stop = None
        if was_active and self._config.stopped_on_hangup:
            self._notices.stopped(self._start, self._start, now)
        self._to_inactive(now)
        self._close_socket(now)

    def hear(self, spoken: Spoken, position_ms: int, now: float) -> None:
        """Something has been said: send it if transcription is active and a socket is open."""
        if self.phase is not Phase.ACTIVE or not self._socket_open:
            self._unsent(spoken, now)
            return
        packet = self._results.packet(
            spoken,
            stream=self.stream,
            locale=self.locale or "",
            subscription=self.subscription_id,
            zero=now - (position_ms - self._results.origin_ms) / 1000,
        )
        if packet.final is not None:
            said = SaidFinal(
                participant=packet.final.participant,
                text=packet.final.text,
                said_at=now,
                fate="sent",
                stream=packet.final.stream,
                offset=packet.final.offset,
                subscription=packet.final.subscription,
            )
            self.record.said(said)
            packet = replace(packet, said=said)
        self._context.effects.append(packet)

    def _unsent(self, spoken: Spoken, now: float) -> None:
        if not spoken.is_final:
            return
        active = self.phase is Phase.ACTIVE
        self.lost += active
        self.undelivered += not active
        line = spoken.line
        fate: Fate = "lost" if active else "undelivered"
        self.record.said(SaidFinal(participant=line.participant, text=line.text, said_at=now, fate=fate))

    def packet_sent(self, packet: SendPacket) -> None:
        """The socket has taken a packet."""
        self.packets_sent += 1
        if packet.final is not None:
            self.sent.append(packet.final)

    def packet_lost(self, packet: SendPacket) -> None:
        """The socket was gone before it took a packet."""
        self.lost += packet.final is not None
        if packet.said is not None:
            packet.said.fate = "lost"

    def socket_opened(self, stream: int, position_ms: int, now: float) -> None:
        """The upgrade succeeded."""
        if stream != self.stream or self.phase is Phase.INACTIVE:
            self._context.effects.append(CloseSocket(stream=stream, code=self._config.close_code))
            return
        self._socket_open = True
        self.record.socket_opened(stream, now)
        self._tries = 0
        if self.phase is Phase.STARTING:
            self._activate(position_ms, now)
        else:
            self._send_metadata()
            self._notices.resumed(self._start, now)

    def socket_failed(self, stream: int, now: float, *, invalid_url: bool) -> None:
        """The upgrade failed: the first one fails the start, a later one is tried again for a while."""
        if stream != self.stream or self.phase is Phase.INACTIVE:
            return
        if self.phase is Phase.ACTIVE:
            self._reconnect(now)
            return
        self._to_inactive(now)
        self._stop = None
        self._notices.failed(
            self._start, "streamConnectionUnsuccessful", INVALID_URL if invalid_url else NOT_ESTABLISHED, now
        )

    def socket_dropped(self, stream: int, now: float) -> None:
        """The other side closed the socket, or died."""
        if stream != self.stream or not self._socket_open:
            return
        self._socket_open = False
        self.record.socket_ended(stream, now, "receiver")
        if self.phase is Phase.ACTIVE:
            self._reconnect(now)

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
        if self._socket_open:
            # The socket outlived the stop, and so did what listens behind it: offsets go on.
            self._activate(self._results.origin_ms, now)
        else:
            self._open_socket(now)

    def _open_socket(self, _now: float) -> None:
        if self.phase is Phase.INACTIVE or self._options is None or self._options.transport_url is None:
            return
        self.stream += 1
        headers = (
            ("x-ms-call-connection-id", self._context.identity.call_connection_id),
            ("x-ms-call-correlation-id", self._context.identity.correlation_id),
        )
        self._context.effects.append(OpenSocket(stream=self.stream, url=self._options.transport_url, headers=headers))

    def _activate(self, position_ms: int, now: float) -> None:
        self.phase = Phase.ACTIVE
        self.record.activated(now)
        if self._starts and self._config.new_subscription_per_start:
            self.subscription_id = self._context.new_id()
        if self._config.offsets_restart:
            self._results.restart(position_ms)
        self._starts += 1
        self._send_metadata()
        self._notices.started(self._start, now)
        if self._stop is not None:
            self._context.agenda.at(now + self._config.after(self._config.stop_delay), self._stopped)

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
            self._send_metadata()
        self._notices.updated(self._start, operation, now)

    def _stopped(self, now: float) -> None:
        stop, self._stop = self._stop, None
        if stop is None or self.phase is not Phase.ACTIVE:
            return
        self.phase = Phase.INACTIVE
        self.record.deactivated(now)
        if self._config.stop_closes_socket:
            self._close_socket(now)
        self._notices.stopped(self._start, stop, now)

    def _reconnect(self, now: float) -> None:
        if self._tries < self._config.reconnect_tries:
            self._tries += 1
            self._context.agenda.at(now + self._config.reconnect_pause, self._open_socket)
            return
        self._to_inactive(now)
        self._stop = None
        self._notices.failed(self._start, "streamConnectionUnsuccessful", NOT_ESTABLISHED, now)

    def _to_inactive(self, now: float) -> None:
        self.phase = Phase.INACTIVE
        self.record.deactivated(now)
        self._start_pending = False
        self._tries = 0

    def _close_socket(self, now: float) -> None:
        if self.stream:
            self.record.socket_ended(self.stream, now, "emulator")
            self._context.effects.append(CloseSocket(stream=self.stream, code=self._config.close_code))
        self._socket_open = False

    def _send_metadata(self) -> None:
        if not self._socket_open:
            return
        text = packets.metadata(
            subscription_id=self.subscription_id,
            locale=self.locale or "",
            call_connection_id=self._context.identity.call_connection_id,
            correlation_id=self._context.identity.correlation_id,
            speech_model=self._model,
        )
        self._context.effects.append(SendPacket(stream=self.stream, text=text))
