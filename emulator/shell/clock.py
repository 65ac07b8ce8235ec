"""Wall-clock time that never jumps: what every `now` in the emulator is made of."""

import time


class Clock:
    """Unix seconds at the moment of making, and from then on as much later as the monotonic clock says."""

    def __init__(self) -> None:
        self._offset = time.time() - time.monotonic()

    def now(self) -> float:
        """Unix seconds."""
        return time.monotonic() + self._offset
