"""Chores of the repository itself."""
