"""Benchmarks: each is a script that prints JSON and times nothing in the test-suite."""
