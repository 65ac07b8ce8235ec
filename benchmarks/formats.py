"""How fast a finished transcript is written in each format, put in order first."""

from benchmarks.measure import Conditions, Figure, rate
from callscribe.transcript.assembly import assemble
from callscribe.transcript.formats import FORMATS


async def bench(conditions: Conditions) -> list[Figure]:
    """The whole conversation, in every format."""
    talk = conditions.conversation
    said, locale = talk.segments, talk.script.locale
    transcript = assemble("bench", locale=locale, segments=said)
    rounds = conditions.rounds
    basis = f"{len(said)} segments, {sum(len(segment.words) for segment in said)} words"
    ordering = rate(len(said), lambda: assemble("bench", locale=locale, segments=said), rounds)
    return [
        Figure(bench="formats", what="segments put in order", value=ordering, unit="per second", basis=basis),
        *(
            Figure(
                bench="formats",
                what=f"segments as {name}",
                value=rate(len(said), lambda form=form: form.encode(transcript), rounds),  # type: ignore[misc]  # mypy cannot infer a lambda with a default
                unit="per second",
                basis=f"{len(form.encode(transcript)) // 1024} KiB",
            )
            for name, form in FORMATS.items()
        ),
    ]
