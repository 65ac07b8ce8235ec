"""Transcripts that the tests of every format render."""

from pathlib import Path

from callscribe.transcript.assembly import assemble
from callscribe.transcript.facts import Counts, Gap, GapCause, Verdict, VerdictKind
from callscribe.transcript.model import Segment, Transcript
from tests.callscribe.transcript.making import ALICE, BOB, at, participants, played, segment, stream

ERA_A = 2_516_942_161_212_568_046
VERDICT = Verdict(
    kind=VerdictKind.PARTIAL,
    reason="Words may be missing: stream interrupted (4 s).",
    gaps=(Gap(start=at(40), end=at(44), cause=GapCause.STREAM_INTERRUPTED, note="1006 --> lost"),),
    counts=Counts(received=4, stored=3, duplicates=1),
)


def awkward() -> Transcript:
    """Two speakers, two locales, a name and texts full of characters that formats give a meaning, an old offset."""
    said = [
        segment(1, 1, "Hello <b>Bob</b> & co, *really*?", locale="en-US", confidence=0.48115640878677368),
        segment(2, 3, '=1+1, "quoted" --> [x](y) # 5_000', who=BOB, locale="en-US"),
        segment(3, 6, "Guten\nTag.", locale="de-DE", words=(("guten", 6, 0.4), ("tag", 6.5, 0.4))),
        segment(1, 1, "Later.", who=BOB, on="s2", subscription="sub-2", base=ERA_A, received=62, duration=None),
    ]
    return assemble(
        "call-<1>",
        locale="en-US",
        segments=said,
        streams=[stream("s1", 0, 40), stream("s2", 44)],
        participants={ALICE: "Alice <script> & Söhne", "8:acs:listener": ""},
        verdict=VERDICT,
        revision=1,
        connected_at=at(-1),
        ended_at=at(70),
    )


def empty() -> Transcript:
    """A call in which nothing was said, still running."""
    return assemble("quiet", locale="en-US")


def real(script: Path) -> tuple[Transcript, list[Segment]]:
    """A real call, and its segments as they were said."""
    said = list(played(script))
    return assemble(
        script.stem,
        locale="en-US",
        segments=said,
        streams=[stream()],
        participants=participants(script),
        verdict=VERDICT,
    ), said


def words_of(texts: list[str]) -> list[str]:
    """The words of some texts."""
    return " ".join(texts).split()
