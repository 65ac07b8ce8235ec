"""How long each activity may take, and how it is tried again. Data: the workflow spreads `….options()` into its calls."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, TypedDict

from temporalio.common import RetryPolicy

from callscribe.contracts.errors import ErrorType

PERMANENT: Final = (
    ErrorType.AUTHENTICATION,
    ErrorType.NOT_FOUND,
    ErrorType.CALL_ENDED,
    ErrorType.NOT_SUPPORTED,
    ErrorType.NOT_CONFIGURED,
    ErrorType.INVALID,
    ErrorType.CONFIGURATION,
)
"""Errors that no repetition cures. The activities say so themselves; the policies say it to whoever reads the history."""


class Timeouts(TypedDict):
    """The keywords of `workflow.execute_activity` and `execute_local_activity` that a policy fixes."""

    start_to_close_timeout: timedelta
    schedule_to_close_timeout: timedelta | None
    retry_policy: RetryPolicy


@dataclass(frozen=True, kw_only=True)
class ActivityOptions:
    """One activity's timeouts and retries."""

    start_to_close: timedelta
    """One attempt."""
    schedule_to_close: timedelta | None
    """All attempts and the pauses between them; None: for ever."""
    first_pause: timedelta = timedelta(seconds=1)
    longest_pause: timedelta = timedelta(seconds=10)
    attempts: int = 0
    """The most that are made; 0: as many as the time allows."""
    permanent: Sequence[str] = PERMANENT
    """Error types that end it at once."""

    def options(self) -> Timeouts:
        """Keyword arguments: `workflow.execute_activity(…, **CREATE_CALL.options(), summary=…)`."""
        return {
            "start_to_close_timeout": self.start_to_close,
            "schedule_to_close_timeout": self.schedule_to_close,
            "retry_policy": RetryPolicy(
                initial_interval=self.first_pause,
                backoff_coefficient=2.0,
                maximum_interval=self.longest_pause,
                maximum_attempts=self.attempts,
                non_retryable_error_types=list(self.permanent) or None,
            ),
        }


REQUEST_TIMEOUT: Final = timedelta(seconds=15)
"""One request to ACS, looking at the call's state before a repetition included; the HTTP client gives up earlier."""

CREATE_CALL: Final = ActivityOptions(start_to_close=REQUEST_TIMEOUT, schedule_to_close=timedelta(seconds=60))
"""Somebody waits for the phone to ring: after a minute the caller is told instead."""
CONNECT_CALL: Final = ActivityOptions(start_to_close=REQUEST_TIMEOUT, schedule_to_close=timedelta(seconds=60))
ANSWER_CALL: Final = ActivityOptions(start_to_close=REQUEST_TIMEOUT, schedule_to_close=timedelta(seconds=60))
"""An incoming call rings for a limited time."""
GET_CALL: Final = ActivityOptions(start_to_close=REQUEST_TIMEOUT, schedule_to_close=timedelta(seconds=60))
START_TRANSCRIPTION: Final = ActivityOptions(start_to_close=REQUEST_TIMEOUT, schedule_to_close=timedelta(seconds=60))
UPDATE_TRANSCRIPTION: Final = ActivityOptions(start_to_close=REQUEST_TIMEOUT, schedule_to_close=timedelta(seconds=60))
STOP_TRANSCRIPTION: Final = ActivityOptions(start_to_close=REQUEST_TIMEOUT, schedule_to_close=timedelta(seconds=60))
HANG_UP: Final = ActivityOptions(start_to_close=REQUEST_TIMEOUT, schedule_to_close=timedelta(minutes=5))
"""A call that is not hung up goes on costing money and going on record: this is tried longest."""

SAVE_SEGMENTS_AT_ONCE: Final = ActivityOptions(
    start_to_close=timedelta(seconds=2),
    schedule_to_close=timedelta(seconds=7),
    first_pause=timedelta(milliseconds=250),
    longest_pause=timedelta(seconds=1),
    attempts=3,
    permanent=(),
)
"""As a local activity. Short: signals wait while it runs, and past 8 s (80 % of a workflow task's 10 s) it costs events.
Its attempts with their pauses fit into its time: where attempts fail by themselves, Temporal does not end it by time, and
without an end to their number they would go on, and hold the workflow task, for as long as the store is down.
"""
SAVE_SEGMENTS: Final = ActivityOptions(
    start_to_close=timedelta(seconds=60), schedule_to_close=None, longest_pause=timedelta(seconds=30), permanent=()
)
"""As a regular activity, when the local one failed: for ever, since words wait for it."""
LOAD_SEALED: Final = ActivityOptions(
    start_to_close=timedelta(seconds=60), schedule_to_close=None, longest_pause=timedelta(seconds=30), permanent=()
)
SEAL_TRANSCRIPT: Final = ActivityOptions(
    start_to_close=timedelta(seconds=60), schedule_to_close=None, longest_pause=timedelta(seconds=30), permanent=()
)

DELIVER_MESSAGE: Final = ActivityOptions(
    start_to_close=timedelta(seconds=60),
    schedule_to_close=timedelta(days=3),
    first_pause=timedelta(seconds=5),
    longest_pause=timedelta(hours=1),
    permanent=(ErrorType.WEBHOOK_REFUSED,),
)
"""A receiver that is away over a weekend gets everything; then somebody has to ask for it."""
DELIVER_SEGMENTS: Final = ActivityOptions(
    start_to_close=timedelta(minutes=15),
    schedule_to_close=timedelta(days=3),
    first_pause=timedelta(seconds=5),
    longest_pause=timedelta(hours=1),
    permanent=(ErrorType.WEBHOOK_REFUSED,),
)
"""Follows a call for ten minutes at a time; all attempts of one turn count together."""
FEED_HEARTBEAT: Final = timedelta(seconds=40)
"""An attempt takes up to 15 s, and a look into a busy store some more. After that long a dead worker's place is taken."""
GIVE_UP_DELIVERY: Final = ActivityOptions(
    start_to_close=timedelta(seconds=60), schedule_to_close=None, longest_pause=timedelta(seconds=30), permanent=()
)
