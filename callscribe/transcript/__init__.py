"""The functional core: what a transcript is, its order, its verdict, and the forms it can be written in. Pure; no I/O."""
