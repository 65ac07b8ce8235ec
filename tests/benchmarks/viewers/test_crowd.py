"""A crowd whose slow viewers are not slow."""

from pathlib import Path

import pytest

from benchmarks.viewers import crowd, speaking
from benchmarks.viewers.crowd import Crowd, NotSlowError, watched


async def test_slow_viewers_that_nobody_waits_for_fail_the_measurement(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What is measured beside them would say nothing of slow viewers."""
    monkeypatch.setattr(speaking, "AT_LENGTH", "not long")
    monkeypatch.setattr(crowd, "MOST_AT_LENGTH", 2)
    few = Crowd(name="few", viewers=2, rates=(50.0,), rounds=1, seconds=0.1, warm_up=0.0)
    with pytest.raises(NotSlowError, match="1 viewers stand still, and ingest waits for 0"):
        await watched(few, tmp_path / "few", None)
