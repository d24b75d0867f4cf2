"""Finds what is wrong with an installation or needs care. What it finds is data: the command line and the web
UI each have their own words for it."""

from hub.registry.doctor.examining import examine as examine
from hub.registry.doctor.findings import KINDS as KINDS
from hub.registry.doctor.findings import LEVELS as LEVELS
from hub.registry.doctor.findings import Finding as Finding
from hub.registry.doctor.findings import Level as Level
