"""A real call taken away in every format, and read back by readers that others wrote."""

import csv
import html
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import srt  # type: ignore[import-untyped]  # it comes without types
import webvtt
from jsonschema import Draft202012Validator
from markdown_it import MarkdownIt
from playwright.async_api import async_playwright

from callscribe.transcript.assembly import assemble
from callscribe.transcript.formats import FORMATS
from callscribe.transcript.model import Transcript
from tests.browser.conftest import CHROMIUM, FLAGS
from tests.callscribe.transcript.formats.samples import NASTY, UNSEEN, VERDICT, seen
from tests.callscribe.transcript.making import ALICE, participants, played, segment, stream

Words = dict[str, list[str]]
"""Speaker → words, in order."""
Cues = list[tuple[int, int, str, list[str]]]
"""Start and end in ms, speaker, lines."""

CALL = "earnings21-4341191.jsonl"
SCHEMAS = Path(__file__).resolve().parents[2] / "docs" / "schemas"
MILLISECOND = timedelta(milliseconds=1)
PLAY = """text => new Promise((resolve, reject) => {
    const track = document.createElement("track");
    track.onerror = () => reject(new Error("the browser refuses the file"));
    track.onload = () => resolve([...track.track.cues].map(cue => {
        const shown = cue.getCueAsHTML();
        const voice = shown.querySelector("span[title]");
        return [cue.startTime, cue.endTime, voice?.title, voice?.querySelector("[lang]")?.lang, shown.textContent];
    }));
    const video = document.body.appendChild(document.createElement("video"));
    video.append(track);
    track.track.mode = "hidden";
    track.src = URL.createObjectURL(new Blob([text], {type: "text/vtt"}));
})"""
"""Gives every cue of a file as the browser reads it: start, end, voice, language, text."""


@pytest.fixture(scope="module")
def transcript(real_calls: Path) -> Transcript:
    """An hour of a real call: 1,083 segments with 14,016 timed words, several speakers."""
    script = real_calls / CALL
    return assemble(
        "real",
        locale="en-US",
        segments=played(script),
        streams=[stream()],
        participants=participants(script),
        verdict=VERDICT,
        revision=1,
    )


@pytest.fixture(scope="module")
def exported(transcript: Transcript, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the call in every format."""
    folder = tmp_path_factory.mktemp("exported")
    for name, form in FORMATS.items():
        (folder / f"call.{name}").write_bytes(form.encode(transcript))
    return folder


@pytest.fixture(scope="module")
def said(transcript: Transcript) -> Words:
    """What was said, by the names of those who said it."""
    return words((transcript.name_of(one.participant), one.text) for one in transcript.segments)


def words(spoken: Iterable[tuple[str, str]]) -> Words:
    """The words of each speaker, in order."""
    found: Words = defaultdict(list)
    for speaker, text in spoken:
        found[speaker] += text.split()
    return dict(found)


def read_json(path: Path) -> list[dict[str, Any]]:
    """The segments; the document fits the schema in the documentation."""
    document = json.loads(path.read_text(encoding="utf-8"))
    _validator("transcript-1.json").validate(document)
    segments: list[dict[str, Any]] = document["segments"]
    return segments


def read_jsonl(path: Path) -> list[dict[str, Any]]:
    """The segments; every line fits the schema in the documentation."""
    header, *segments = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    validator = _validator("transcript-lines-1.json")
    for line in (header, *segments):
        validator.validate(line)
    assert header["verdict"]["kind"] == VERDICT.kind
    return segments


def read_csv(path: Path) -> list[dict[str, Any]]:
    """The rows."""
    with path.open(encoding="utf-8-sig", newline="") as rows:
        return list(csv.DictReader(rows, strict=True))


def read_srt(path: Path) -> Cues:
    """The cues of the one track, for which nobody has a voice of their own; who speaks is known from the labels."""
    return [
        (cue.start // MILLISECOND, cue.end // MILLISECOND, "", cue.content.split("\n"))
        for cue in srt.parse(path.read_text(encoding="utf-8"))
    ]


def turns(cues: Cues) -> Iterator[tuple[int, str, str]]:
    """Start in ms, speaker, words: of cues that several share, each one's. Who has no label goes on."""
    speaker = ""
    for start, _, voice, lines in cues:
        first, *others = re.split(r"(?:^|(?<= ))(Speaker \d+):\s*", " ".join(lines))
        speaker = voice or speaker
        if first.strip():
            yield start, speaker, first
        for name, text in with_text(others):
            speaker = name
            yield start, speaker, text


def with_text(names_and_texts: list[str]) -> Iterator[tuple[str, str]]:
    """Each name with the text that follows it."""
    return zip(names_and_texts[::2], names_and_texts[1::2], strict=True)


def read_vtt(path: Path) -> Cues:
    """The cues, of all tracks."""
    captions = webvtt.read(str(path), strict=True).captions
    return [
        (
            one.start_time.in_milliseconds(),
            one.end_time.in_milliseconds(),
            html.unescape(one.voice or ""),
            html.unescape(one.text).split("\n"),
        )
        for one in captions
    ]


def _validator(schema: str) -> Draft202012Validator:
    return Draft202012Validator(
        json.loads((SCHEMAS / schema).read_text(encoding="utf-8")),
        format_checker=Draft202012Validator.FORMAT_CHECKER,
    )


@pytest.mark.parametrize(("name", "read"), [("json", read_json), ("jsonl", read_jsonl), ("csv", read_csv)])
def test_programs_get_every_segment(
    exported: Path, transcript: Transcript, said: Words, name: str, read: Callable[[Path], list[dict[str, Any]]]
) -> None:
    """To the letter, in order, at their times, which never fall."""
    rows = read(exported / f"call.{name}")
    assert [row["text"] for row in rows] == [one.text for one in transcript.segments]
    assert words((row["name"], row["text"]) for row in rows) == said
    starts = [int(row["start_ms"]) for row in rows]
    assert starts == sorted(starts)
    assert [int(row["offset"]) for row in rows] == [one.offset for one in transcript.segments]
    assert all(int(row["end_ms"]) >= int(row["start_ms"]) for row in rows)


@pytest.mark.parametrize(("name", "read"), [("srt", read_srt), ("vtt", read_vtt)])
def test_viewers_get_every_word_in_cues_that_can_be_read(
    exported: Path, said: Words, name: str, read: Callable[[Path], Cues]
) -> None:
    """Each speaker's words in order; at most two lines of 42 characters, five sixths of a second to seven seconds, on each
    track one after the other and two frames apart; hardly a cue is read faster than 20 characters a second.
    """
    cues = read(exported / f"call.{name}")
    assert words((speaker, text) for _, speaker, text in turns(cues)) == said
    assert all(1 <= len(lines) <= 2 and all(0 < len(line) <= 42 for line in lines) for *_, lines in cues)
    assert all(834 <= end - start <= 7000 for start, end, *_ in cues)
    assert all(one[0] <= two[0] for one, two in pairwise(cues))
    tracks: dict[str, Cues] = defaultdict(list)
    for cue in cues:
        tracks[cue[2]].append(cue)
    for track in tracks.values():
        assert all(one[1] + 84 <= two[0] for one, two in pairwise(track))
    hasty = [cue for cue in cues if sum(map(len, cue[3])) * 1000 > 20 * (cue[1] - cue[0])]
    assert len(hasty) < len(cues) * 0.025


def test_words_have_their_times_inside_their_cues(exported: Path, transcript: Transcript) -> None:
    """Rising, and later than the cue's own; most cues that are longer than a word have some."""
    timed = 0
    captions = webvtt.read(str(exported / "call.vtt"), strict=True).captions
    for one in captions:
        stamps = [
            int(h) * 3_600_000 + int(m) * 60_000 + int(s) * 1000 + int(ms)
            for h, m, s, ms in re.findall(r"<(\d+):(\d\d):(\d\d)\.(\d{3})>", one.raw_text)
        ]
        times = [one.start_time.in_milliseconds(), *stamps, one.end_time.in_milliseconds()]
        assert all(before < after for before, after in pairwise(times))
        timed += len(stamps)
    assert timed > sum(len(one.words) for one in transcript.segments) * 0.7


def test_players_show_what_is_said_when_it_is_said(exported: Path, transcript: Transcript) -> None:
    """The cue in which a segment begins stands at most 3 s after it is spoken, in SubRip's one track too."""
    for cues in (read_srt(exported / "call.srt"), read_vtt(exported / "call.vtt")):
        starts: dict[str, list[int]] = defaultdict(list)
        for start, speaker, _ in turns(cues):
            starts[speaker].append(start)
        for one in transcript.segments:
            began = one.offset // 10_000
            assert any(0 <= start - began <= 3000 for start in starts[transcript.name_of(one.participant)])


def test_readers_get_every_word(exported: Path, said: Words) -> None:
    """As text and as Markdown, after the verdict and its gap; clocks never fall."""
    text = (exported / "call.txt").read_text(encoding="utf-8")
    rendered = [
        "".join(child.content for child in one.children or [])
        for one in MarkdownIt("commonmark").parse((exported / "call.md").read_text(encoding="utf-8"))
        if one.type == "inline"
    ]
    spoken_turns = re.findall(r"^\[(\d+:\d\d:\d\d)\] (Speaker \d+): (.*)$", text, re.MULTILINE)
    paragraphs = [found.groups() for one in rendered if (found := re.fullmatch(r"(Speaker \d+) \((\S+)\): (.*)", one))]
    assert words((speaker, spoken) for _, speaker, spoken in spoken_turns) == said
    assert words((speaker, spoken) for speaker, _, spoken in paragraphs) == said
    assert (
        text.index(VERDICT.reason)
        < text.index("[0:00:40] [gap 4 s: stream interrupted")
        < text.index(spoken_turns[-1][2])
    )
    seconds = [int(h) * 3600 + int(m) * 60 + int(s) for h, m, s in (clock.split(":") for clock, *_ in spoken_turns)]
    assert seconds == sorted(seconds)
    assert len(spoken_turns) == len(paragraphs)


async def test_a_browser_plays_the_cues(exported: Path, transcript: Transcript) -> None:
    """Chromium's own reader finds the same cues, voices, words and languages; of awkward texts as well."""
    if not CHROMIUM.exists():
        pytest.skip(f"there is no {CHROMIUM} (Debian: apt-get install chromium)")
    vtt = FORMATS["vtt"]
    nasty = assemble(
        "nasty -->",
        locale="en-US",
        segments=[segment(at, at * 9, text, duration=8, locale="de-DE") for at, text in enumerate(NASTY, start=1)],
        streams=[stream()],
        participants={ALICE: "Al <b> & --"},
        verdict=VERDICT,
    )
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            page = await browser.new_page()
            real: list[Any] = await page.evaluate(PLAY, vtt.render(transcript))
            awkward: list[Any] = await page.evaluate(PLAY, vtt.render(nasty))
        finally:
            await browser.close()
    assert [
        (round(start * 1000), round(end * 1000), voice, text.split("\n")) for start, end, voice, _, text in real
    ] == read_vtt(exported / "call.vtt")
    assert {(voice, lang) for _, _, voice, lang, _ in awkward} == {("Al <b> & --", "de-DE")}
    shown = "".join("".join(text.split()) for *_, text in awkward)
    heard = "".join(word for one in nasty.segments for word in seen(one.text))
    assert shown.translate(UNSEEN) == heard.translate(UNSEEN)
