"""Transcripts that the tests of every format render, and texts that give formats trouble."""

import unicodedata
from pathlib import Path

from hypothesis import strategies as st

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


def example() -> Transcript:
    """The call whose exports `docs/formats.md` shows."""
    said = [
        segment(
            1,
            1,
            "Good morning, Tailspin Toys.",
            locale="en-US",
            confidence=0.93,
            duration=1.4,
            words=(("good", 1, 0.2), ("morning", 1.25, 0.4), ("tailspin", 1.7, 0.4), ("toys", 2.1, 0.3)),
        ),
        segment(2, 3, "Hello. Two hundred of the wooden trains, please.", who=BOB, locale="en-US", duration=2.6),
        segment(
            1, 1, "Gern, zweihundert Stück.", on="s2", subscription="sub-2", locale="de-DE", received=20, duration=1.5
        ),
    ]
    return assemble(
        "order-7",
        locale="en-US",
        segments=said,
        streams=[stream("s1", 0, 6), stream("s2", 18)],
        participants={ALICE: "Alice", BOB: "Bob"},
        verdict=Verdict(
            kind=VerdictKind.PARTIAL,
            reason="Words may be missing: stream interrupted (12 s).",
            gaps=(Gap(start=at(6), end=at(18), cause=GapCause.STREAM_INTERRUPTED, note="connection lost (1006)"),),
            counts=Counts(received=3, stored=3),
        ),
        revision=1,
        started_at=at(-4),
        connected_at=at(-1),
        ended_at=at(22),
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


NASTY = (
    "-->", "00:00:01.000 --> 00:00:02.000", "1", "NOTE", "WEBVTT", "<b>", "</v>", "<00:00:01.000>", "&amp;", "&", "<", ">",
    "{\\an8}", "=1+1", "+1", "-", "@SUM(A1)", "'=x", "''", '"', ",", ";", "\r", "\n\n", "\t", "\u2028", "\x85", "\x00",
    "\x1b", "# a #", "**", "_", "`", "[x](y)", "![", "<!--", "\\", "~~", "|", "$", "1.", "- ", "שלום", "\u202eabc", "مرحبا",
    "👨‍👩‍👧", "🇩🇪", "今日はお電話ありがとうございます。", "「", "한국어", "e\u0301", "x" * 90, "語" * 50, "\ufeff", "\u200b", "plain",
)  # fmt: skip
"""Pieces that one format or another takes for something else than text."""

nasty = st.lists(
    st.one_of(st.sampled_from(NASTY), st.text(st.characters(exclude_categories=["Cs"]), max_size=8)), max_size=6
).map(" ".join)
"""Texts and names made of them."""


@st.composite
def conversations(draw: st.DrawFn) -> Transcript:
    """Calls of two people with awkward names who say awkward things, also at once, without words or duration."""
    said = []
    for position, offset in enumerate(sorted(draw(st.lists(st.integers(0, 60), max_size=5))), start=1):
        text = draw(nasty)
        duration = draw(st.one_of(st.none(), st.integers(0, 12)))
        spoken = (
            tuple((word, offset + at / 4, 0.2) for at, word in enumerate(text.lower().split()))
            if draw(st.booleans())
            else ()
        )
        who = draw(st.sampled_from([ALICE, BOB]))
        said.append(segment(position, offset, text or " ", who=who, duration=duration, words=spoken))
    names = {ALICE: draw(nasty), BOB: draw(nasty)}
    return assemble(draw(nasty), locale="en-US", segments=said, streams=[stream()], participants=names, verdict=VERDICT)


class _Unseen(dict[int, int | None]):
    def __missing__(self, point: int) -> int | None:
        return None if unicodedata.category(chr(point)) == "Cf" else point


UNSEEN = _Unseen()
"""To leave out what nobody sees: alone it makes no cue."""


def seen(text: str) -> list[str]:
    """The words of `text` as a reader sees them: without control characters."""
    return "".join(one for one in text if one.isspace() or unicodedata.category(one) != "Cc").split()


def words_of(texts: list[str]) -> list[str]:
    """The words of some texts."""
    return " ".join(texts).split()
