"""Tests of the ACS vocabulary."""
