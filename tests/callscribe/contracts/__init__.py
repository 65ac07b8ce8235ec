"""Tests of the contracts between our processes."""
