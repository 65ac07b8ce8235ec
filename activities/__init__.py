"""Temporal activities: every step outwards, to ACS and to the transcript store."""
