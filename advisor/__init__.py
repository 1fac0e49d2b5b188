"""Benchmarks language models, small and large, and advises which is small enough."""
