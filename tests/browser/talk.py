"""A call in which nobody speaks but the test."""

from typing import TYPE_CHECKING

from callscribe.contracts import names
from callscribe.contracts.commands import HangUp
from emulator.control_models import SayRequest

if TYPE_CHECKING:
    from tests.browser.conftest import Watched

ANA, BEN = "4:+12025550147", "4:+12025550162"


class Talk:
    """A silent call in which the test says every word."""

    def __init__(self, watched: "Watched", key: str) -> None:
        self.watched = watched
        self.key = key

    async def begin(self) -> None:
        """Dial, and wait until every word is transcribed."""
        await self.watched.stack.plan("+12025550111", silent=True)
        await self.watched.stack.start(
            self.key,
            "+12025550111",
            participants={ANA: "Ana", BEN: "Ben"},
            transcription={"intermediate_results": True},
        )
        await self.watched.stack.reaches(self.key, "transcribing")

    async def say(self, text: str, participant: str = ANA) -> None:
        """One final, from the far side of the line."""
        stack = self.watched.stack
        connection = (await stack.status(self.key)).call_connection_id
        assert connection
        await stack.emulator.say(connection, SayRequest(participant=participant, text=text))

    async def end(self) -> None:
        """Hang up, if the test has not."""
        if (await self.watched.stack.status(self.key)).ended_at is None:
            await self.watched.stack.update(self.key, names.UPDATE_HANG_UP, HangUp())
