"""What all doors of ingest share: where things go, and whether it still takes any."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from callscribe.contracts.links import Purpose, is_signed
from ingest.captions import CaptionHub
from ingest.measures import Measures
from ingest.outbox import Outbox
from ingest.publisher import Publisher
from ingest.temporal_link import TemporalLink
from ingest.vigil import Vigil


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class Intake:
    """The parts of one ingest process."""

    secret: str = field(repr=False)
    outbox: Outbox
    publisher: Publisher
    link: TemporalLink
    vigil: Vigil
    hub: CaptionHub
    measures: Measures
    task_queue: str
    answer_locale: str
    now: Callable[[], datetime] = _utc_now
    started_at: datetime = field(default_factory=_utc_now)
    """When it began to listen."""
    stopping: bool = False
    """Set when the process is asked to end: nothing new is taken."""
    unread: set[str] = field(default_factory=set)
    """Streams whose sockets are not read just now: what they have brought waits for the disk, and more may have come."""

    @property
    def listening_since(self) -> datetime:
        """Since when every socket that came has been taken: from the start, or since the disk last refused."""
        sound = self.outbox.sound_since
        return self.started_at if sound is None else max(self.started_at, sound)

    def opens(self, purpose: Purpose, subject: str, key: str) -> bool:
        """Whether `key` opens `purpose` for `subject`."""
        return is_signed(self.secret, purpose, subject, key)
