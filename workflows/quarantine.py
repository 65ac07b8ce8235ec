"""Signals that cannot be read. Temporal's SDK would drop them without a word; here they are counted, and named."""

import hashlib
from collections.abc import Sequence

from temporalio import workflow
from temporalio.common import RawValue

with workflow.unsafe.imports_passed_through():
    from callscribe.contracts.status import Quarantined


def quarantined(signal: str, payloads: Sequence[RawValue], error: Exception | None) -> Quarantined:
    """What is kept of a signal that raised `error` when it was read, or (None) whose name nobody knows."""
    reason = type(error).__name__ if error else "unknown name"
    size = sum(len(raw.payload.data) for raw in payloads)
    digest = hashlib.sha256(b"\0".join(raw.payload.data for raw in payloads)).hexdigest()
    workflow.logger.warning("unreadable signal %s (%d bytes): %s", signal, size, reason)
    return Quarantined(at=workflow.now(), signal=signal, reason=reason, size=size, digest=digest)
