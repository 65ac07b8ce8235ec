"""One call in full, as the JSON that its page reads."""

from datetime import datetime
from typing import Final
from urllib.parse import quote

from callscribe.contracts import names
from callscribe.contracts.links import PageRole
from callscribe.contracts.status import TranscriptionState
from callscribe.runtime.store.records import LastWords
from callscribe.transcript.facts import Gap, Interval
from callscribe.transcript.formats import FORMATS
from ingest.web import shapes
from ingest.web.looks import Look
from ingest.web.shapes import Shape, instant

COMMANDS: Final = (
    names.UPDATE_START,
    names.UPDATE_LOCALE,
    names.UPDATE_PAUSE,
    names.UPDATE_RESUME,
    names.UPDATE_STOP,
    names.UPDATE_HANG_UP,
)
"""The updates that people send."""
_ON: Final = (TranscriptionState.ON, TranscriptionState.STARTING)
_OFF: Final = (TranscriptionState.OFF, TranscriptionState.STOPPED)


def line(look: Look, last: LastWords | None) -> Shape:
    """The call as one of a list."""
    words = last and {
        "participant": shapes.participant(last.participant, look.participants),
        "text": last.text,
        "at": instant(last.received_at),
    }
    return {
        "key": look.key,
        "live": look.live,
        "state": look.state,
        "locale": look.locale,
        "locales": [{"at": instant(one.at), "locale": one.locale} for one in look.locales],
        "participants": shapes.participants(look.participants),
        "started_at": instant(look.started_at),
        "ended_at": instant(look.ended_at),
        "segments": look.segments,
        "last_words": words,
        "verdict": look.verdict.kind if look.verdict else None,
        "revision": look.revision,
        "gap": look.gap,
    }


def detail(look: Look, role: PageRole, *, temporal_ui: str | None) -> Shape:
    """Everything that is known of the call, for one who has come in that role.

    `temporal_ui` is the base of the call's address in Temporal's web UI, up to its workflow id.
    """
    verdict = look.verdict
    workflow = names.workflow_id(look.key)
    linked = role is not PageRole.GUEST and temporal_ui is not None
    forms = FORMATS if look.segments or verdict else ()
    return line(look, None) | {
        "workflow_id": workflow,
        "temporal_url": f"{temporal_ui}{quote(workflow, safe='')}" if linked else None,
        "call_connection_id": look.call_connection_id,
        "server_call_id": look.server_call_id,
        "correlation_id": look.correlation_id,
        "transcription": look.transcription,
        "connected_at": instant(look.connected_at),
        "zero_at": instant(_zero(look)),
        "end_reason": look.end_reason,
        "problem": look.problem and {"message": look.problem.message, "advice": look.problem.advice},
        "intervals": [_interval(one) for one in look.intervals],
        "gaps": [_gap(one) for one in look.gaps],
        "verdict_reason": verdict.reason if verdict else None,
        "counts": verdict.counts.model_dump(mode="json") if verdict else None,
        "streams": [
            {
                "id": one.id,
                "opened_at": instant(one.opened_at),
                "closed_at": instant(one.closed_at),
                "segments": one.segments,
                "close_reason": one.close_reason,
            }
            for one in look.streams
        ],
        "steps": [
            {
                "name": one.name,
                "started_at": instant(one.started_at),
                "finished_at": instant(one.finished_at),
                "outcome": one.outcome,
            }
            for one in look.steps
        ],
        "commands": {name: _command(name, look, role) for name in COMMANDS},
        "downloads": {form: f"/api/calls/{quote(look.key, safe='')}/transcript.{form}" for form in forms},
    }


def _zero(look: Look) -> datetime:
    """From when times into the call count, as in every export (`callscribe.transcript.timeline`): from the opening of the
    first stream that brought a segment; before there is one, from what comes closest.
    """
    speaking = [one.opened_at for one in look.streams if one.segments] or [one.opened_at for one in look.streams]
    return min(speaking, default=look.connected_at or look.started_at)


def _command(name: str, look: Look, role: PageRole) -> Shape:
    why = why_not(name, look) if role is PageRole.OPERATOR else "Your link lets you look, not control."
    return {"enabled": not why, "why": why}


def why_not(name: str, look: Look) -> str:
    """Why the call would refuse a command at the moment, in a sentence; empty where it would not. The workflow has the
    last word: it may know more by the time that it is asked.
    """
    if not look.live or look.ended_at is not None:
        return "The call is over."
    if name == names.UPDATE_HANG_UP:
        return ""
    doing = look.transcription
    if doing is None:
        return ""
    if look.connected_at is None:
        return "The call is not connected yet."
    refused = {
        names.UPDATE_START: (doing in _ON, f"Transcription is {doing} already."),
        names.UPDATE_LOCALE: (
            doing not in {*_ON, TranscriptionState.PAUSED},
            f"Transcription is {doing}: start it in the locale you want.",
        ),
        names.UPDATE_PAUSE: (doing != TranscriptionState.ON, f"Transcription is {doing}; only what is on can pause."),
        names.UPDATE_RESUME: (doing != TranscriptionState.PAUSED, f"Transcription is {doing}, not paused."),
        names.UPDATE_STOP: (doing in _OFF, f"Transcription is {doing} already."),
    }
    is_refused, why = refused[name]
    return why if is_refused else ""


def _interval(one: Interval) -> Shape:
    return {"start": instant(one.start), "end": instant(one.end)}


def _gap(one: Gap) -> Shape:
    return {"start": instant(one.start), "end": instant(one.end), "cause": one.cause, "note": one.note}
