"""One step a module, named by the version that it leads to."""
