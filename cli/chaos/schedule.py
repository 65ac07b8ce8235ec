"""What is killed when: an endless, seeded sequence of faults. Pure."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

LONGEST_PAUSE: Final = 5.0
"""Seconds that a killed process stays away at most."""


class Kind(StrEnum):
    """A kind of fault: which processes die. `all` is every process at the same moment."""

    INGEST = "ingest"
    WORKER = "worker"
    TEMPORAL = "temporal"
    STORE = "store"
    ALL = "all"


VICTIMS: Final = (Kind.INGEST, Kind.WORKER, Kind.TEMPORAL)
"""What can be killed always; the store as well where it is a server."""


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One blow. Seconds."""

    kind: Kind
    calm: float
    """How long everything runs before it."""
    pauses: dict[str, float]
    """Service → how long it stays dead."""


def faults(
    kinds: Sequence[Kind],
    *,
    every: float,
    seed: int,
    victims: Sequence[Kind] = VICTIMS,
    outage: float | None = None,
) -> Iterator[Fault]:
    """Each of `kinds` once in a random order, and so on for ever; about `every` seconds of calm between two.

    What is killed stays away for `outage` seconds, or for a random time of up to `LONGEST_PAUSE`. The same arguments give the same sequence.
    """
    chance = random.Random(seed)  # noqa: S311 -- repeatable on purpose, and no secret
    while True:
        round_ = list(dict.fromkeys(kinds))
        chance.shuffle(round_)
        for kind in round_:
            struck = victims if kind is Kind.ALL else (kind,)
            yield Fault(
                kind=kind,
                calm=every * chance.uniform(0.5, 1.5),
                pauses={
                    victim.value: chance.uniform(0.0, LONGEST_PAUSE) if outage is None else outage for victim in struck
                },
            )
