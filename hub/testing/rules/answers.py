"""Rules about what a sender is answered."""

from collections.abc import Iterator

from hub.testing.adapter import Adapter
from hub.testing.expecting import NAME, differs, wanted_answers
from hub.testing.requests import arrived, reader
from hub.testing.rules.registry import authenticated, one_of_each_event, rule


@rule(
    "K701-success-answer", "What is taken is answered as the provider wants it, each time", only=authenticated
)
def success_answer(adapter: Adapter) -> Iterator[tuple[str, str]]:
    """Providers count a wrong answer as a failure, and send again or switch the webhook off. Who shapes
    answers with ``respond`` declares the wanted one in ``fixtures/answers.toml``; it is given the first time,
    for a repetition, and for an event that is ignored or early."""
    try:
        wanted = wanted_answers(adapter)
    except ValueError as error:
        yield f"fixtures/{NAME}", str(error)
        return
    if hasattr(adapter.plugin, "respond") and not wanted.declared:
        yield f"fixtures/{NAME}", "the plugin shapes its answers; declare the one for what was taken: [taken]"
        return
    reading, visitor = reader(adapter), adapter.door.visitor()
    for name, sample in one_of_each_event(adapter):
        event = reading.judge(arrived(adapter, sample)).event_type or ""
        request = visitor.sign(sample)
        for time in ("the first", "the second"):
            if fault := differs(visitor.send(request), wanted, event):
                yield f"fixtures/{name}", f"sent {time} time: {fault}"
