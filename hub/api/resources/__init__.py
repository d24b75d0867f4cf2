"""The resources of the API, one module for each; each module's ``resource`` is found by its name."""
