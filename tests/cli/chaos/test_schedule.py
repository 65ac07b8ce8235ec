"""Faults are repeatable, cover every kind, and pause within their limits."""

from itertools import islice

from hypothesis import given
from hypothesis import strategies as st

from cli.chaos.schedule import LONGEST_PAUSE, VICTIMS, Kind, faults

KINDS = st.lists(st.sampled_from(list(Kind)), min_size=1, unique=True)


@given(KINDS, st.integers())
def test_the_same_seed_gives_the_same_faults(kinds: list[Kind], seed: int) -> None:
    """A run that went wrong can be run again."""
    assert list(islice(faults(kinds, every=5, seed=seed), 20)) == list(islice(faults(kinds, every=5, seed=seed), 20))


@given(KINDS, st.integers(), st.floats(0.1, 60))
def test_every_kind_has_its_turn(kinds: list[Kind], seed: int, every: float) -> None:
    """Once a round; calm and pauses are within their limits."""
    found = list(islice(faults(kinds, every=every, seed=seed), 2 * len(kinds)))
    for round_ in (found[: len(kinds)], found[len(kinds) :]):
        assert {fault.kind for fault in round_} == set(kinds)
    for fault in found:
        assert 0.5 * every <= fault.calm <= 1.5 * every
        assert all(0 <= pause <= LONGEST_PAUSE for pause in fault.pauses.values())


def test_a_store_that_is_a_server_dies_with_all() -> None:
    """Where it is one of the run's victims."""
    (fault,) = islice(faults([Kind.ALL], every=1, seed=1, victims=(*VICTIMS, Kind.STORE)), 1)
    assert set(fault.pauses) == {"ingest", "worker", "temporal", "store"}


def test_all_is_every_process_at_once() -> None:
    """And any other kind is itself alone."""
    for fault in islice(faults(list(Kind), every=1, seed=7), 8):
        expected = {victim.value for victim in VICTIMS} if fault.kind is Kind.ALL else {fault.kind.value}
        assert set(fault.pauses) == expected


def test_an_outage_is_as_long_as_it_is_said_to_be() -> None:
    """Every process that a fault names stays away for exactly that long."""
    (fault,) = islice(faults([Kind.ALL], every=1, seed=1, outage=600), 1)
    assert set(fault.pauses.values()) == {600}


def test_other_seeds_give_other_faults() -> None:
    """Five seeds are five different runs."""
    runs = [tuple(fault.calm for fault in islice(faults(list(Kind), every=5, seed=seed), 4)) for seed in range(5)]
    assert len(set(runs)) == 5
