"""The plain text export."""

import re
from pathlib import Path

from callscribe.transcript.formats.txt import render
from tests.callscribe.transcript.formats.samples import awkward, empty, real, words_of


def test_it_reads_from_verdict_to_last_word() -> None:
    """Heading, gap, then a line a turn."""
    assert render(awkward()).splitlines() == [
        "Call call-<1>",
        "Verdict: partial. Words may be missing: stream interrupted (4 s).",
        "Gap: 2026-05-04 12:00:40 to 12:00:44 UTC (4 s), stream interrupted: 1006 --> lost",
        "",
        "[0:00:01] Alice <script> & Söhne: Hello <b>Bob</b> & co, *really*?",
        '[0:00:03] +1 202 555 0101: =1+1, "quoted" --> [x](y) # 5_000',
        "[0:00:06] Alice <script> & Söhne (de-DE): Guten Tag.",
        "[0:01:02] +1 202 555 0101: Later.",
    ]


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
