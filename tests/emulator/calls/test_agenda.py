"""The agenda keeps order."""

from functools import partial

from hypothesis import given
from hypothesis import strategies as st

from emulator.calls.agenda import Agenda


def note(done: list[tuple[float, int]], number: int, now: float) -> None:
    """An action that says when it was done."""
    done.append((now, number))


@given(st.lists(st.integers(0, 5)))
def test_in_order_of_time_then_of_entry(instants: list[int]) -> None:
    """Actions come in order of their instants; equal instants in the order of their entry."""
    agenda = Agenda()
    done: list[tuple[float, int]] = []
    for number, instant in enumerate(instants):
        agenda.at(instant, partial(note, done, number))
    for now in range(6):
        while (action := agenda.take(now)) is not None:
            action(now)
    assert done == sorted((float(instant), number) for number, instant in enumerate(instants))
    assert agenda.next_due() is None


def test_clear() -> None:
    """Nothing is left."""
    agenda = Agenda()
    agenda.at(1, lambda _now: None)
    agenda.clear()
    assert agenda.take(2) is None
