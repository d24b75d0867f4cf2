"""Crashes, outages and odd clocks, and the books that are checked afterwards: ``python -m
tests.faults.crashes`` (docs/faults.md). Nothing in the hub knows of it."""
