"""The clock shows Unix time and never runs backwards."""

import time

from emulator.shell.clock import Clock


def test_clock() -> None:
    """Near the wall clock, and monotonic."""
    clock = Clock()
    readings = [clock.now() for _ in range(100)]
    assert abs(readings[0] - time.time()) < 1
    assert readings == sorted(readings)
