"""Push messages in a real browser: the service worker is registered, the browser subscribes, and what
arrives is shown. Only the push service is stood in for, which a browser without a network cannot reach."""

import json
from typing import Any

from hub.records import deliveries, push
from tests.browser.test_notifications import order
from tests.browser.test_pages import faults, unexpected

PUSH_SERVICE = """
(() => {
  const kept = "subscribed";
  const bytes = (size) => new Uint8Array(size).fill(7).buffer;
  const subscription = () => ({
    endpoint: "https://push.example.com/browser",
    options: {},
    getKey: (name) => bytes(name === "auth" ? 16 : 65),
    unsubscribe: async () => { localStorage.removeItem(kept); return true; },
  });
  PushManager.prototype.subscribe = async function (options) {
    if (!options.userVisibleOnly || options.applicationServerKey.length !== 87) throw new TypeError("key");
    localStorage.setItem(kept, "yes");
    return subscription();
  };
  PushManager.prototype.getSubscription = async () => (localStorage.getItem(kept) ? subscription() : null);
})();
"""

SHOWN = """async () => {
  const registration = await navigator.serviceWorker.getRegistration("/push/");
  const shown = await registration.getNotifications();
  return shown.map(({ title, body, tag, data }) => ({ title, body, tag, ...data }));
}"""


def deliver(stage: Any, content: Any) -> None:
    """What the browser does when its push service hands it a message."""
    known: list[Any] = []
    session = stage.page.context.new_cdp_session(stage.page)
    session.on("ServiceWorker.workerRegistrationUpdated", lambda told: known.extend(told["registrations"]))
    session.send("ServiceWorker.enable")
    while not known:
        stage.page.wait_for_timeout(20)
    message = {"origin": stage.url, "registrationId": known[0]["registrationId"], "data": json.dumps(content)}
    session.send("ServiceWorker.deliverPushMessage", message)
    session.detach()


def pushed(stage: Any) -> Any:
    """The contents of the push messages that wait to be sent."""
    with stage.site.rooms.database.read() as unit:
        found = unit.rows(
            deliveries.DELIVERIES.select().where(deliveries.DELIVERIES.c.channel == push.CHANNEL)
        )
    return [row["content"] for row in found]


def devices(stage: Any) -> Any:
    with stage.site.rooms.database.read() as unit:
        return unit.rows(push.SUBSCRIPTIONS.select())


def test_a_device_is_switched_on_told_and_off_again(stage: Any) -> None:
    stage.site.connect("notifications")
    page = stage.page
    page.context.grant_permissions(["notifications"], origin=stage.url)
    page.add_init_script(PUSH_SERVICE)
    stage.sign_in()
    stage.go("/account/notifications")
    page.get_by_role("button", name="Einschalten").click()
    page.get_by_text("auf diesem Gerät eingeschaltet").wait_for()
    page.get_by_text("dieses Gerät", exact=True).wait_for()
    assert [row["label"] for row in devices(stage)] == ["Chrome · Linux"]
    registration = "navigator.serviceWorker.getRegistration('/push/')"
    assert page.evaluate(f"{registration}.then((one) => one.scope)") == f"{stage.url}/push/"
    assert page.evaluate("navigator.serviceWorker.controller") is None
    stage.shoot("push-on-1280")
    assert faults(page) == []
    page.set_viewport_size({"width": 360, "height": 800})
    stage.shoot("push-on-360")
    assert stage.too_wide() <= 0

    page.evaluate("document.hasFocus = () => false")
    order(stage)
    page.locator("#notices .toast").wait_for()
    page.wait_for_function(f"({SHOWN})().then((shown) => shown.length === 1)")
    (told,) = pushed(stage)
    deliver(stage, told)
    deliver(stage, {"id": "another", "title": "Das ist ein Test", "text": "Es geht."})
    page.wait_for_function(f"({SHOWN})().then((shown) => shown.length === 2)")
    shown, test = sorted(page.evaluate(SHOWN), key=lambda one: one["title"], reverse=True)
    assert shown["title"] == "Neue Bestellung!"
    assert shown["tag"] == told["id"]
    assert (test["body"], test["url"]) == ("Es geht.", "/")
    assert page.goto(stage.url + shown["url"]).url.startswith(f"{stage.url}/t/musterfirma/orders/")

    stage.go("/account/notifications")
    page.get_by_role("button", name="Testen").click()
    page.get_by_text("Eine Testnachricht ist unterwegs").wait_for()
    page.get_by_role("button", name="Ausschalten").click()
    page.get_by_text("erhält keine Push-Benachrichtigungen mehr").wait_for()
    page.get_by_role("button", name="Einschalten").wait_for()
    assert devices(stage) == []
    assert page.evaluate("localStorage.length") == 0

    page.get_by_role("button", name="Einschalten").click()
    page.get_by_text("dieses Gerät", exact=True).wait_for()
    page.context.clear_cookies()
    stage.go("/sign-in")
    page.wait_for_function("localStorage.length === 0")
    assert unexpected(stage.said) == []


def test_a_browser_that_says_no_is_explained(stage: Any) -> None:
    stage.page.add_init_script("Object.defineProperty(Notification, 'permission', { value: 'denied' });")
    stage.sign_in()
    stage.go("/account/notifications")
    stage.page.get_by_text("hat Benachrichtigungen für diese Seite gesperrt").wait_for()
    stage.shoot("push-denied-1280")
    assert not stage.page.get_by_role("button", name="Einschalten").is_visible()
