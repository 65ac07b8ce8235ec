"""Whole calls: the real SDK, the emulator, real sockets, ingest, the worker and Temporal's real server."""
