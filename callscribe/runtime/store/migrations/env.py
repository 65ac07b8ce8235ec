"""Carries the steps out: on the connection that `upgrading` hands over, or on the store of the settings."""

import asyncio
from typing import Any

from alembic import context
from sqlalchemy import Connection, delete, insert, inspect

from callscribe.runtime.settings import load_settings
from callscribe.runtime.store.engine import make_engine
from callscribe.runtime.store.schema import metadata, schema_version


def _note_version(ctx: Any = None, step: Any = None, *_: object, **__: object) -> None:
    """The number that every Callscribe looks at first, also one from before Alembic: it refuses what is newer."""
    if not inspect(ctx.connection).has_table(schema_version.name):
        return
    ctx.connection.execute(delete(schema_version))
    ctx.connection.execute(insert(schema_version).values(version=int(step.up_revision_id)))


def _migrate(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=metadata, on_version_apply=_note_version)
    with context.begin_transaction():
        context.run_migrations()


async def _by_hand() -> None:
    engine = make_engine(load_settings().transcript_store_url)
    async with engine.begin() as connection:
        await connection.run_sync(_migrate)
    await engine.dispose()


handed_over: Connection | None = context.config.attributes.get("connection")
if handed_over is not None:
    _migrate(handed_over)
else:
    asyncio.run(_by_hand())
