"""Benchmarks: the pipeline beside its baselines, in one run, so that the ratios hold on any machine."""
