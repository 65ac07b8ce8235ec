"""The names of ingest's metrics."""

import re

from ingest import measures


def test_the_docstring_lists_every_metric() -> None:
    """All of them, in order, with the labels that they have, and none that is gone."""
    listed = re.findall(r"^ *([a-z_]+)(?:\{[a-z,]+\})? {2,}", measures.__doc__ or "", re.MULTILINE)
    assert sorted("callscribe_ingest_" + name for name in listed) == sorted(measures.Measures().registry.names())
