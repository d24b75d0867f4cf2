"""The pages, one module per group. Each declares them with its ``pages`` and is found by that name."""
