"""The transcript store as activities."""

from pathlib import Path

import pytest
from sqlalchemy import text
from temporalio.exceptions import ApplicationError

from activities.transcript_store import TranscriptStoreActivities
from callscribe.contracts.errors import ErrorType, Problem
from callscribe.contracts.steps import SaveOutcome, SealOutcome
from callscribe.runtime.store import TranscriptStore
from tests.activities.conftest import perform
from tests.callscribe.runtime.store.conftest import SECRET_WORDS, saving, sealing, segment


async def test_save_and_seal(tmp_path: Path) -> None:
    """Both, twice each: a repetition counts and changes nothing."""
    async with await TranscriptStore.open(f"sqlite:///{tmp_path / 'store.sqlite'}") as store:
        activities = TranscriptStoreActivities(store)
        request = saving(segment(1), segment(2))
        assert await perform(activities.save_segments, request) == SaveOutcome(stored=2, duplicates=0)
        assert await perform(activities.save_segments, request, attempt=2) == SaveOutcome(stored=2, duplicates=0)
        for _ in range(2):
            assert await perform(activities.seal_transcript, sealing()) == SealOutcome(revision=1, segments=2)


async def test_a_store_in_trouble_is_tried_again(tmp_path: Path) -> None:
    """Retryable, with advice, and without a word that was said: errors are kept in Temporal's history."""
    async with await TranscriptStore.open(f"sqlite:///{tmp_path / 'store.sqlite'}") as store:
        async with store._engine.begin() as connection:
            await connection.execute(text("DROP TABLE segments"))
        activities = TranscriptStoreActivities(store)
        for activity, argument in (
            (activities.save_segments, saving(segment(1))),
            (activities.seal_transcript, sealing()),
        ):
            with pytest.raises(ApplicationError) as caught:
                await perform(activity, argument)
            error = caught.value
            assert (error.type, error.non_retryable) == (ErrorType.STORE, False)
            assert isinstance(error.details[0], Problem)
            assert "CALLSCRIBE_STORE_URL" in error.details[0].advice
            assert SECRET_WORDS not in str(error)
            assert error.__cause__ is None
