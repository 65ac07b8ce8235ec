"""Plain text: a heading with the verdict and its gaps, then a line for every turn and every gap in its place."""

from callscribe.transcript.excerpt import Excerpt
from callscribe.transcript.formats.reading import Missing, Turn, course, facts, gap_texts, verdict_text
from callscribe.transcript.graphemes import one_line


def render(excerpt: Excerpt) -> str:
    """`[0:00:03] Name: what was said`, under the heading and an empty line."""
    transcript = excerpt.transcript
    heading = [f"Call {one_line(transcript.key)}", f"Verdict: {verdict_text(transcript)}"]
    heading += [f"Gap: {gap}" for gap in gap_texts(transcript)]
    heading += [f"{name}: {value}" for name, value in facts(excerpt)]
    return "\n".join([*heading, "", *map(_line, course(excerpt))]) + "\n"


def _line(one: Turn | Missing) -> str:
    if isinstance(one, Missing):
        return f"[{one.clock}] [{one.text}]"
    return f"[{one.clock}] {one.name}{f' ({one.locale})' if one.locale else ''}: {one.text}"
