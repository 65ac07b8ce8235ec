"""Turns what is said into the packets of one call's results: one recogniser a participant (protocol reference 1.5). Pure."""

from emulator import packets
from emulator.calls.context import CallContext
from emulator.calls.effects import Final, SendPacket
from emulator.calls.record import SaidFinal
from emulator.player import Spoken


class ResultWriter:
    """The recognisers of one call. `origin_ms` is the position in the script that their offsets count from."""

    def __init__(self, context: CallContext) -> None:
        self.origin_ms = 0
        self._context = context
        self._restarts = 0
        self._recognisers: dict[str, packets.Recogniser] = {}

    def restart(self, position_ms: int) -> None:
        """New recognisers, which begin to count here."""
        self.origin_ms = position_ms
        self._restarts += 1
        self._recognisers.clear()

    def packet(self, spoken: Spoken, position_ms: int, now: float, *, locale: str, subscription: str) -> SendPacket:
        """The packet for `spoken`, which has no stream yet, and a final result's entry in the record.

        `position_ms` is where the script is `now` (Unix seconds): the older era's offsets count from its zero.
        """
        zero = now - (position_ms - self.origin_ms) / 1000
        line = spoken.line
        at = self._recogniser(line.participant, zero)
        if spoken.words is not None:
            return SendPacket(stream=0, text=packets.intermediate(line, at, words=spoken.words))
        confidence = line.confidence
        if confidence is None:
            confidence = packets.drawn_confidence(self._context.seed("confidence", line.participant, line.offset_ms))
        final = Final(
            participant=line.participant,
            text=line.text,
            offset=at.place(line.offset_ms),
            duration=at.length(line.offset_ms, line.duration_ms),
            locale=locale,
            subscription=subscription,
            stream=0,
        )
        said = SaidFinal(
            participant=line.participant,
            text=line.text,
            said_at=now,
            fate="sent",
            offset=final.offset,
            subscription=subscription,
        )
        return SendPacket(stream=0, text=packets.final(line, at, confidence=confidence), final=final, said=said)

    def _recogniser(self, participant: str, zero: float) -> packets.Recogniser:
        found = self._recognisers.get(participant)
        if found is None:
            found = packets.recogniser(
                seed=self._context.seed("base", self._restarts, participant),
                origin_ms=self.origin_ms,
                inverted=self._context.inverted_offsets,
                now=zero,
            )
            self._recognisers[participant] = found
        return found
