"""The plain text export."""

import re
from pathlib import Path

from hypothesis import given, settings

from callscribe.transcript.formats import FORMATS
from callscribe.transcript.model import Transcript
from tests.callscribe.transcript.formats.samples import awkward, conversations, empty, real, words_of

render = FORMATS["txt"].render


def test_it_reads_from_verdict_to_last_word() -> None:
    """Heading, gap, then a line a turn."""
    assert render(awkward()).splitlines() == [
        "Call call-<1>",
        "Verdict: partial. Words may be missing: stream interrupted (4 s).",
        "Gap: 2026-05-04 12:00:40 to 12:00:44 UTC (4 s), stream interrupted: 1006 --> lost",
        "Date: 2026-05-04 11:59:59 UTC",
        "Duration: 1 min 11 s",
        "Times count from: 2026-05-04 12:00:00 UTC",
        "Language: en-US → de-DE",
        "Participants: Alice <script> & Söhne, ACS user …ener, +1 202 555 0101",
        "",
        "[0:00:01] Alice <script> & Söhne: Hello <b>Bob</b> & co, *really*?",
        '[0:00:03] +1 202 555 0101: =1+1, "quoted" --> [x](y) # 5_000',
        "[0:00:06] Alice <script> & Söhne (de-DE): Guten Tag.",
        "[0:00:40] [gap 4 s: stream interrupted: 1006 --> lost]",
        "[0:01:02] +1 202 555 0101: Later.",
    ]


def test_a_part_says_that_it_is_one() -> None:
    """And shows what is in it, gaps too."""
    text = render(awkward(), since=60_000_000, until=410_000_000)
    assert "\nPart: 0:00:06 to 0:00:41 of the call\n" in text
    assert text.split("\n\n")[1].splitlines() == [
        "[0:00:06] Alice <script> & Söhne (de-DE): Guten Tag.",
        "[0:00:40] [gap 4 s: stream interrupted: 1006 --> lost]",
    ]


@settings(deadline=None)
@given(conversations())
def test_every_turn_is_one_line(transcript: Transcript) -> None:
    """Whatever is said, by whomever: whoever cuts the file into lines finds heading, turns and gaps."""
    head, body = render(transcript).removesuffix("\n").split("\n\n") if transcript.segments else ("", "")
    for line in [*head.splitlines(), *body.splitlines()]:
        assert line.strip()
    said = [line for line in body.splitlines() if not re.match(r"\[\d+:\d\d:\d\d\] \[", line)]
    assert len(said) <= len(transcript.segments)


def test_a_running_call_says_that_more_may_come() -> None:
    """No verdict yet."""
    assert "Verdict: none yet" in render(empty())


def test_a_real_call_keeps_its_words(real_calls: Path) -> None:
    """Same words in the same order, clocks rising."""
    transcript, said = real(real_calls / "earnings21-4367318.jsonl")
    turns = [
        found.groups()
        for line in render(transcript).splitlines()
        if (found := re.fullmatch(r"\[(\d+):(\d\d):(\d\d)\] Speaker \d+: (.+)", line))
    ]
    assert words_of([turn[3] for turn in turns]) == words_of([one.text for one in said])
    clocks = [tuple(map(int, turn[:3])) for turn in turns]
    assert clocks == sorted(clocks)
