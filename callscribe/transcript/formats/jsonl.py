"""JSON Lines, for programs that read as they go: first a line with all that is known of the call, then a line for each
segment. The first is the JSON document without `segments`, the others are its segments: see `schema.LINES_SCHEMA`.
"""

import json
from typing import Any

from callscribe.transcript.excerpt import Excerpt
from callscribe.transcript.formats.json import header, segment
from callscribe.transcript.formats.schema import LINES_FORMAT

_LINE_ENDS = {0x85: "\\u0085", 0x2028: "\\u2028", 0x2029: "\\u2029"}


def render(excerpt: Excerpt) -> str:
    """The header, then the segments, a line each."""
    lines = [header(excerpt, LINES_FORMAT), *(segment(excerpt.transcript, one) for one in excerpt.timed)]
    return "".join(f"{_written(one)}\n" for one in lines)


def _written(value: dict[str, Any]) -> str:
    """JSON without the three characters that JSON leaves alone and some readers take for the end of a line."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).translate(_LINE_ENDS)
