"""Migrations by hand, as Alembic's own command does them."""

from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config

from callscribe.runtime.store.upgrading import MIGRATIONS


def test_by_hand_on_the_store_of_the_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`alembic upgrade head`, and once more: the second time there is nothing to do."""
    monkeypatch.setenv("CALLSCRIBE_HOME", str(tmp_path))
    monkeypatch.delenv("CALLSCRIBE_STORE_URL", raising=False)
    for _ in range(2):
        command.upgrade(Config(MIGRATIONS / "alembic.ini"), "head")
    assert (tmp_path / "transcripts.sqlite").is_file()
