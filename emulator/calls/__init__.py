"""Emulated calls: a state machine without I/O. REST requests, control commands, socket results and time go in; effects
come out as data.
"""
