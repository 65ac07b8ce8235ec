"""What is said in the benchmarks: a real earnings call where there is one beside the checkout, else a made-up talk."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import count, cycle, islice
from pathlib import Path

from callscribe.contracts.chunks import StreamOpening
from callscribe.transcript.model import Segment
from emulator import packets as written
from emulator.scripts import CallScript, Line, load_script, spread
from ingest.session import SocketSession, StoreFinal

REAL = Path(__file__).resolve().parents[2] / "shared" / "calls" / "earnings21-4341191.jsonl"
BEGAN = datetime(2026, 1, 5, 15, tzinfo=UTC)
_SENTENCE = "Thank you, and good afternoon, everyone; revenue of the quarter grew by {} percent over the year before."


@dataclass(frozen=True)
class Conversation:
    """A call script, and what it becomes on its way."""

    name: str
    script: CallScript

    @cached_property
    def packets(self) -> list[str]:
        """All packets of its socket in order, intermediates included, as the emulator writes them."""
        lines = self.script.lines
        at = {
            who: written.recogniser(seed=who, origin_ms=0, inverted=False, now=0.0)
            for who in {line.participant for line in lines}
        }
        first = written.metadata(
            subscription_id="bench",
            locale=self.script.locale,
            call_connection_id="c",
            correlation_id="c",
            speech_model=None,
        )
        return [first, *(self._packet(lines[beat.line], beat.words, at) for beat in self.script.beats)]

    @cached_property
    def segments(self) -> tuple[Segment, ...]:
        """Its final segments, as ingest makes them of the packets."""
        session = SocketSession(stream="bench", opened_at=BEGAN)
        received = (session.receive(packet, BEGAN + timedelta(seconds=n)) for n, packet in enumerate(self.packets))
        return tuple(effect.segment for each in received for effect in each.effects if isinstance(effect, StoreFinal))

    @property
    def seconds(self) -> float:
        """How long people spoke."""
        return max(line.end_ms for line in self.script.lines) / 1000

    def of_stream(self, stream: str, amount: int) -> list[Segment]:
        """`amount` of its segments, over and over if need be, in a stream of their own."""
        numbered = zip(count(1), islice(cycle(self.segments), amount), strict=False)
        return [segment.model_copy(update={"stream": stream, "position": number}) for number, segment in numbered]

    def _packet(self, line: Line, words: int | None, at: dict[str, written.Recogniser]) -> str:
        if words is None:
            return written.final(line, at[line.participant], confidence=line.confidence or 0.9)
        return written.intermediate(line, at[line.participant], words=words)


def opening(stream: str) -> StreamOpening:
    """The opening of a stream."""
    return StreamOpening(id=stream, opened_at=BEGAN)


def conversation(*, quick: bool) -> Conversation:
    """The real call, or a made-up one where it is absent or a short one will do."""
    if REAL.is_file() and not quick:
        return Conversation(REAL.name, load_script(REAL))
    lines = tuple(_made_up(100 if quick else 2000))
    return Conversation("a made-up talk", CallScript(name="made up", locale="en-US", participants={}, lines=lines))


def _made_up(amount: int) -> Iterator[Line]:
    for number in range(amount):
        text = _SENTENCE.format(number)
        begin = number * 6000
        who = f"4:+1202555010{number % 5}"
        yield Line(participant=who, offset_ms=begin, duration_ms=5500, text=text, words=spread(text, begin, 5500))
