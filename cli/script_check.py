"""Whether a transcript is the call script that was spoken: every phrase, once, in each speaker's order. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from callscribe.transcript.model import Segment
from emulator.scripts import CallScript

Phrase = tuple[str, str]
"""Participant's raw id, text."""


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What a transcript has of a script, in counts."""

    expected: int
    found: int
    missing: int
    doubled: int
    unexpected: int
    speakers_out_of_order: tuple[str, ...]

    @property
    def is_exact(self) -> bool:
        """Whether every phrase is there, once, in order, and nothing else."""
        return self.expected == self.found and not (
            self.missing or self.doubled or self.unexpected or self.speakers_out_of_order
        )

    def lines(self) -> list[str]:
        """The comparison in words; one line where all is well."""
        if self.is_exact:
            if self.expected == 1:
                return ["The one segment of the script is in the transcript, once."]
            return [f"All {self.expected} segments of the script are in the transcript, in order, none twice."]
        counts = (
            (self.missing, "missing"),
            (self.doubled, "there more often than spoken"),
            (self.unexpected, "never spoken by the script"),
        )
        told = [f"{count} {what}" for count, what in counts if count]
        told += [f"out of order for {speaker}" for speaker in self.speakers_out_of_order]
        return [
            f"The script has {self.expected} segments, the transcript {self.found}.",
            f"The transcript is NOT the script: {'; '.join(told)}.",
        ]


def compare(script: CallScript, segments: Sequence[Segment]) -> Comparison:
    """Compare the `segments` of a transcript, in its order, with the lines of `script`."""
    lines = sorted(script.lines, key=lambda line: line.offset_ms)
    spoken: list[Phrase] = [(line.participant, line.text) for line in lines]
    written: list[Phrase] = [(segment.participant, segment.text) for segment in segments]
    wanted, had = Counter(spoken), Counter(written)
    surplus = had - wanted
    doubled = sum(count for phrase, count in surplus.items() if phrase in wanted)
    said, heard = _by_speaker(spoken), _by_speaker(written)
    whole = not (wanted - had or surplus)
    return Comparison(
        expected=len(spoken),
        found=len(written),
        missing=(wanted - had).total(),
        doubled=doubled,
        unexpected=surplus.total() - doubled,
        speakers_out_of_order=tuple(who for who in said if whole and said[who] != heard[who]),
    )


def _by_speaker(phrases: Iterable[Phrase]) -> dict[str, list[str]]:
    texts: dict[str, list[str]] = defaultdict(list)
    for participant, text in phrases:
        texts[participant].append(text)
    return texts
