"""Reading what can be read of a damaged file."""

from pathlib import Path

from ingest.salvage_reading import KEYS, read_tables
from tests.ingest.test_salvage import SEGMENTS, STREAMS, fill, noise


async def test_a_sound_file_is_read_whole_and_left_alone(tmp_path: Path) -> None:
    """Every row once; not a byte is written."""
    path = tmp_path / "outbox.sqlite"
    await fill(path)
    before = path.read_bytes()
    rows = read_tables(path)
    assert set(rows) == set(KEYS)
    assert len(rows["streams"]) == len(rows["events"]) == STREAMS
    said = sum(row["segments"] for row in rows["chunks"]) + len(rows["segments"])
    assert said == STREAMS * SEGMENTS
    assert path.read_bytes() == before


async def test_rows_on_both_sides_of_the_damage_are_found(tmp_path: Path) -> None:
    """No row comes twice, and most of them come."""
    path = tmp_path / "outbox.sqlite"
    await fill(path)
    noise(path, 3, 3)
    rows = read_tables(path)
    for table, names in KEYS.items():
        keys = [tuple(row[name] for name in names) for row in rows[table]]
        assert len(keys) == len(set(keys))
    assert sum(len(each) for each in rows.values()) > 0


def test_what_is_no_database_has_no_rows(tmp_path: Path) -> None:
    """Neither a stranger's file nor none at all."""
    (tmp_path / "text").write_text("hello")
    for name in ("text", "nothing"):
        assert read_tables(tmp_path / name) == {table: [] for table in KEYS}
