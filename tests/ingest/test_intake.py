"""What all doors of ingest share."""

from pathlib import Path

import pytest

from callscribe.contracts.links import Purpose, sign
from ingest.main import running_ingest
from tests.ingest.stack import SECRET, settings_for


async def test_a_key_opens_one_purpose_and_the_secret_is_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The doors ask one method; what is printed of an intake does not open them."""
    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:1")
    async with running_ingest(settings_for(tmp_path)) as ingest:
        key = sign(SECRET, Purpose.VIEW, "c")
        assert ingest.intake.opens(Purpose.VIEW, "c", key)
        assert not ingest.intake.opens(Purpose.DELIVER, "c", key)
        assert SECRET not in repr(ingest)
        assert ingest.intake.now().tzinfo is not None
        assert not ingest.intake.stopping
    assert ingest.intake.stopping
