"""Waiting durably: outside of a workflow there is nothing to wait with; inside, `test_call` and `test_storing` do."""

import inspect

from workflows import waiting


def test_every_wait_can_have_an_end() -> None:
    """And a summary for whoever looks at the timer."""
    assert list(inspect.signature(waiting.until).parameters) == ["condition", "within", "summary"]
