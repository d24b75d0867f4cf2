"""The promise to plugin authors, versioned with the hub: everything here is re-exported by
``hub``, and a source plugin imports nothing else."""
