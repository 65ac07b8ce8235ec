"""Whole runs of `callscribe chaos`: real processes, killed under running calls."""
