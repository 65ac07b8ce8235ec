"""Remembers what was answered to a Repeatability-Request-ID, so that nothing is done twice (protocol reference 4.5)."""

from collections import OrderedDict
from dataclasses import dataclass

from emulator.calls import refusals

MOST_REMEMBERED = 20_000


@dataclass(frozen=True, slots=True)
class Answer:
    """A response that can be given again."""

    status: int
    body: bytes


class Repeatability:
    """Answers by operation and request id; the oldest are forgotten first."""

    def __init__(self, conflict_status: int) -> None:
        self._conflict_status = conflict_status
        self._answers: OrderedDict[tuple[str, str], tuple[bytes, Answer]] = OrderedDict()

    def recall(self, operation: str, request_id: str, body: bytes) -> Answer | None:
        """The answer that was given, if this request came before. Raises `Refusal` if it came with another body."""
        known = self._answers.get((operation, request_id))
        if known is None:
            return None
        if known[0] != body:
            raise refusals.conflict(self._conflict_status)
        return known[1]

    def remember(self, operation: str, request_id: str, body: bytes, answer: Answer) -> None:
        """Keep an answer."""
        self._answers[operation, request_id] = (body, answer)
        while len(self._answers) > MOST_REMEMBERED:
            self._answers.popitem(last=False)
