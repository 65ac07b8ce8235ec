"""The SubRip export, read back by a strict reader of its own and by the package `srt`."""

import re
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
import srt  # type: ignore[import-untyped]
from hypothesis import given, settings

from callscribe.transcript.cues import cues
from callscribe.transcript.excerpt import excerpt
from callscribe.transcript.formats import FORMATS
from callscribe.transcript.formats.srt import WORD_JOINER, plain
from callscribe.transcript.model import Transcript
from tests.callscribe.transcript.formats.samples import awkward, conversations, empty, real, words_of

render = FORMATS["srt"].render

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
    assert texts[0].replace(WORD_JOINER, "") == "Alice <script> & Sö…: Hello <b>Bob</b> & co, *really*?"
    assert texts[1] == '+1 202 555 0101: =1+1, "quoted" → [x](y) # 5_000'


def test_markup_is_broken_up() -> None:
    """Players show what was said, and drop no tag; nobody sees the word joiner."""
    assert plain("<b>{\\an8} 1 < 2 {x} -->") == f"<{WORD_JOINER}b>{{{WORD_JOINER}\\an8}} 1 < 2 {{x}} →"
    for text in ("<1>", "<_x>", "<>", "< b>", "{y:i}", "{C:$ff}"):
        assert plain(text) == f"{text[0]}{WORD_JOINER}{text[1:]}"


@settings(deadline=None)
@given(conversations())
def test_another_reader_finds_the_same_cues(transcript: Transcript) -> None:
    """Whatever is said: no text ends a cue or begins one, and no word is lost."""
    text = render(transcript)
    found = parsed(text)
    read = list(srt.parse(text))
    assert [one.index for one in read] == list(range(1, len(found) + 1))
    assert [
        (one.start // timedelta(milliseconds=1), one.end // timedelta(milliseconds=1), one.content) for one in read
    ] == [(start, end, "\n".join(lines)) for start, end, lines in found]
    said = cues(excerpt(transcript).timed)
    letters = "\n".join("\n".join(lines) for _, _, lines in found)
    assert not re.search(r"<[A-Za-z/!?]|\{\\", letters)
    for cue in said:
        assert all(
            plain(token.text).replace(WORD_JOINER, "") in letters.replace(WORD_JOINER, "") for token in cue.tokens
        )


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
    spoken = [re.sub(r"\bSpeaker \d+: ", "", " ".join(lines)) for _, _, lines in found]
    assert sorted(words_of(spoken)) == sorted(words_of([one.text for one in said]))
