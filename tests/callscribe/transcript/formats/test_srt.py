"""The SubRip export, read back by a strict reader of its own."""

import re
from itertools import pairwise
from pathlib import Path

import pytest

from callscribe.transcript.formats.srt import render
from tests.callscribe.transcript.formats.samples import awkward, empty, real, words_of

TIMES = re.compile(r"(\d{2,}):([0-5]\d):([0-5]\d),(\d{3}) --> (\d{2,}):([0-5]\d):([0-5]\d),(\d{3})")


def parsed(text: str) -> list[tuple[int, int, list[str]]]:
    """Start and end in ms, and the lines, of every cue; any departure from the format fails."""
    found = []
    for number, block in enumerate(text.removesuffix("\n").split("\n\n") if text else [], start=1):
        index, times, *lines = block.split("\n")
        assert index == str(number)
        match = TIMES.fullmatch(times)
        assert match is not None
        assert lines
        assert all(line.strip() and "-->" not in line for line in lines)
        fields = [int(field) for field in match.groups()]
        start, end = (((h * 60 + m) * 60 + s) * 1000 + ms for h, m, s, ms in (fields[:4], fields[4:]))
        found.append((start, end, lines))
    return found


def test_a_change_of_speaker_is_marked() -> None:
    """With the name before the words, cut to half a line."""
    texts = [" ".join(lines) for _, _, lines in parsed(render(awkward()))]
    assert texts[0] == "Alice <script> & Sö…: Hello <b>Bob</b> & co, *really*?"
    assert texts[1] == '+1 202 555 0101: =1+1, "quoted" → [x](y) # 5_000'


def test_an_empty_call_has_no_cues() -> None:
    """An empty file is a valid one."""
    assert render(empty()) == ""


@pytest.mark.parametrize("name", ["earnings21-4386541", "earnings21-4341191"])
def test_a_real_call_survives_a_strict_reader(real_calls: Path, name: str) -> None:
    """Same words in order, times rising, no overlap, lines that fit."""
    transcript, said = real(real_calls / f"{name}.jsonl")
    found = parsed(render(transcript))
    assert all(start < end for start, end, _ in found)
    assert all(one[1] <= two[0] for one, two in pairwise(found))
    assert all(len(line) <= 42 for _, _, lines in found for line in lines)
    spoken = [re.sub(r"^Speaker \d+: ", "", " ".join(lines)) for _, _, lines in found]
    assert sorted(words_of(spoken)) == sorted(words_of([one.text for one in said]))
