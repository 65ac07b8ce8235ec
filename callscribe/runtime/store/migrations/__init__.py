"""The store's tables through time, in Alembic's form: `versions/` holds one step a module, `env.py` carries them out.

A step never changes once it is released. `TranscriptStore.open` takes what is missing by itself; by hand it is
`alembic -c callscribe/runtime/store/migrations/alembic.ini upgrade head`, on the database of CALLSCRIBE_STORE_URL.
"""
