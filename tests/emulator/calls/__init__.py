"""Tests of the call state machine: no I/O, the clock is an argument."""
