"""Timeouts and retries, as Temporal gets them."""

from datetime import timedelta

from activities import policies
from activities.policies import ActivityOptions
from callscribe.contracts.errors import ErrorType

ALL = {name: value for name, value in vars(policies).items() if isinstance(value, ActivityOptions)}


def test_every_activity_has_one() -> None:
    """One for each activity, and one more for the local way of saving."""
    assert {name.lower() for name in ALL} == {
        "create_call",
        "connect_call",
        "answer_call",
        "get_call",
        "start_transcription",
        "update_transcription",
        "stop_transcription",
        "hang_up",
        "save_segments",
        "save_segments_at_once",
        "seal_transcript",
        "load_sealed",
        "deliver_message",
        "deliver_segments",
        "give_up_delivery",
    }


def test_each_is_sound() -> None:
    """An attempt ends before all attempts do, Temporal takes the policy, and a pause never outgrows its bound."""
    for name, option in ALL.items():
        keywords = option.options()
        total = keywords["schedule_to_close_timeout"]
        assert total is None or keywords["start_to_close_timeout"] < total
        keywords["retry_policy"]._validate()
        maximum = keywords["retry_policy"].maximum_interval
        assert maximum is not None
        assert maximum <= (timedelta(hours=1) if name.startswith("DELIVER_") else timedelta(seconds=30))


def test_dialling_ends_within_a_minute() -> None:
    """Somebody waits."""
    assert policies.CREATE_CALL.options()["schedule_to_close_timeout"] == timedelta(seconds=60)


def test_saving_at_once_stays_below_a_workflow_task() -> None:
    """Less than 8 s in all, also where no time-out ends it: by its attempts and their pauses alone. Saving otherwise goes
    on for ever, as sealing does.
    """
    at_once = policies.SAVE_SEGMENTS_AT_ONCE.options()
    retries = at_once["retry_policy"]
    assert at_once["schedule_to_close_timeout"] is not None
    assert at_once["schedule_to_close_timeout"] < timedelta(seconds=8)
    assert retries.maximum_attempts > 1
    pauses = [retries.initial_interval * 2**number for number in range(retries.maximum_attempts - 1)]
    longest = at_once["start_to_close_timeout"] * retries.maximum_attempts + sum(pauses, timedelta())
    assert longest <= at_once["schedule_to_close_timeout"]
    for forever in (policies.SAVE_SEGMENTS, policies.SEAL_TRANSCRIPT):
        assert forever.options()["schedule_to_close_timeout"] is None
        assert forever.options()["retry_policy"].maximum_attempts == 0


def test_what_no_repetition_cures() -> None:
    """The store and a busy or broken ACS are tried again; wrong keys and wrong arguments are not."""
    assert not {ErrorType.STORE, ErrorType.THROTTLED, ErrorType.UNAVAILABLE, ErrorType.NOT_ESTABLISHED} & set(
        policies.PERMANENT
    )
    assert policies.CREATE_CALL.options()["retry_policy"].non_retryable_error_types == list(policies.PERMANENT)


def test_webhooks_are_tried_for_days() -> None:
    """From 5 s to an hour, for three days; what a receiver refused for good is not."""
    for option in (policies.DELIVER_MESSAGE, policies.DELIVER_SEGMENTS):
        keywords = option.options()
        assert keywords["schedule_to_close_timeout"] == timedelta(days=3)
        assert keywords["retry_policy"].initial_interval == timedelta(seconds=5)
        assert keywords["retry_policy"].maximum_interval == timedelta(hours=1)
        assert keywords["retry_policy"].non_retryable_error_types == [ErrorType.WEBHOOK_REFUSED]
