"""The benchmarks work; how fast they are is not tested."""
