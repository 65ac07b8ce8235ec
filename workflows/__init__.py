"""Temporal workflows: one `CallTranscription` owns each call's life."""
