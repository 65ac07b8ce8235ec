"""Histories of real runs, kept so that every change is replayed against calls that may be in flight.

`python -m tests.histories.record` adds those that are missing. A kept history is never recorded anew to make a test
pass: a change that it rejects would break calls that run while it is deployed; make the change with `workflow.patched`.
"""
