"""Markdown: a heading with the verdict and its gaps, then a paragraph for every turn."""

import re

from callscribe.transcript.formats.reading import gap_texts, turns, verdict_text
from callscribe.transcript.model import Transcript

_ACTIVE = re.compile(r"([\\`*_\[\]<>&|~$])")


def render(transcript: Transcript) -> str:
    """`**Name** (0:00:03): what was said`, a paragraph each. Characters that Markdown gives a meaning are escaped; a
    paragraph always begins with its speaker, so what somebody said cannot become a heading or a list.
    """
    blocks = [f"# Call {_escaped(transcript.key)}", f"**Verdict** {_escaped(verdict_text(transcript))}"]
    if gaps := gap_texts(transcript):
        blocks.append("\n".join(f"- Gap: {_escaped(gap)}" for gap in gaps))
    for turn in turns(transcript):
        locale = f", {turn.locale}" if turn.locale else ""
        blocks.append(f"**{_escaped(turn.name)}** ({turn.clock}{locale}): {_escaped(turn.text)}")
    return "\n\n".join(blocks) + "\n"


def _escaped(text: str) -> str:
    return _ACTIVE.sub(r"\\\1", text)
