"""The fault policy does what it was told, as often as it was told, and counts it."""

import random

import pytest

from emulator.fault_policy import FaultPolicy, refusal
from emulator.faults import Faults, RestFault


def test_none_by_default() -> None:
    """A policy without faults changes nothing."""
    policy = FaultPolicy()
    assert policy.on_request("create") is None
    assert not policy.holds_response()
    assert policy.arrange([1, 2], random.Random(0)) == [1, 2]
    assert not policy.loses("CallConnected")
    assert policy.injected == {}


def test_requests() -> None:
    """Only the operation named, only so often; setting faults anew counts anew."""
    policy = FaultPolicy()
    fault = RestFault(status=500, times=1, operation="start")
    policy.set(Faults(rest=(fault,)))
    assert policy.on_request("create") is None
    assert policy.on_request("start") is fault
    assert policy.on_request("start") is None
    policy.set(policy.faults)
    assert policy.on_request("start") is fault
    assert policy.injected == {"rest_refused": 2}


@pytest.mark.parametrize(
    ("fault", "code", "headers"),
    [
        (RestFault(status=429, retry_after=7), "8516", {"Retry-After": "7"}),
        (RestFault(status=429), "8516", {}),
        (RestFault(status=500), "9999", {}),
        (RestFault(status=503), "9998", {}),
    ],
)
def test_refusals(fault: RestFault, code: str, headers: dict[str, str]) -> None:
    """Each status with its code, and Retry-After only where it is asked for."""
    refused = refusal(fault)
    assert (refused.status, refused.code, refused.headers) == (fault.status, code, headers)


def test_chances_are_the_seeds() -> None:
    """The same seed hits the same requests; another one hits others."""

    def hits(seed: int) -> list[bool]:
        policy = FaultPolicy(Faults(seed=seed, rest=(RestFault(chance=0.5, times=1000),)))
        return [policy.on_request("get") is not None for _ in range(64)]

    assert hits(1) == hits(1) != hits(2)
    assert 10 < sum(hits(1)) < 54


def test_arrangements() -> None:
    """Swapping and doubling can be combined."""
    policy = FaultPolicy(Faults(duplicate_events=1, swap_events=1))
    assert policy.arranges()
    assert policy.arrange([1, 2], random.Random(0)) == [2, 2, 1, 1]
    assert policy.arrange([1], random.Random(0)) == [1, 1]
    assert policy.injected == {"swap_events": 1, "duplicate_events": 3}


def test_responses_that_wait_and_events_that_never_come() -> None:
    """As asked, and counted."""
    policy = FaultPolicy(Faults(event_before_response=1, lose_events=("CallConnected",)))
    assert policy.holds_response()
    assert policy.loses("CallConnected")
    assert not policy.loses("CallDisconnected")
    assert policy.injected == {"event_before_response": 1, "lose_events": 1}
