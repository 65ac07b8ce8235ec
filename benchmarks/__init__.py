"""Measurements of the real parts: `python -m benchmarks`, or `make bench`. Nothing else imports them."""
