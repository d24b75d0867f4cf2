"""A source's sample, really sent through the door, and what was answered."""

from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlencode

import hub
from hub.contract.forms import MEDIA_TYPE as FORM
from hub.registry.snippets import snippets
from hub.support.ids import earliest_id
from tools.docs.markdown import fenced
from tools.docs.stage import BASE, NOW, PLACEHOLDER_KEY, PLACEHOLDER_SECRET, Played, Stage

EVENT_ID = str(earliest_id(NOW))
"""Stands for the id that the hub gives the event, which is another each time."""

SHOWN_HEADERS = ("Content-Type", "X-Event-Id")

FENCES = {"curl": "bash", "Bash": "bash", "PHP": "php", "Python": "python", "JavaScript": "javascript"}


@dataclass(frozen=True)
class Exchange:
    """Request and answer as texts of HTTP."""

    request: str
    answer: str


def exchanged(stage: Stage, played: Played) -> Exchange:
    """Send the sample. Raises ValueError if it is refused."""
    sample, scheme = played.shown, played.manifest.scheme
    headers = {"Content-Type": "application/json", **sample.headers}
    outgoing = hub.Outgoing(body=sample.body, headers=headers)
    if scheme is not None:
        outgoing = scheme.sign(outgoing, played.secret, NOW)
    query = f"?{urlencode(outgoing.query)}" if outgoing.query else ""
    answer = stage.app.test_client().post(
        played.route + query, base_url=BASE, data=outgoing.body, headers=dict(outgoing.headers)
    )
    if answer.status_code >= 300:
        raise ValueError(f"{played.manifest.slug}: {sample.name} is answered {answer.status}: {answer.text}")
    lines = [f"POST {played.route}{query} HTTP/1.1", f"Host: {BASE.removeprefix('https://')}"]
    lines += [f"{name}: {value}" for name, value in outgoing.headers.items()]
    lines += ["", _legible(outgoing.body.decode().strip(), outgoing.headers["Content-Type"])]
    event_id = answer.headers["X-Event-Id"]
    told = [f"HTTP/1.1 {answer.status_code} {HTTPStatus(answer.status_code).phrase}"]
    told += [f"{name}: {answer.headers[name]}" for name in SHOWN_HEADERS if name in answer.headers]
    told += ["", answer.text.strip()]
    request = "\n".join(lines)
    return Exchange(
        request=request if played.has_secrets else request.replace(played.secret, PLACEHOLDER_KEY),
        answer="\n".join(told).replace(event_id, EVENT_ID),
    )


def code_of(played: Played) -> dict[str, str]:
    """The code that sends the sample, by language; nothing for a scheme that no code is known for."""
    sample = played.shown
    scheme = getattr(played.manifest.scheme, "same_as", played.manifest.scheme)
    return snippets(scheme, BASE + played.route, sample.body.decode(), _placeholder(played), sample.headers)


def code_samples(played: Played) -> list[str]:
    """The code in each language, to be unfolded."""
    return [
        f"<details>\n<summary>{language}</summary>\n\n{fenced(text, FENCES[language])}\n\n</details>"
        for language, text in code_of(played).items()
    ]


def _placeholder(played: Played) -> str:
    return PLACEHOLDER_SECRET if played.has_secrets else PLACEHOLDER_KEY


def _legible(body: str, content_type: str) -> str:
    """A form has one field to a line; a JSON body stays as it is sent."""
    return body.replace("&", "\n&") if content_type == FORM else body
