"""The questions that the bench answers, each by a name for ``--only`` and for the marks in Markdown."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bench.backlog import add_backlog
from bench.burst import burst
from bench.deliveries import compare_sending
from bench.disk import slow_down
from bench.effects import compare_effects
from bench.finished import add_past
from bench.growing import grow
from bench.idle import watch_idle
from bench.memory import watch_memory, watch_serving
from bench.noisy import make_noise
from bench.pages import look_at_pages
from bench.places import Place
from bench.plan import Plan
from bench.report import Section
from bench.results import Result
from bench.scenarios import compare
from bench.sources import compare_sources


@dataclass(frozen=True)
class Spec:
    """One question. ``settings`` are the counts of the plan that it uses."""

    name: str
    title: str
    run: Callable[[Place, Plan], Iterator[Result]]
    settings: tuple[str, ...]

    def section(self, plan: Plan) -> Section:
        """Where its results go."""
        return Section(self.name, self.title, {name: getattr(plan, name) for name in self.settings})


MAIN = Spec("main", "Hub and yardsticks", compare, ("requests", "rounds", "connections"))

SPECS = (
    MAIN,
    Spec("disk", "A slow disk", slow_down, ("requests", "rounds", "flush_ms")),
    Spec("sources", "Each source", compare_sources, ("per_source", "rounds", "connections")),
    Spec("burst", "A burst", burst, ("burst",)),
    Spec("noisy", "A noisy tenant", make_noise, ("noisy_seconds",)),
    Spec("backlog", "A backlog of deliveries", add_backlog, ("backlog", "threads")),
    Spec("growth", "Growth", grow, ("requests", "rounds", "events", "tenants", "plugins")),
    Spec("effects", "Effects", compare_effects, ("requests", "rounds")),
    Spec("deliveries", "Worker and bare pool", compare_sending, ("deliveries", "rounds", "threads")),
    Spec("idle", "Idle worker", watch_idle, ("idle_seconds", "threads")),
    Spec("finished", "Finished deliveries", add_past, ("finished", "due", "rounds", "threads")),
    Spec("pages", "Pages", look_at_pages, ("events", "rounds")),
    Spec("memory", "Memory of a worker", watch_memory, ("long_run", "threads")),
    Spec("serving", "Memory of a server", watch_serving, ("received",)),
)
