"""Tests of the measurement of viewers."""
