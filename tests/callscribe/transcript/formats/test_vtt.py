"""The WebVTT export, read back by a strict reader of its own and by the package `webvtt-py`."""

import html
import re
from itertools import pairwise
from pathlib import Path

import pytest
import webvtt
from hypothesis import given, settings

from callscribe.transcript.assembly import assemble
from callscribe.transcript.formats import FORMATS
from callscribe.transcript.formats.reading import name_of, timestamp
from callscribe.transcript.model import Transcript
from tests.callscribe.transcript.formats.samples import UNSEEN, awkward, conversations, empty, real, seen, words_of
from tests.callscribe.transcript.making import ALICE, BOB, segment, stream

render = FORMATS["vtt"].render

STAMP = r"(?:\d{2,}:)?[0-5]\d:[0-5]\d\.\d{3}"
TIMES = re.compile(rf"({STAMP}) --> ({STAMP})")
LANGUAGE = re.compile(r"<lang [A-Za-z0-9-]+>([^\0]+)</lang>")
VOICE = re.compile(r"<v ([^<>\n]+)>([^\0]+)")


def milliseconds(stamp: str) -> int:
    """Of a WebVTT timestamp."""
    *hours, minutes, seconds = stamp.split(":")
    return int((int(hours[0]) if hours else 0) * 3_600_000 + int(minutes) * 60_000) + int(seconds.replace(".", ""))


def stamp(milliseconds: int) -> str:
    """A WebVTT timestamp."""
    return timestamp(milliseconds * 10_000, ".")


def parsed(text: str) -> list[tuple[int, int, str, str]]:
    """Start, end, voice and text of every cue; any departure from the format fails."""
    header, *blocks = text.removesuffix("\n").split("\n\n")
    assert header == "WEBVTT"
    found = []
    assert text.count("-->") == len(re.findall(rf"^{TIMES.pattern}$", text, re.MULTILINE))
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
        language = LANGUAGE.fullmatch(voice[2])
        plain = re.sub(rf"<{STAMP}>", "", language[1] if language else voice[2])
        assert not re.search(r"[<>]|&(?!amp;|lt;|gt;)", plain)
        found.append((start, end, html.unescape(voice[1]), html.unescape(plain)))
    return found


def test_the_verdict_is_a_note() -> None:
    """With its gaps; nothing in it can be taken for a cue."""
    note = render(awkward()).split("\n\n")[1].splitlines()
    assert note[:3] == ["NOTE", "Call call-<1>", "Verdict: partial. Words may be missing: stream interrupted (4 s)."]
    assert note[3].endswith("stream interrupted: 1006 → lost")
    assert note[4:6] == ["Date: 2026-05-04 11:59:59 UTC", "Duration: 1 min 11 s"]


def test_gaps_and_languages_are_noted_in_their_place() -> None:
    """A reader of the file sees them; players pass over notes. Players know the language of a cue by its tag."""
    blocks = render(awkward()).split("\n\n")
    gap = blocks.index("NOTE\nGap 4 s: stream interrupted: 1006 → lost")
    assert "Guten" in blocks[gap - 1]
    assert blocks[gap - 2] == "NOTE\nLanguage: de-DE"
    assert "<lang de-DE>Guten <00:00:06.500>Tag.</lang>" in blocks[gap - 1]


def test_a_name_that_ends_with_hyphens_makes_no_arrow() -> None:
    """The last one is written by its number."""
    call = assemble("k", locale="en-US", segments=[segment(1, 0, "Hi.")], participants={ALICE: "Al --"})
    assert render(call).count("-->") == 1
    assert parsed(render(call))[0][2] == "Al --"


def test_two_who_speak_at_once_are_shown_at_once() -> None:
    """Each at the time at which they speak."""
    said = [segment(1, 0, "I would say that this is not so", duration=5), segment(2, 1, "Right.", who=BOB, duration=1)]
    text = render(assemble("k", locale="en-US", segments=said, streams=[stream()]))
    (first, second) = parsed(text)
    assert first[:2] == (0, 5000)
    assert second[:2] == (1000, 2000)


@settings(deadline=None)
@given(conversations())
def test_another_reader_finds_the_same_cues(transcript: Transcript) -> None:
    """Whatever is said: no text or name ends a cue, begins one or opens a tag, and no word is lost."""
    text = render(transcript)
    found = parsed(text)
    read = webvtt.from_string(text, strict=True)
    assert [(one.start, one.end, html.unescape(one.voice or "")) for one in read.captions] == [
        (stamp(start), stamp(end), voice) for start, end, voice, _ in found
    ]
    assert [html.unescape(one.text) for one in read.captions] == [plain for *_, plain in found]
    for raw_id in {one.participant for one in transcript.segments}:
        spoken = [one for one in transcript.segments if one.participant == raw_id]
        shown = [plain for _, _, voice, plain in found if voice == name_of(transcript, raw_id)]
        if name_of(transcript, ALICE) != name_of(transcript, BOB):
            said = "".join(word for one in spoken for word in seen(one.text))
            assert "".join("".join(shown).split()).translate(UNSEEN) == said.translate(UNSEEN)


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
    assert all(one[0] <= two[0] for one, two in pairwise(found))
    for raw_id in transcript.participants:
        own = [one for one in found if one[2] == transcript.name_of(raw_id)]
        assert all(one[1] < two[0] for one, two in pairwise(own))
        spoken = [text for *_, text in own]
        assert words_of(spoken) == words_of([one.text for one in said if one.participant == raw_id])
