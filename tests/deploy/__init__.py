"""The files that deploy Callscribe, held against what they are made from."""
