"""Tests of the emulator's shell: real sockets on loopback."""
