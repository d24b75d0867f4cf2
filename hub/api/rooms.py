"""The rooms that the API works with, as the application hands them over."""

from typing import Protocol

from hub.config import Config
from hub.pipeline.replaying import Replayer
from hub.records.database import Database
from hub.records.vault import Vault
from hub.registry.discovery import Plugins
from hub.support.clock import Clock


class Rooms(Protocol):
    """What ``hub.app.Hub`` is to an operation."""

    @property
    def config(self) -> Config: ...
    @property
    def database(self) -> Database: ...
    @property
    def vault(self) -> Vault: ...
    @property
    def plugins(self) -> Plugins: ...
    @property
    def replayer(self) -> Replayer: ...
    @property
    def clock(self) -> Clock: ...
