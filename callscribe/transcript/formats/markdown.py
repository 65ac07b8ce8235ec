"""Markdown (CommonMark, and what GitHub adds): a heading, the verdict, then a paragraph for every turn and every gap."""

import re

from callscribe.transcript.excerpt import Excerpt
from callscribe.transcript.formats.reading import Missing, Turn, course, facts, gap_texts, verdict_text
from callscribe.transcript.graphemes import one_line

_ACTIVE = re.compile(r"([\\`*_\[\]<>&|~$#])")
_ADDRESS = re.compile(r":(?=//)|(?<=www)\.")
"""What makes GitHub take a word for a web address."""


def render(excerpt: Excerpt) -> str:
    """`**Name** (0:00:03): what was said`, a paragraph each. Characters that Markdown gives a meaning are escaped; a
    paragraph always begins with its speaker, so what somebody said cannot become a heading or a list.
    """
    transcript = excerpt.transcript
    blocks = [f"# Call {escaped(one_line(transcript.key))}", f"**Verdict:** {escaped(verdict_text(transcript))}"]
    listed = [*(("Gap", gap) for gap in gap_texts(transcript)), *facts(excerpt)]
    blocks.append("\n".join(f"- {name}: {escaped(value)}" for name, value in listed))
    return "\n\n".join([*blocks, *map(_paragraph, course(excerpt))]) + "\n"


def escaped(text: str) -> str:
    """`text` such that Markdown shows it as it is, anywhere but at the beginning of a line."""
    return " ".join(map(_word, text.split(" ")))


def _word(text: str) -> str:
    shown = _ACTIVE.sub(r"\\\1", text)
    # An escape inside an address would become part of what GitHub links to.
    return shown if shown == text else _ADDRESS.sub(r"\\\g<0>", shown)


def _paragraph(one: Turn | Missing) -> str:
    if isinstance(one, Missing):
        return f"*\\[{one.clock}: {escaped(one.text)}\\]*"
    locale = f", {escaped(one.locale)}" if one.locale else ""
    return f"**{escaped(one.name)}** ({one.clock}{locale}): {escaped(one.text)}"
