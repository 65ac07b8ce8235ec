"""What was answered is answered again."""

import pytest

from emulator import repeatability
from emulator.calls.refusals import Refusal
from emulator.repeatability import Answer, Repeatability


def test_recall() -> None:
    """By operation and id, for the same body."""
    memory = Repeatability(409)
    assert memory.recall("create", "1", b"a") is None
    memory.remember("create", "1", b"a", Answer(201, b"made"))
    assert memory.recall("create", "1", b"a") == Answer(201, b"made")
    assert memory.recall("connect", "1", b"a") is None
    assert memory.recall("create", "2", b"a") is None


@pytest.mark.parametrize(("status", "code"), [(409, "8519"), (400, "8523")])
def test_conflict(status: int, code: str) -> None:
    """Another body is refused, with the status that the switch says."""
    memory = Repeatability(status)
    memory.remember("create", "1", b"a", Answer(201, b"made"))
    with pytest.raises(Refusal) as refused:
        memory.recall("create", "1", b"b")
    assert (refused.value.status, refused.value.code) == (status, code)


def test_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest is forgotten first."""
    monkeypatch.setattr(repeatability, "MOST_REMEMBERED", 2)
    memory = Repeatability(409)
    for number in range(3):
        memory.remember("create", str(number), b"", Answer(201, b""))
    assert memory.recall("create", "0", b"") is None
    assert memory.recall("create", "2", b"") is not None
