"""The second step: what it makes is compared with the code in `test_upgrading`."""

from callscribe.runtime.store.migrations.versions import v0002_facts_of_sealed_calls


def test_it_follows_the_first() -> None:
    """In a line."""
    assert (v0002_facts_of_sealed_calls.revision, v0002_facts_of_sealed_calls.down_revision) == ("0002", "0001")
