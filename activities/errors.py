"""Azure's exceptions become Temporal's here, and nowhere else.

`translated()` wraps every request to ACS; what leaves it is an `ApplicationError` whose type is an `ErrorType`, whose
first detail is a `Problem`, and which says whether and when Temporal may try again.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from azure.core.exceptions import (
    AzureError,
    DecodeError,
    DeserializationError,
    HttpResponseError,
    ResourceNotFoundError,
    SerializationError,
    ServiceRequestError,
    ServiceResponseError,
    TooManyRedirectsError,
)
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from activities.refusals import Rule, rule_for
from activities.retry_after import retry_after
from callscribe.contracts.errors import ErrorType, Problem

FOREIGN = (AzureError, SerializationError, DeserializationError)
"""All that azure-core raises by itself; the last two are not `AzureError`s."""
ESTABLISHING_DELAY = timedelta(seconds=1)
ESTABLISHING_ATTEMPTS = 15
"""A call that is not connected after so many attempts, one a second, is not about to be."""
_LONGEST_QUOTE = 500
_EXPECTED = frozenset({ErrorType.THROTTLED, ErrorType.NOT_ESTABLISHED})

_NOT_ACS = Rule(
    ErrorType.UNAVAILABLE,
    True,
    "Check that the endpoint in CALLSCRIBE_ACS_CONNECTION_STRING is an ACS resource or the emulator, not a proxy.",
)
_UNREACHABLE = Rule(
    ErrorType.UNAVAILABLE,
    True,
    "Check the endpoint in CALLSCRIBE_ACS_CONNECTION_STRING and the way to it (emulator running? firewall, proxy, DNS?).",
)
_OUR_REQUEST = Rule(ErrorType.INVALID, False, "The request could not be written as JSON: check the call's input.")
_UNREADABLE = Rule(ErrorType.UNAVAILABLE, True, "ACS's answer could not be read; the request is repeated.")
_REDIRECTED = Rule(
    ErrorType.CONFIGURATION,
    False,
    "The endpoint in CALLSCRIBE_ACS_CONNECTION_STRING sends us in circles: use the resource's own address.",
)


@contextmanager
def translated(*, attempt: int = 1) -> Iterator[None]:
    """Turn whatever Azure raises inside into an `ApplicationError`; `attempt` is the activity's, from 1.

    The Azure exception is not chained: Temporal would keep its stack in the history, and its text may quote a body.
    """
    try:
        yield
    except FOREIGN as error:
        raise to_application_error(error, now=datetime.now(UTC), attempt=attempt) from None


def to_application_error(error: Exception, *, now: datetime, attempt: int = 1) -> ApplicationError:
    """The Temporal error for an exception of azure-core; `now` is what an HTTP date in Retry-After is measured from."""
    rule, problem, delay = _judged(error, now)
    retryable = rule.retryable
    if rule.type is ErrorType.NOT_ESTABLISHED:
        delay = delay or ESTABLISHING_DELAY
        retryable = attempt < ESTABLISHING_ATTEMPTS
    return failure(
        rule.type,
        problem,
        retryable=retryable,
        delay=delay if retryable else None,
    )


def failure(
    kind: ErrorType, problem: Problem, *, retryable: bool = False, delay: timedelta | None = None
) -> ApplicationError:
    """An `ApplicationError` as all of ours are: message and advice in its text, the `Problem` as its first detail."""
    return ApplicationError(
        f"{problem.message} {problem.advice}".strip(),
        problem,
        type=kind,
        non_retryable=not retryable,
        next_retry_delay=delay,
        category=ApplicationErrorCategory.BENIGN
        if retryable and kind in _EXPECTED
        else ApplicationErrorCategory.UNSPECIFIED,
    )


def acs_code(error: HttpResponseError) -> str | None:
    """ACS's own code in an error body (`8523`); None where the body is not of ACS's shape (protocol reference 4.6)."""
    code = getattr(error.error, "code", None)
    return str(code) if code else None


def means_no_such_call(error: HttpResponseError) -> bool:
    """Whether ACS itself says that it does not know the call; a proxy's 404 page does not count."""
    return isinstance(error, ResourceNotFoundError) and acs_code(error) is not None


def means_call_is_over(error: HttpResponseError) -> bool:
    """Whether ACS says that there is no call to act on any more: 404/8522 or 400/8528."""
    return means_no_such_call(error) or (error.status_code == 400 and acs_code(error) == "8528")


def _judged(error: Exception, now: datetime) -> tuple[Rule, Problem, timedelta | None]:
    if isinstance(error, TooManyRedirectsError):
        return _REDIRECTED, _problem("ACS answered with one redirection after another.", _REDIRECTED), None
    if isinstance(error, HttpResponseError):
        return _judged_answer(error, now)
    if isinstance(error, SerializationError):
        return _OUR_REQUEST, _problem("The Azure SDK refused an argument.", _OUR_REQUEST), None
    if isinstance(error, ServiceRequestError):
        return _UNREACHABLE, _problem(f"ACS could not be reached: {_quoted(error)}.", _UNREACHABLE), None
    if isinstance(error, ServiceResponseError):
        return _UNREACHABLE, _problem(f"ACS did not answer: {_quoted(error)}.", _UNREACHABLE), None
    return _UNREADABLE, _problem(f"ACS's answer could not be read ({type(error).__name__}).", _UNREADABLE), None


def _judged_answer(error: HttpResponseError, now: datetime) -> tuple[Rule, Problem, timedelta | None]:
    status, code = error.status_code, acs_code(error)
    headers = getattr(error.response, "headers", None) or {}
    delay = retry_after(headers, now)
    if isinstance(error, DecodeError) or status is None or status < 300:
        rule = _UNREADABLE
    elif status == 404 and code is None:
        rule = _NOT_ACS
    else:
        rule = rule_for(status, code)
    said = _clipped(getattr(error.error, "message", None) or error.reason or "no reason given")
    where = f"{status}/{code}" if code else str(status)
    message = f"ACS answered {where}: {said.rstrip('.')}."
    return rule, Problem(message=message, advice=rule.advice, http_status=status, code=code), delay


def _problem(message: str, rule: Rule) -> Problem:
    return Problem(message=message, advice=rule.advice)


def _quoted(error: AzureError) -> str:
    return _clipped(error.message).rstrip(".") or type(error).__name__


def _clipped(text: str) -> str:
    one_line = " ".join(text.split())
    return one_line if len(one_line) <= _LONGEST_QUOTE else f"{one_line[:_LONGEST_QUOTE]}…"
