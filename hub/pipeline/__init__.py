"""The path of a request: judge, log, persist, announce, commit; and the same again for a replay."""

from hub.pipeline.pipeline import Pipeline, Quarantine

__all__ = ["Pipeline", "Quarantine"]
