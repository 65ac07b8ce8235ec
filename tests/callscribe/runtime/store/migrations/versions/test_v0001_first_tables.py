"""The first step: what it makes is compared with the code in `test_upgrading`."""

from callscribe.runtime.store.migrations.versions import v0001_first_tables


def test_it_is_the_first() -> None:
    """Nothing comes before it."""
    assert (v0001_first_tables.revision, v0001_first_tables.down_revision) == ("0001", None)
