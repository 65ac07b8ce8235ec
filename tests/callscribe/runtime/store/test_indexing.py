"""Words of segments that nobody has cut yet. Whole stores of them: `test_v0003_words_and_names`."""

from sqlalchemy import text

from callscribe.runtime.store import TranscriptStore
from callscribe.runtime.store.indexing import has_unindexed, index_what_is_not, spoken
from tests.callscribe.runtime.store.conftest import saving, segment


def test_each_database_keeps_words_in_its_way() -> None:
    """The same words."""
    assert spoken("Größe zwei", is_sqlite=True) == "grosse zwei"
    assert spoken("Größe zwei", is_sqlite=False) == "'grosse':1 'zwei':2"


async def test_what_is_missing_is_cut_once(store: TranscriptStore) -> None:
    """Only what is missing; saved segments never are, not even silent ones."""
    await store.save(saving(segment(1, text="first"), segment(2, text=""), segment(3, text="third")))
    async with store._engine.begin() as connection:
        assert not await connection.run_sync(has_unindexed)
        await connection.execute(text("UPDATE segments SET spoken = NULL WHERE position = 3"))
        assert await connection.run_sync(has_unindexed)
    assert (await store.search("third")).hits == ()
    async with store._engine.begin() as connection:
        await connection.run_sync(index_what_is_not)
        assert not await connection.run_sync(has_unindexed)
    assert [hit.segment.position for hit in (await store.search("third")).hits] == [3]
    assert [hit.segment.position for hit in (await store.search("first")).hits] == [1]
