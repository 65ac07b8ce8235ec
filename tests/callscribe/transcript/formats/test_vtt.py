"""The WebVTT export, read back by a strict reader of its own."""

import html
import re
from itertools import pairwise
from pathlib import Path

import pytest

from callscribe.transcript.formats.vtt import render
from tests.callscribe.transcript.formats.samples import awkward, empty, real, words_of

STAMP = r"(?:\d{2,}:)?[0-5]\d:[0-5]\d\.\d{3}"
TIMES = re.compile(rf"({STAMP}) --> ({STAMP})")
VOICE = re.compile(r"<v ([^<>\n]+)>([^\0]+)")


def milliseconds(stamp: str) -> int:
    """Of a WebVTT timestamp."""
    *hours, minutes, seconds = stamp.split(":")
    return int((int(hours[0]) if hours else 0) * 3_600_000 + int(minutes) * 60_000) + int(seconds.replace(".", ""))


def parsed(text: str) -> list[tuple[int, int, str, str]]:
    """Start, end, voice and text of every cue; any departure from the format fails."""
    header, *blocks = text.removesuffix("\n").split("\n\n")
    assert header == "WEBVTT"
    found = []
    for block in blocks:
        if block.startswith("NOTE\n"):
            assert "-->" not in block
            continue
        times, payload = block.split("\n", 1)
        match, voice = TIMES.fullmatch(times), VOICE.fullmatch(payload)
        assert match is not None
        assert voice is not None
        start, end = milliseconds(match[1]), milliseconds(match[2])
        inner = [milliseconds(stamp) for stamp in re.findall(rf"<({STAMP})>", voice[2])]
        assert all(one < two for one, two in pairwise([start, *inner, end]))
        plain = re.sub(rf"<{STAMP}>", "", voice[2])
        assert not re.search(r"[<>]|&(?!amp;|lt;|gt;)", plain)
        found.append((start, end, html.unescape(voice[1]), html.unescape(plain)))
    return found


def test_the_verdict_is_a_note() -> None:
    """With its gaps; nothing in it can be taken for a cue."""
    note = render(awkward()).split("\n\n")[1].splitlines()
    assert note[:3] == ["NOTE", "Call call-<1>", "Verdict: partial. Words may be missing: stream interrupted (4 s)."]
    assert note[3].endswith("stream interrupted: 1006 → lost")


def test_names_and_texts_are_escaped() -> None:
    """And come back as they were."""
    found = parsed(render(awkward()))
    assert [(voice, " ".join(text.split())) for _, _, voice, text in found] == [
        ("Alice <script> & Söhne", "Hello <b>Bob</b> & co, *really*?"),
        ("+1 202 555 0101", '=1+1, "quoted" --> [x](y) # 5_000'),
        ("Alice <script> & Söhne", "Guten Tag."),
        ("+1 202 555 0101", "Later."),
    ]


def test_known_word_times_stand_before_their_words() -> None:
    """Later than the cue's own beginning, and only where ACS sent them."""
    text = render(awkward())
    assert "Guten <00:00:06.500>Tag." in text
    assert len(re.findall(rf"<{STAMP}>", text)) == 1


def test_an_empty_call_is_a_valid_file() -> None:
    """A header and a note."""
    assert parsed(render(empty())) == []


@pytest.mark.parametrize("name", ["earnings21-4386541", "earnings21-4341191"])
def test_a_real_call_survives_a_strict_reader(real_calls: Path, name: str) -> None:
    """Each speaker's words in order, times rising, no overlap."""
    transcript, said = real(real_calls / f"{name}.jsonl")
    found = parsed(render(transcript))
    assert all(one[1] <= two[0] for one, two in pairwise(found))
    for raw_id in transcript.participants:
        spoken = [text for _, _, voice, text in found if voice == transcript.name_of(raw_id)]
        assert words_of(spoken) == words_of([one.text for one in said if one.participant == raw_id])
