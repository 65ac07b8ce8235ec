"""Identifier objects to raw ids, and back."""

from typing import Any

import pytest

from emulator.identifiers import model_of, raw_id_of, same_target


@pytest.mark.parametrize(
    "raw_id",
    [
        "4:+14255550123",
        "8:acs:0000_1111",
        "8:orgid:45ab2481-1c1c-4005-be24-0ffb879b1130",
        "8:teamsvisitor:71ec590b",
        "28:orgid:45ab2481",
        "8:acs:r_t_u",
        "28:whatever",
    ],
)
def test_there_and_back(raw_id: str) -> None:
    """What is written is read; kind and typed member are there for those that have one."""
    model = model_of(raw_id)
    assert raw_id_of(model) == raw_id
    del model["rawId"]
    if len(model) > 1:
        assert raw_id_of(model) == raw_id


@pytest.mark.parametrize("model", [None, "4:+1", {}, {"phoneNumber": {}}, {"phoneNumber": {"value": 7}}, {"rawId": ""}])
def test_nobody(model: Any) -> None:
    """An object that names nobody."""
    assert raw_id_of(model) is None


def test_telephones_are_named_either_way() -> None:
    """A plan's target may be a bare number."""
    assert same_target("+12025550147") == same_target("4:+12025550147") == "4:+12025550147"
    assert same_target("99455010479855809") == "99455010479855809"
