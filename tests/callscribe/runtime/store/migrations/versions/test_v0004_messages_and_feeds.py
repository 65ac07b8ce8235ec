"""The fourth step: what it makes is compared with the code in `test_upgrading`."""

from callscribe.runtime.store.migrations.versions import v0004_messages_and_feeds


def test_it_follows_the_third() -> None:
    """In a line."""
    assert (v0004_messages_and_feeds.revision, v0004_messages_and_feeds.down_revision) == ("0004", "0003")
