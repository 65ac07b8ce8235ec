"""Tests of the forms that a transcript is written in."""
