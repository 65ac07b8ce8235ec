"""Refusals of a request, with the status and code that ACS gives them (protocol reference 3.7, 3.8 and 4.6)."""


class Refusal(Exception):  # noqa: N818 - it is an answer, and reads as one where it is raised
    """A request that is answered with an error body; `code` None leaves the code out."""

    def __init__(self, status: int, code: str | None, message: str, *, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers or {}


def unknown_call() -> Refusal:
    """404/8522: no such call."""
    return Refusal(404, "8522", "Call not found.")


def invalid(message: str) -> Refusal:
    """400/8523: an argument that cannot be used."""
    return Refusal(400, "8523", message)


def not_established() -> Refusal:
    """400/8501: the call is not connected yet."""
    return Refusal(400, "8501", "Action is not valid when the call is not in Established state.")


def wrong_state(message: str) -> Refusal:
    """400/8585: the call or its subscription is in a state that does not allow the action."""
    return Refusal(400, "8585", message)


def ended(code: str) -> Refusal:
    """400/8528, or 404/8522: the call is over."""
    if code == "8522":
        return unknown_call()
    return Refusal(400, "8528", "Action is invalid as the call has already been terminated.")


def missing_configuration(message: str) -> Refusal:
    """405/8522: the call was set up without something that the action needs."""
    return Refusal(405, "8522", message)


def not_supported(message: str) -> Refusal:
    """405/8520: the action is not supported here."""
    return Refusal(405, "8520", message)


def bad_signature() -> Refusal:
    """401/7509, as recorded."""
    return Refusal(401, "7509", "HMAC-SHA256 validation failed")


def conflict(status: int) -> Refusal:
    """A Repeatability-Request-ID that has been used for something else."""
    return Refusal(status, "8519" if status == 409 else "8523", "The Repeatability-Request-ID was used before.")
