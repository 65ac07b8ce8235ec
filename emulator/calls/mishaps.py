"""What goes wrong on one call, and when. Pure: faults in, changes to the call's transcription out."""

import random
from collections.abc import Callable
from functools import partial
from typing import Any, Generic, TypeVar

from emulator.calls.context import CallContext
from emulator.calls.effects import SendPacket
from emulator.calls.notices import NOT_ESTABLISHED
from emulator.calls.poison import poison
from emulator.calls.streams import Dialling, Return
from emulator.calls.transcription import Phase, Transcription
from emulator.events import Result
from emulator.faults import Cease, Drop, Fail, Late, NoSocket, OffsetRestart, Overlap, Poison, Stall
from emulator.player import Player, Spoken

Drawable = TypeVar("Drawable", bound=Drop | Overlap | Stall | OffsetRestart | Poison | Fail | NoSocket)
Drawn = Drop | Overlap | Stall | OffsetRestart | Poison | Fail
Momentary = Drawn | Cease


class Mishaps:
    """One call's faults. Those with a moment wait for the script to come there, the others are drawn."""

    def __init__(self, context: CallContext, transcription: Transcription, player: Player) -> None:
        self._context = context
        self._transcription = transcription
        self._player = player
        self._timed: list[tuple[int, Momentary | Late]] = []
        self._drawn: list[_Drawn[Drawn]] = []
        self._at_start: list[_Drawn[Fail | NoSocket]] = []
        self._late: Late | None = None
        for number, fault in enumerate(context.faults.calls):
            self._sort_in(number, fault)
        self._timed.sort(key=lambda entry: entry[0])
        transcription.start_mishap = self._on_start

    def next_due(self) -> float | None:
        """The instant (Unix seconds) of the next fault that has a moment."""
        return self._player.instant(self._timed[0][0]) if self._timed else None

    def strike(self, now: float) -> None:
        """Let the next fault happen; due or not is the caller's to know."""
        _, fault = self._timed.pop(0)
        if not isinstance(fault, Late):
            self._happen(fault, now)
        elif self._transcription.withheld is None:
            self._transcription.withheld = []

    def before(self, spoken: Spoken, now: float) -> None:
        """Draw whether something happens before a final result."""
        if not spoken.is_final or self._transcription.phase is not Phase.ACTIVE:
            return
        for drawn in self._drawn:
            if drawn.comes():
                self._happen(drawn.fault, now)

    def call_ended(self, now: float) -> None:
        """The call is over: end transcription, with words to come or without."""
        transcription, late = self._transcription, self._late
        if late is None:
            transcription.call_ended(now)
            return
        packets = list(transcription.withheld or [])
        if transcription.phase is Phase.ACTIVE:
            position = self._player.position_ms(now)
            cut = self._player.cut_short(now)
            packets += [transcription.result(Spoken(line, None), position, now) for line in cut]
        transcription.withheld = None
        if not packets:
            transcription.call_ended(now)
            return
        same = late.socket == "same" and transcription.streams.is_open
        transcription.call_ended(now, keep_socket=same)
        self._context.count("late")
        deliver = self._deliver if same else self._dial_late
        self._context.agenda.at(now + late.after, partial(deliver, packets))

    def _sort_in(self, number: int, fault: Momentary | NoSocket | Late) -> None:
        chances = random.Random(self._seed(number))  # noqa: S311 - reproducible, guards nothing
        if isinstance(fault, NoSocket) or (isinstance(fault, Fail) and fault.at_ms is None):
            self._at_start.append(_Drawn(fault, chances))
        elif isinstance(fault, Late):
            if chances.random() < fault.chance:
                self._late = fault
                if fault.at_ms is not None:
                    self._timed.append((fault.at_ms, fault))
        elif isinstance(fault, Cease):
            self._timed.append((fault.at_ms, fault))
        elif fault.at_ms is None:
            self._drawn.append(_Drawn(fault, chances))
        else:
            self._timed.append((fault.at_ms, fault))

    def _seed(self, number: int) -> str:
        own = self._context.faults.seed
        seed = self._context.config.seed if own is None else own
        return f"{seed}:{self._context.ordinal}:fault:{number}"

    def _on_start(self, now: float) -> bool:
        for drawn in self._at_start:
            if not drawn.comes():
                continue
            self._context.count(drawn.fault.kind)
            if isinstance(drawn.fault, Fail):
                self._fail(drawn.fault, now)
            else:
                self._transcription.activate(self._player.position_ms(now), now)
            return True
        return False

    def _happen(self, fault: Momentary, now: float) -> None:
        """A fault that finds nothing to spoil does nothing, and is not counted."""
        streams = self._transcription.streams
        if self._transcription.phase is not Phase.ACTIVE or not (streams.is_open or isinstance(fault, Fail | Cease)):
            return
        self._context.count(fault.kind)
        acts: dict[type[Momentary], Callable[[Any, float], None]] = {
            Drop: self._drop,
            Overlap: self._overlap,
            Stall: self._stall,
            OffsetRestart: self._restart_offsets,
            Poison: self._poison,
            Fail: self._fail,
            Cease: self._cease,
        }
        acts[type(fault)](fault, now)

    def _drop(self, fault: Drop, now: float) -> None:
        transcription = self._transcription
        transcription.streams.drop_all(fault.how, fault.code, now)
        if fault.told is not None:
            transcription.tell_interruption(fault.told, now)
        if fault.then == "reconnect":
            back = Return(
                pause=fault.pause,
                replay=fault.replay,
                new_subscription=fault.subscription == "new",
                announced=fault.resumed,
            )
            transcription.reconnect(back, now)
        elif fault.then == "give_up":
            transcription.fail("streamConnectionUnsuccessful", NOT_ESTABLISHED, now)

    def _overlap(self, fault: Overlap, _now: float) -> None:
        streams = self._transcription.streams
        first = streams.newest

        def opened(stream: int, _position_ms: int, now: float) -> None:
            if fault.subscription == "new":
                self._transcription.change_subscription()
            self._transcription.send_metadata()
            streams.replay(fault.replay, stream, self._transcription.subscription_id)
            if fault.sends == "new":
                streams.serve_only(stream)
            self._context.agenda.at(now + fault.lasts, lambda now: streams.close(first, now))

        streams.dial(Dialling(opened=opened, failed=lambda _invalid_url, _now: None))

    def _stall(self, fault: Stall, now: float) -> None:
        streams = self._transcription.streams
        streams.hold()
        self._context.agenda.at(now + fault.lasts, lambda _now: streams.release())

    def _restart_offsets(self, _fault: OffsetRestart, now: float) -> None:
        self._transcription.results.restart(self._player.position_ms(now))

    def _poison(self, fault: Poison, _now: float) -> None:
        self._transcription.streams.say(poison(fault))

    def _fail(self, fault: Fail, now: float) -> None:
        result = Result(code=fault.code, sub_code=fault.sub_code, message=fault.message)
        if fault.untrue and self._transcription.phase is Phase.ACTIVE:
            self._transcription.tell_failure(fault.details, result, now)
        else:
            self._transcription.fail(fault.details, result, now)

    def _cease(self, fault: Cease, now: float) -> None:
        if fault.untrue:
            self._transcription.tell_stop(fault.details, now)
        else:
            self._transcription.cease(fault.details, now)

    def _dial_late(self, packets: list[SendPacket], _now: float) -> None:
        def opened(_stream: int, _position_ms: int, now: float) -> None:
            self._transcription.send_metadata()
            self._deliver(packets, now)

        def failed(_invalid_url: bool, now: float) -> None:
            self._deliver(packets, now)

        self._transcription.streams.dial(Dialling(opened=opened, failed=failed))

    def _deliver(self, packets: list[SendPacket], now: float) -> None:
        streams = self._transcription.streams
        for packet in packets:
            streams.send(packet)
        streams.close_all(now)


class _Drawn(Generic[Drawable]):
    """A fault that comes by chance, up to its number of times."""

    def __init__(self, fault: Drawable, chances: random.Random) -> None:
        self.fault = fault
        self._chances = chances
        self._left = fault.times

    def comes(self) -> bool:
        """Whether it comes this time."""
        if self._left and self._chances.random() < self.fault.chance:
            self._left -= 1
            return True
        return False
