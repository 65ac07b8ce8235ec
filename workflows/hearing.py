"""Events of ACS, and signals of names that nobody knows: taken as they come, a bounded number in one activation.

After an outage of all workers thousands arrive together, and a workflow that thinks for two seconds is taken for stuck.
What is beyond a turn waits in line, in order, and the activations after that take a turn each.
"""

from collections import deque
from collections.abc import Sequence

from temporalio import workflow
from temporalio.common import RawValue

with workflow.unsafe.imports_passed_through():
    from callscribe.contracts import names
    from callscribe.contracts.chunks import CallEvent
    from workflows.call import Call
    from workflows.waiting import breathe

A_TURN = 200
"""Signals taken in one activation, about 0.05 s of work; the call is shown once for all of them."""


class Hearing:
    """Takes all signals of one call but its chunks. Nothing is in line when `is_idle`."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._line: deque[tuple[str, Sequence[RawValue]]] = deque()
        self._room = A_TURN

    def is_idle(self) -> bool:
        """Whether everything that arrived is in the ledger."""
        return not self._line

    def put(self, name: str, payloads: Sequence[RawValue]) -> None:
        """A signal has come. It is taken at once, so that a command that came after it finds it in the ledger; or it
        waits its turn.
        """
        self._line.append((name, payloads))
        if self._room:
            self._room -= 1
            self._take()

    async def run(self) -> None:
        """Show what has been taken and take what waits, for as long as the run lasts."""
        while True:
            await workflow.wait_condition(lambda: self._room < A_TURN)
            self._call.show()
            while self._line:
                await breathe()
                for _ in range(min(A_TURN, len(self._line))):
                    self._take()
                self._call.show()
            self._room = A_TURN

    def _take(self) -> None:
        name, payloads = self._line.popleft()
        if name != names.SIGNAL_EVENT:
            self._call.set_aside(name, payloads, None)
            return
        try:
            event = workflow.payload_converter().from_payload(payloads[0].payload, CallEvent)
        except Exception as error:  # noqa: BLE001  whatever a stranger's payload does, the call goes on
            self._call.set_aside(name, payloads, error)
            return
        self._call.take_event(event)
