"""The sockets of one call: which are open, which of them get packets, and what became of what they got. Pure."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from emulator.calls.context import CallContext
from emulator.calls.effects import CloseSocket, DropSocket, Final, OpenSocket, SendPacket
from emulator.calls.record import Record, SaidFinal
from emulator.scripts import Line

MOST_REPLAYED = 1000


@dataclass(frozen=True, kw_only=True, slots=True)
class Dialling:
    """What follows when a socket has been dialled: `opened` gets its stream, `failed` whether the URL is to blame."""

    opened: Callable[[int, int, float], None]
    """Stream, position in the script (ms), now."""
    failed: Callable[[bool, float], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Return:
    """How a dropped socket comes back; `pause` in seconds, unset for the emulator's."""

    pause: float | None = None
    replay: int = 0
    new_subscription: bool = False
    announced: bool = True


class Streams:
    """Sockets by number. `delivered` and `lost` count final results, each once; `sent` has replays too."""

    def __init__(self, context: CallContext, url: str | None) -> None:
        self.newest = 0
        self.sent: list[Final] = []
        self.delivered = 0
        self.lost = 0
        self.packets_sent = 0
        self.record = Record()
        self._context = context
        self._url = url
        self._dialling: dict[int, Dialling] = {}
        self._open: list[int] = []
        self._served: list[int] = []
        """Those of the open ones that get packets, the oldest first."""
        self._held: list[SendPacket] | None = None
        self._newest_results: deque[SendPacket] = deque(maxlen=MOST_REPLAYED)

    @property
    def is_open(self) -> bool:
        """Whether a socket is open that gets packets."""
        return bool(self._served)

    @property
    def is_busy(self) -> bool:
        """Whether a socket is open or being dialled."""
        return bool(self._open or self._dialling)

    def dial(self, dialling: Dialling) -> None:
        """Open another socket."""
        if self._url is None:
            return
        self.newest += 1
        self._dialling[self.newest] = dialling
        identity = self._context.identity
        headers = (
            ("x-ms-call-connection-id", identity.call_connection_id),
            ("x-ms-call-correlation-id", identity.correlation_id),
        )
        self._context.effects.append(OpenSocket(stream=self.newest, url=self._url, headers=headers))

    def opened(self, stream: int, position_ms: int, now: float) -> None:
        """The upgrade succeeded; a socket that is not wanted any more is closed."""
        dialling = self._dialling.pop(stream, None)
        if dialling is None:
            self._context.effects.append(CloseSocket(stream=stream, code=self._context.config.close_code))
            return
        self._open.append(stream)
        self._served.append(stream)
        self.record.socket_opened(stream, now)
        dialling.opened(stream, position_ms, now)

    def failed(self, stream: int, now: float, *, invalid_url: bool) -> None:
        """The upgrade failed."""
        dialling = self._dialling.pop(stream, None)
        if dialling is not None:
            dialling.failed(invalid_url, now)

    def dropped(self, stream: int, now: float) -> bool:
        """The other side ended a socket; whether it was the last one that got packets."""
        served = stream in self._served
        self._forget(stream, now, ended_by_us=False)
        return served and not self._served

    def serve_only(self, stream: int) -> None:
        """From now on only this open socket gets packets."""
        self._served = [stream]

    def close(self, stream: int, now: float, code: int | None = None) -> None:
        """Close one socket, open or still being dialled."""
        if stream in self._open or stream in self._dialling:
            code = self._context.config.close_code if code is None else code
            self._context.effects.append(CloseSocket(stream=stream, code=code))
            self._forget(stream, now, ended_by_us=True)

    def close_all(self, now: float) -> None:
        """Close all sockets; what is held back goes out first."""
        self.release()
        for stream in [*self._open, *self._dialling]:
            self.close(stream, now)

    def drop_all(self, how: Literal["abort", "close", "half_open"], code: int, now: float) -> None:
        """End all open sockets, in one of three ways."""
        for stream in list(self._open):
            if how == "close":
                self.close(stream, now, code)
            else:
                self._context.effects.append(DropSocket(stream=stream, how=how))
                self._forget(stream, now, ended_by_us=True)

    def say(self, text: str | bytes) -> None:
        """Send a packet that is no result, to the newest socket."""
        if self._served:
            self._put(SendPacket(stream=self._served[-1], text=text))

    def send(self, packet: SendPacket) -> None:
        """Send a result to every socket that gets packets."""
        if self._held is not None:
            self._held.append(packet)
            return
        if not self._served:
            self.lost_one(packet)
            return
        self._newest_results.append(packet)
        for number, stream in enumerate(self._served):
            self._hand(packet, stream, again=number > 0)

    def replay(self, count: int, stream: int, subscription: str) -> None:
        """Send the last `count` results once more, on this socket and in the name of this subscription."""
        for packet in list(self._newest_results)[-count:] if count else []:
            self._hand(packet, stream, again=True, subscription=subscription)

    def hold(self) -> None:
        """Keep every packet back until `release`."""
        if self._held is None:
            self._held = []

    def release(self) -> None:
        """Send everything that was kept back."""
        held, self._held = self._held, None
        for packet in held or []:
            if packet.stream:
                self._put(packet)
            else:
                self.send(packet)

    def packet_sent(self, packet: SendPacket) -> None:
        """A socket has taken a packet."""
        self.packets_sent += 1
        final, said = packet.final, packet.said
        if final is None:
            return
        if said is not None and said.fate == "lost":
            # What its first socket did not take, another one has.
            said.fate, said.stream, final.replay = "sent", final.stream, False
            self.lost -= 1
        elif said is not None and final.replay:
            said.replays += 1
        self.delivered += not final.replay
        self.sent.append(final)

    def packet_accepted(self, packet: SendPacket) -> None:
        """The receiver's TCP has acknowledged a packet that was sent."""
        if packet.final is not None:
            packet.final.accepted = True
        if packet.said is not None:
            packet.said.accepted = True

    def lost_one(self, packet: SendPacket) -> None:
        """No socket took a packet; a copy of one that was taken is no loss."""
        final, said = packet.final, packet.said
        if final is None or final.replay:
            return
        self.lost += 1
        if said is not None:
            said.fate = "lost"

    def unsent(self, line: Line, now: float, *, fate: Literal["lost", "undelivered"]) -> None:
        """Something was said that was not even meant for a socket."""
        self.lost += fate == "lost"
        self.record.said(SaidFinal(participant=line.participant, text=line.text, said_at=now, fate=fate))

    def _hand(self, packet: SendPacket, stream: int, *, again: bool, subscription: str | None = None) -> None:
        final = packet.final
        if final is not None:
            final = replace(final, stream=stream, replay=again, subscription=subscription or final.subscription)
            if packet.said is not None and not again:
                packet.said.stream = stream
        self._put(replace(packet, stream=stream, final=final))

    def _put(self, packet: SendPacket) -> None:
        if self._held is not None:
            self._held.append(packet)
        else:
            self._context.effects.append(packet)

    def _forget(self, stream: int, now: float, *, ended_by_us: bool) -> None:
        self._dialling.pop(stream, None)
        if stream in self._open:
            self._open.remove(stream)
            self.record.socket_ended(stream, now, "emulator" if ended_by_us else "receiver")
        if stream in self._served:
            self._served.remove(stream)
