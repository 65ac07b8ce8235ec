"""The metrics' text form."""

import pytest

from callscribe.runtime.metrics import Registry


def test_renders_as_prometheus_reads() -> None:
    """Help, type, labels in order, escapes, and a zero where nothing was counted."""
    registry = Registry("x")
    counter = registry.counter("things_total", "Things,\nby \\ kind.")
    counter.add(kind='a"b')
    counter.add(2, kind="c", also="d")
    registry.gauge("level", "Level.").set(1.5)
    registry.counter("never_total", "Never.")
    assert registry.render() == (
        "# HELP x_things_total Things,\\nby \\\\ kind.\n"
        "# TYPE x_things_total counter\n"
        'x_things_total{also="d",kind="c"} 2\n'
        'x_things_total{kind="a\\"b"} 1\n'
        "# HELP x_level Level.\n# TYPE x_level gauge\nx_level 1.5\n"
        "# HELP x_never_total Never.\n# TYPE x_never_total counter\nx_never_total 0\n"
    )
    assert registry.names() == ["x_things_total", "x_level", "x_never_total"]


def test_refuses_misuse() -> None:
    """A counter never falls, and a name is one metric."""
    registry = Registry("x")
    counter = registry.counter("a_total", "A.")
    with pytest.raises(ValueError, match="never falls"):
        counter.add(-1)
    with pytest.raises(ValueError, match="not set"):
        counter.set(1)
    with pytest.raises(ValueError, match="already"):
        registry.gauge("a_total", "A.")
    assert counter.value() == 0
