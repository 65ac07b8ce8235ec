"""A process that calls webhooks and does nothing else, to be killed: `python -m tests.workflows.webhook_worker QUEUE`.

Its settings come from the environment, as a worker's do.
"""

import asyncio
import sys

from activities.webhook_sending import open_sender
from callscribe.runtime.settings import load_settings
from callscribe.runtime.store import TranscriptStore
from callscribe.runtime.temporal import connect
from worker.main import build_feed_worker, build_webhook_worker


async def work(task_queue: str) -> None:
    """Until the process is killed."""
    settings = load_settings()
    client = await connect()
    async with (
        await TranscriptStore.open(settings.transcript_store_url) as store,
        open_sender() as sender,
        build_webhook_worker(client, settings, store=store, sender=sender, task_queue=task_queue),
        build_feed_worker(client, settings, store=store, sender=sender, task_queue=task_queue),
    ):
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1]))
