"""Two crowds: many viewers of one call, and many calls with a viewer each.

Ingest runs in a process of its own; Temporal is away, which captions do not notice. The viewers share this process, and
so their reading is part of what is measured.
"""

import statistics
from collections.abc import Iterator, Sequence
from typing import Final

from benchmarks.measure import Conditions, Figure
from benchmarks.viewers.chromium import chromium
from benchmarks.viewers.crowd import Crowd, Outcome, watched

VIEWERS: Final = 200
SECONDS: Final = 3.0
"""Of speech, twice a round."""
ONE_CALL: Final = 10.0
"""Packets a second in the call that everybody watches, and in the one that the browser does: two people who talk at once."""
MANY_CALLS: Final = 3.0
"""Packets a second in each of many calls."""


async def bench(conditions: Conditions) -> list[Figure]:
    """Both ways of being many."""
    viewers = conditions.some(VIEWERS)
    # So little would hold no final.
    rate = ONE_CALL if conditions.quick else MANY_CALLS
    figures: list[Figure] = []
    async with chromium() as browser:
        for name, rates in (("one call", (ONE_CALL,)), ("a call each", (ONE_CALL, *[rate] * (viewers - 1)))):
            crowd = Crowd(
                name=name,
                viewers=viewers,
                rates=rates,
                rounds=conditions.rounds,
                seconds=0.6 if conditions.quick else SECONDS,
                warm_up=0.0 if conditions.quick else 1.0,
            )
            figures += _figures(crowd, await watched(crowd, conditions.folder / name.replace(" ", "-"), browser))
    return figures


def _figures(crowd: Crowd, outcome: Outcome) -> Iterator[Figure]:
    page, rounds = outcome.page, outcome.rounds
    for who, viewers in (("", outcome.readers), (" on the page in Chromium", [] if page is None else [page])):
        for kind, finals in (("final", True), ("intermediate", False)) if viewers else ():
            taken = [one for each in rounds for one in each.beside.taken(viewers, finals=finals)]
            yield from _spread(f"{crowd.name}: {kind}{who}", taken, _basis(crowd))
    for name, of in (("median", statistics.median), ("95 of 100", _most)):
        ratios = [
            of(each.beside.all_taken(outcome.readers)) / of(each.alone.all_taken(outcome.readers)) for each in rounds
        ]
        yield Figure(
            bench="viewers",
            what=f"{crowd.name}: beside slow viewers, times as long as without, {name}",
            value=statistics.median(ratios),
            unit="ratio",
            basis=f"rounds: {', '.join(f'{ratio:.2f}' for ratio in sorted(ratios))}",
        )
    woken = [one for each in rounds for one in each.woken]
    yield Figure(
        bench="viewers",
        what=f"{crowd.name}: until a slow viewer who reads on has every final, slowest",
        value=max(woken),
        unit="milliseconds",
        basis=f"{len(woken)} times",
    )


def _basis(crowd: Crowd) -> str:
    return (
        f"{crowd.viewers} viewers, {crowd.slow} of them slow, {sum(crowd.rates):,.0f} packets a second for "
        f"{crowd.rounds} times {crowd.seconds:g} s"
    )


def _spread(what: str, taken: Sequence[float], basis: str) -> Iterator[Figure]:
    for name, value in (("median", statistics.median(taken)), ("95 of 100", _most(taken)), ("slowest", max(taken))):
        yield Figure(
            bench="viewers",
            what=f"{what}, {name}",
            value=value,
            unit="milliseconds",
            basis=f"{len(taken):,} seen; {basis}",
        )


def _most(taken: Sequence[float]) -> float:
    return sorted(taken)[int(len(taken) * 0.95)]
