"""CSV (RFC 4180), one segment a row, for spreadsheets.

A cell that a spreadsheet would run as a formula gets an apostrophe in front. So does one that begins with apostrophes
before such a beginning: whoever takes one apostrophe from cells that match `'+` and a beginning of a formula has the
text as it was. JSON Lines has the same data untouched.
"""

import csv
import io
import re

from callscribe.acs.ticks import to_milliseconds
from callscribe.transcript.excerpt import Excerpt
from callscribe.transcript.formats.reading import clock, name_of

COLUMNS = (
    "start", "start_ms", "end_ms", "participant", "name", "text", "locale", "confidence", "offset", "stream", "position",
)  # fmt: skip
_FORMULA = re.compile(r"'*(?:[\t\r\n]|\s*[=+\-@\uff1d\uff0b\uff0d\uff20])")
"""Also the full-width forms, which spreadsheets set to Japanese take for the others."""


def render(excerpt: Excerpt) -> str:
    """A row of column names, then the segments in order. `start` is H:MM:SS on the transcript's time line."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for timed in excerpt.timed:
        segment = timed.segment
        writer.writerow(
            (
                clock(timed.start),
                to_milliseconds(timed.start),
                to_milliseconds(timed.end),
                inert(segment.participant),
                inert(name_of(excerpt.transcript, segment.participant)),
                inert(segment.text),
                inert(segment.locale or ""),
                "" if segment.confidence is None else segment.confidence,
                segment.offset,
                inert(segment.stream),
                segment.position,
            )
        )
    return text.getvalue()


def inert(cell: str) -> str:
    """`cell` such that no spreadsheet runs it."""
    return f"'{cell}" if _FORMULA.match(cell) else cell
