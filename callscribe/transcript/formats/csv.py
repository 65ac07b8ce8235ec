"""CSV (RFC 4180), one segment a row, for spreadsheets.

A cell that a spreadsheet would run as a formula (it begins with `=`, `+`, `-`, `@` or a control character) gets an
apostrophe in front, as spreadsheets themselves write text. JSON Lines has the same data untouched.
"""

import csv
import io

from callscribe.acs.ticks import to_milliseconds
from callscribe.transcript.formats.reading import clock
from callscribe.transcript.model import Transcript
from callscribe.transcript.timeline import lay_out

COLUMNS = (
    "start", "start_ms", "end_ms", "participant", "name", "text", "locale", "confidence", "offset", "stream", "position",
)  # fmt: skip


def render(transcript: Transcript) -> str:
    """A row of column names, then the segments in order. `start` is H:MM:SS on the transcript's time line."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for timed in lay_out(transcript.segments, transcript.streams):
        segment = timed.segment
        writer.writerow(
            (
                clock(timed.start),
                to_milliseconds(timed.start),
                to_milliseconds(timed.end),
                _inert(segment.participant),
                _inert(transcript.name_of(segment.participant)),
                _inert(segment.text),
                segment.locale or "",
                "" if segment.confidence is None else segment.confidence,
                segment.offset,
                _inert(segment.stream),
                segment.position,
            )
        )
    return text.getvalue()


def _inert(cell: str) -> str:
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) else cell
