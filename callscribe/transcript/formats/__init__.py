"""Every form that a transcript can be taken away in: `FORMATS[name].render(transcript)`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from callscribe.transcript.formats import csv, json, jsonl, markdown, srt, txt, vtt
from callscribe.transcript.model import Transcript


@dataclass(frozen=True, slots=True)
class Format:
    """One form. The same transcript always gives the same text."""

    name: str
    media_type: str
    extension: str
    """Of file names, without the dot."""
    summary: str
    """What it is good for, in a few words: help texts and download links."""
    render: Callable[[Transcript], str]

    def encode(self, transcript: Transcript) -> bytes:
        """As the bytes of a file: UTF-8, line ends as the format wants them."""
        return self.render(transcript).encode()


FORMATS: Final[dict[str, Format]] = {
    one.name: one
    for one in (
        Format("json", "application/json", "json", "everything that is known, by a versioned schema", json.render),
        Format("jsonl", "application/x-ndjson", "jsonl", "one segment a line, for programs", jsonl.render),
        Format("txt", "text/plain; charset=utf-8", "txt", "to read", txt.render),
        Format("md", "text/markdown; charset=utf-8", "md", "to read, with headings", markdown.render),
        Format("srt", "application/x-subrip", "srt", "subtitles for players", srt.render),
        Format("vtt", "text/vtt; charset=utf-8", "vtt", "subtitles for browsers, with speakers", vtt.render),
        Format("csv", "text/csv; charset=utf-8", "csv", "one segment a row, for spreadsheets", csv.render),
    )
}
"""Name → format, in the order in which people are offered them."""
