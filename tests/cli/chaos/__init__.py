"""Tests of `callscribe chaos`, piece by piece; whole runs are in `tests/chaos`."""
