"""SubRip: numbered cues on one track. It has no place for a verdict, a gap or a language; a change of speaker is marked
in the text. Nothing can be escaped in it, so what players would take for markup is broken up invisibly.
"""

import re

from callscribe.transcript.cues import cues
from callscribe.transcript.excerpt import Excerpt
from callscribe.transcript.formats.reading import name_of, timestamp
from callscribe.transcript.graphemes import shortened
from callscribe.transcript.model import RawId

WORD_JOINER = "\u2060"
_LABEL_WIDTH = 20
_MARKUP = re.compile(r"<(?=[A-Za-z0-9_/!?>]| +[A-Za-z])|\{(?=\\|[A-Za-z]:)")
"""HTML's tags, and whatever else in angle brackets FFmpeg drops; those of Advanced SubStation and of MicroDVD."""


def render(excerpt: Excerpt) -> str:
    """The cues, `Name: ` in front of the first after somebody else's."""

    def label(participant: RawId) -> str:
        return shortened(name_of(excerpt.transcript, participant), _LABEL_WIDTH) + ":"

    blocks = []
    for number, cue in enumerate(cues(excerpt.timed, label=label), start=1):
        times = f"{timestamp(cue.start, ',')} --> {timestamp(cue.end, ',')}"
        blocks.append("\n".join([str(number), times, *map(plain, cue.texts)]) + "\n")
    return "\n".join(blocks)


def plain(text: str) -> str:
    """`text` such that players show it: an arrow for `-->`, a word joiner (which takes no room) after a `<` or a brace
    that would begin a tag.
    """
    return _MARKUP.sub(rf"\g<0>{WORD_JOINER}", text.replace("-->", "→"))
