"""Every form that a transcript can be taken away in: `FORMATS[name].render(transcript)`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from callscribe.transcript.excerpt import Excerpt, excerpt
from callscribe.transcript.formats import csv, json, jsonl, markdown, srt, txt, vtt
from callscribe.transcript.model import Transcript

_BYTE_ORDER_MARK = "\ufeff"


@dataclass(frozen=True, slots=True)
class Format:
    """One form. The same transcript always gives the same text."""

    name: str
    media_type: str
    extension: str
    """Of file names, without the dot."""
    summary: str
    """What it is good for, in a few words: help texts and download links."""
    write: Callable[[Excerpt], str]
    marked: bool = False
    """Whether its files begin with a byte order mark, because its readers take them for another encoding without."""

    def render(self, transcript: Transcript, *, since: int | None = None, until: int | None = None) -> str:
        """The transcript, or the part that begins at `since` or later and before `until`: ticks on its time line."""
        return self.write(excerpt(transcript, since=since, until=until))

    def encode(self, transcript: Transcript, *, since: int | None = None, until: int | None = None) -> bytes:
        """As the bytes of a file: UTF-8, line ends as the format wants them."""
        return ((_BYTE_ORDER_MARK if self.marked else "") + self.render(transcript, since=since, until=until)).encode()


FORMATS: Final[dict[str, Format]] = {
    one.name: one
    for one in (
        Format("json", "application/json", "json", "everything that is known, by a versioned schema", json.render),
        Format(
            "jsonl", "application/x-ndjson", "jsonl", "a header, then one segment a line, for programs", jsonl.render
        ),
        Format("txt", "text/plain; charset=utf-8", "txt", "to read", txt.render),
        Format("md", "text/markdown; charset=utf-8", "md", "to read, with headings", markdown.render),
        Format("srt", "application/x-subrip", "srt", "subtitles for players", srt.render),
        Format("vtt", "text/vtt; charset=utf-8", "vtt", "subtitles for browsers, with speakers", vtt.render),
        Format("csv", "text/csv; charset=utf-8", "csv", "one segment a row, for spreadsheets", csv.render, marked=True),
    )
}
"""Name → format, in the order in which people are offered them."""
