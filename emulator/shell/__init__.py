"""The emulator's imperative shell: sockets, callbacks, HTTP. It carries out effects and decides nothing."""
