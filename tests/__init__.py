"""The tests mirror the house: tests/<package>/test_<module>.py."""
