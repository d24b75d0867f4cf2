"""The plugin's own tables, and the only modules of it that speak SQL."""
