"""The rooms that pages work with, as the application hands them over."""

from typing import Protocol

from hub.config import Config
from hub.contract.deliveries import Host
from hub.pipeline import Pipeline
from hub.pipeline.announcing import Announcer
from hub.pipeline.backfilling import Backfiller
from hub.pipeline.replaying import Replayer
from hub.records.database import Database
from hub.records.vault import Vault
from hub.registry.discovery import Plugins
from hub.registry.registry import Registry
from hub.registry.tracing import Tracer
from hub.support.clock import Clock


class Rooms(Protocol):
    """What ``hub.app.Hub`` is to a page."""

    @property
    def config(self) -> Config: ...
    @property
    def database(self) -> Database: ...
    @property
    def vault(self) -> Vault: ...
    @property
    def registry(self) -> Registry: ...
    @property
    def announcer(self) -> Announcer: ...
    @property
    def pipeline(self) -> Pipeline: ...
    @property
    def replayer(self) -> Replayer: ...
    @property
    def backfiller(self) -> Backfiller: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def plugins(self) -> Plugins: ...
    @property
    def tracer(self) -> Tracer: ...
    @property
    def host(self) -> Host: ...
