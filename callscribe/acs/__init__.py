"""The wire vocabulary of Azure Communication Services: packets, events, identifiers, locales, ticks. Pure; no I/O."""
