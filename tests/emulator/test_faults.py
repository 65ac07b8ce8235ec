"""Faults as data: what is refused, and that they survive their own JSON."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from emulator.faults import Drop, Fail, Faults, Late, NoSocket, Overlap, Poison, Stall

MOMENTS = st.one_of(
    st.builds(lambda at_ms: {"at_ms": at_ms}, st.integers(0, 10**9)),
    st.builds(lambda chance: {"chance": chance}, st.floats(0.001, 1)),
)


@given(moment=MOMENTS, replay=st.integers(0, 1000))
def test_json_and_back(moment: dict[str, float], replay: int) -> None:
    """What is written is what is read, kind by kind."""
    drop = Drop.model_validate({**moment, "replay": replay})
    faults = Faults(calls=(drop, Overlap(at_ms=1), Stall(at_ms=2), Poison(at_ms=3), Fail(), NoSocket(), Late()))
    assert Faults.model_validate_json(faults.model_dump_json()) == faults


@pytest.mark.parametrize(
    ("fault", "complaint"),
    [
        ({"kind": "drop"}, "either at_ms or chance"),
        ({"kind": "drop", "at_ms": 1, "chance": 0.5}, "either at_ms or chance"),
        ({"kind": "drop", "at_ms": 1, "replay": 1001}, "less than or equal to 1000"),
        ({"kind": "flood", "at_ms": 1}, "does not match any of the expected tags"),
        ({"kind": "stall", "at_ms": 1, "for": 3}, "Extra inputs"),
        ({"kind": "poison", "chance": 2}, "less than or equal to 1"),
    ],
)
def test_refused(fault: dict[str, object], complaint: str) -> None:
    """A fault without a moment, with two, of an unknown kind, with an unknown field."""
    with pytest.raises(ValidationError, match=complaint):
        Faults.model_validate_json(json.dumps({"calls": [fault]}))


def test_true_is_certain() -> None:
    """A probability may be written as a truth value."""
    assert Faults.model_validate_json('{"duplicate_events": true}').duplicate_events == 1
