"""The fault policy does what it was told, as often as it was told, and counts it."""

import pytest

from emulator.calls.refusals import Refusal
from emulator.control_models import Faults, RestFailure
from emulator.faults import FaultPolicy


def test_none_by_default() -> None:
    """A policy without faults changes nothing."""
    policy = FaultPolicy()
    policy.before_request("create")
    assert not policy.holds_response()
    assert policy.arrange([1, 2]) == [1, 2]
    assert policy.injected == {}


def test_rest_failures() -> None:
    """Only the operation named, only so often; setting faults anew counts anew."""
    policy = FaultPolicy()
    policy.set(Faults(rest_failure=RestFailure(status=500, times=1, operation="start")))
    policy.before_request("create")
    with pytest.raises(Refusal) as refused:
        policy.before_request("start")
    assert (refused.value.status, refused.value.headers) == (500, {})
    policy.before_request("start")
    policy.set(policy.faults)
    with pytest.raises(Refusal):
        policy.before_request("start")
    assert policy.injected == {"rest_failure": 2}


def test_arrangements() -> None:
    """Swapping and doubling can be combined."""
    policy = FaultPolicy()
    policy.set(Faults(duplicate_events=True, swap_events=True))
    assert policy.arranges()
    assert policy.arrange([1, 2]) == [2, 2, 1, 1]
    assert policy.arrange([1]) == [1, 1]
