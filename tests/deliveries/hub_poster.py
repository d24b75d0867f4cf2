"""A channel for tests: posts each delivery to the address that is its target. It stands alone, so
that a worker process can have it installed too."""

import os
import threading

import requests

import hub

SCHEDULE = (0, 10, 100, 1000)


class Poster(hub.Plugin):
    """Posts with one session for each thread."""

    manifest = hub.Manifest(
        slug="poster",
        title={"de": "Bote", "en": "Poster"},
        description={"de": "Für Tests.", "en": "For tests."},
        kinds=("channel",),
        channels=(
            hub.Channel(name="post", schedule=SCHEDULE),
            hub.Channel(name="patient", schedule=(0,) * 100),
        ),
    )

    def __init__(self) -> None:
        self._local = threading.local()

    @hub.hookimpl
    def notify(self, delivery: hub.Delivery) -> hub.Sent:
        session = getattr(self._local, "session", None)
        if session is None:
            session = self._local.session = requests.Session()
            session.trust_env = False
        headers = {
            "webhook-id": str(delivery.id),
            "x-attempt": str(delivery.attempt),
            "x-tenant": delivery.tenant.slug,
            "x-worker": str(os.getpid()),
        }
        try:
            answer = session.post(delivery.target, json=dict(delivery.content), headers=headers, timeout=20)
        except requests.RequestException as error:
            raise hub.DeliveryError(type(error).__name__) from error
        if answer.ok:
            return hub.Sent(status=answer.status_code, answer=answer.text)
        after = answer.headers.get("Retry-After")
        raise hub.DeliveryError(
            f"answered {answer.status_code}",
            status=answer.status_code,
            answer=answer.text,
            retry_after=int(after) if after else None,
            final=answer.status_code == 410,
        )


plugin = Poster()
