"""Every name by which our processes and Temporal know each other; both sides compare these and nothing else."""

from typing import Final

WORKFLOW: Final = "CallTranscription"
TASK_QUEUE: Final = "call-transcription"
WORKFLOW_ID_PREFIX: Final = "call-"
AMENDMENT_WORKFLOW: Final = "TranscriptAmendment"
AMENDMENT_ID_PREFIX: Final = "amend-"
DELIVERY_WORKFLOW: Final = "WebhookDelivery"
DELIVERY_ID_PREFIX: Final = "webhook-"

SIGNAL_CHUNK: Final = "transcript_chunk"
SIGNAL_EVENT: Final = "call_event"
SIGNAL_MORE: Final = "more_segments"

UPDATE_START: Final = "start_transcription"
UPDATE_LOCALE: Final = "update_locale"
UPDATE_PAUSE: Final = "pause"
UPDATE_RESUME: Final = "resume"
UPDATE_STOP: Final = "stop_transcription"
UPDATE_HANG_UP: Final = "hang_up"
UPDATE_CLOSE_STREAM: Final = "close_stream"

QUERY_STATUS: Final = "status"
QUERY_TRANSCRIPT: Final = "transcript"

ATTRIBUTE_STATE: Final = "CallState"
ATTRIBUTE_LOCALE: Final = "Locale"
ATTRIBUTE_CONNECTION: Final = "CallConnectionId"
ATTRIBUTE_VERDICT: Final = "Verdict"
ATTRIBUTE_PARTICIPANTS: Final = "Participants"
ATTRIBUTE_HAS_GAP: Final = "HasGap"
ATTRIBUTE_STARTED: Final = "CallStartedAt"
SEARCH_ATTRIBUTES: Final = {
    ATTRIBUTE_STATE: "Keyword",
    ATTRIBUTE_LOCALE: "Keyword",
    ATTRIBUTE_CONNECTION: "Keyword",
    ATTRIBUTE_VERDICT: "Keyword",
    ATTRIBUTE_PARTICIPANTS: "Int",
    ATTRIBUTE_HAS_GAP: "Bool",
    ATTRIBUTE_STARTED: "Datetime",
}
"""Search attribute → its Temporal type. None of them holds a phone number or a word that was said: they are not encrypted."""


def workflow_id(key: str) -> str:
    """The workflow id of the call that its caller names `key`."""
    return f"{WORKFLOW_ID_PREFIX}{key}"


def amendment_id(key: str) -> str:
    """The id of the workflow that amends the transcript of call `key`."""
    return f"{AMENDMENT_ID_PREFIX}{key}"


def amended_key(workflow: str) -> str:
    """The call's key in the id of the workflow that amends its transcript."""
    return workflow.removeprefix(AMENDMENT_ID_PREFIX)


def call_key(workflow: str) -> str:
    """The call's key in a workflow id; a text without our prefix is taken for a key already."""
    return workflow.removeprefix(WORKFLOW_ID_PREFIX)


def webhook_task_queue(task_queue: str) -> str:
    """The queue of the activities that call webhooks: a slow receiver takes no place of those that a call waits for."""
    return f"{task_queue}-webhooks"


def feed_task_queue(task_queue: str) -> str:
    """The queue of the activities that follow calls for webhooks: they stay for minutes, and take no place of a message."""
    return f"{task_queue}-feeds"
