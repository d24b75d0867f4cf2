"""Benchmarks: what a request costs the hub, next to an application written by hand, and whether
every acknowledged request is in the database afterwards. Not tests; see README.md.
"""
