"""The company's settings: API keys, what follows a web order, and the keys for online payment."""

import re
from collections.abc import Callable
from typing import Any

from pydantic import Field, SecretStr

import hub
from hub.app import create_hub
from hub.records import tenants
from hub.registry.connecting import Connections


class PurseSettings(hub.SignedSettings):
    """One key, that says by its beginning what it is for, and one that does not."""

    api_key: SecretStr | None = Field(
        default=None, title="API key", json_schema_extra=hub.german("API-Schlüssel")
    )


class Purse(hub.Plugin):
    """A second payment provider."""

    manifest = hub.Manifest(
        slug="purse",
        title={"de": "Geldbeutel", "en": "Purse"},
        routes=("/api/webhooks/<tenant>/purse",),
        events={"paid": "Pays."},
        event_type=hub.locators.Json("type"),
        settings=PurseSettings,
        paying=hub.PaymentSetup(
            keys=(
                hub.PaymentKey(setting="api_key", live=("live_",), test=("test_",)),
                hub.PaymentKey(setting="secrets"),
            ),
            steps=(
                hub.PaymentStep(
                    text={"de": "Adresse eintragen:", "en": "Enter the address:"}, copied="{url}"
                ),
            ),
        ),
    )


KEYS = {"publishable_key": "pk_live_51Abc", "secret_key": "sk_live_51Geheim", "secrets": "whsec_Signatur1"}


def connections(office: Any) -> Connections:
    rooms = office.site.rooms
    return Connections(rooms.database, rooms.plugins, rooms.vault, rooms.clock)


def view(office: Any, plugin: str, tenant: str = "musterfirma") -> Any:
    return next((one for one in connections(office).list(tenant) if one.plugin == plugin), None)


def disconnect(office: Any, plugin: str) -> None:
    office.site.change(plugin, enabled=False)


def active_keys(office: Any, tenant: str = "musterfirma") -> list[Any]:
    with office.site.rooms.database.read() as unit:
        return [
            key for key in tenants.keys_of(unit, office.site.tenant_id(tenant)) if not key["deactivated_at"]
        ]


def test_a_key_is_made_shown_once_and_works(office: Any) -> None:
    admin = office.browser("admin")
    page = admin.get("/settings/api").text
    assert active_keys(office)[0]["masked"] in page
    assert "Erstellt am:" in page

    made = admin.post("/settings/api/keys")
    found = re.search(r'value="(crm_\d+_[0-9a-f]+)"', made.text)
    assert found is not None
    key = found[1]
    assert made.headers["Cache-Control"] == "no-store"
    assert key not in admin.get("/settings/api").text
    assert office.site.send(
        {"type": "order", "email": "a@example.com", "total": 1}, plugin="lead", secret=key
    ).is_json
    assert office.site.record("orders")["email"] == "a@example.com"
    noted = office.audit()[0]
    assert noted["action"] == "key.issued"
    assert key not in str(dict(noted))


def test_a_deactivated_key_is_refused(office: Any) -> None:
    (key,) = active_keys(office)
    admin = office.browser("admin")

    assert admin.post(f"/settings/api/keys/{key['id']}/deactivate").status_code == 303
    assert active_keys(office) == []
    body = {"type": "order", "email": "a@example.com", "total": 1}
    answer = office.site.send(body, plugin="lead", secret=office.site.keys["musterfirma"])
    assert answer.status_code == 403
    assert office.audit()[0]["action"] == "key.deactivated"
    assert "Es gibt noch keinen aktiven API-Key." in admin.get("/settings/api").text


def test_the_key_of_another_tenant_is_not_found(office: Any) -> None:
    (key,) = active_keys(office, "nachbar")

    answer = office.browser("owner").post(f"/settings/api/keys/{key['id']}/deactivate")
    assert answer.status_code == 404
    assert len(active_keys(office, "nachbar")) == 1


def test_a_closed_door_is_told_and_opened(office: Any) -> None:
    disconnect(office, "lead")
    admin = office.browser("admin")
    assert "Die API-Schnittstelle ist ausgeschaltet" in admin.get("/settings/api").text

    admin.post("/settings/api/on")
    assert view(office, "lead").enabled
    assert office.audit()[0]["action"] == "integration.resumed"
    assert "Die API-Schnittstelle ist ausgeschaltet" not in admin.get("/settings/api").text


def test_the_check_boxes_switch_the_notifications_on(office: Any) -> None:
    admin = office.browser("admin")
    page = admin.get("/settings/api").text
    assert "Bei neuen API-Bestellungen per E-Mail benachrichtigt werden" in page
    assert "Automatische Auftragsbestätigung an den Endkunden senden (beim Verarbeiten)" in page
    assert view(office, "notifications") is None

    admin.post("/settings/api/orders", **{"notifications.order_email_to_team": "on"})
    made = view(office, "notifications")
    assert made.enabled
    assert made.settings["order_email_to_team"]
    assert not made.settings["order_confirmation_to_customer"]
    assert re.search(r'name="notifications.order_email_to_team" checked', admin.get("/settings/api").text)

    office.order()
    with office.site.rooms.database.read() as unit:
        from hub.records.deliveries import DELIVERIES

        assert unit.rows(DELIVERIES.select())


def test_the_check_boxes_keep_other_settings(office: Any) -> None:
    connections(office).create("musterfirma", "notifications", "default", {"mail_from": ["a@example.com"]})
    disconnect(office, "notifications")
    admin = office.browser("admin")
    admin.post("/settings/api/orders", **{"notifications.order_confirmation_to_customer": "on"})

    changed = view(office, "notifications")
    assert changed.enabled
    assert changed.settings["mail_from"] == "a@example.com"
    assert changed.settings["order_confirmation_to_customer"]
    assert [entry["action"] for entry in office.audit()[:2]] == ["integration.resumed", "integration.changed"]


def test_the_payment_page_says_what_is_missing(office: Any) -> None:
    connections(office).change("musterfirma", "stripe", "default", {"secrets": []})
    admin = office.browser("admin")
    page = admin.get("/settings/payments/stripe").text
    assert "fehlen noch:" in page
    assert "http://127.0.0.1:8080/api/webhooks/musterfirma/stripe" in page

    for name in ("publishable_key", "secret_key"):
        assert admin.post("/settings/payments/stripe", **{name: KEYS[name]}).status_code == 303
    page = admin.get("/settings/payments/stripe").text
    assert re.search(r"fehlt noch: <strong>Webhook Signing Secret</strong>", page)
    admin.post("/settings/payments/stripe", secrets=KEYS["secrets"])
    page = admin.get("/settings/payments/stripe").text
    assert "Alle Schlüssel sind hinterlegt." in page
    stored = connections(office).settings("musterfirma", "stripe", "default")
    assert stored.secret_key.get_secret_value() == KEYS["secret_key"]


def test_payment_keys_are_never_shown_nor_noted(office: Any) -> None:
    admin = office.browser("admin")
    admin.post("/settings/payments/stripe", **KEYS)
    page = admin.get("/settings/payments/stripe").text
    told = str([dict(entry) for entry in office.audit()])

    assert not [key for key in KEYS.values() if key in page or key in told]
    with office.site.rooms.database.read() as unit:
        rows = tenants.connections_of(unit, office.site.tenant_id())
    assert "Geheim" not in str([dict(row) for row in rows])


def test_a_signing_secret_is_replaced_with_an_overlap(office: Any) -> None:
    admin = office.browser("admin")
    admin.post("/settings/payments/stripe", secrets="whsec_Neu")
    secrets = connections(office).settings("musterfirma", "stripe", "default").secrets

    assert secrets[0].value.get_secret_value() == "whsec_Neu"
    assert secrets[0].expires_at is None
    assert secrets[1].expires_at is not None
    assert office.audit()[0]["action"] == "integration.rotated"


def test_wrong_keys_are_explained(office: Any) -> None:
    admin = office.browser("admin")
    answer = admin.post("/settings/payments/stripe", publishable_key="sk_live_verwechselt")
    assert answer.status_code == 422
    assert "beginnt mit pk_live_ oder pk_test_" in answer.text

    mixed = admin.post("/settings/payments/stripe", publishable_key="pk_live_a", secret_key="sk_test_b")
    assert mixed.status_code == 422
    assert "für Tests" in mixed.text
    assert "sk_test_b" not in mixed.text


def test_a_removed_key_is_missing_again(office: Any) -> None:
    admin = office.browser("admin")
    admin.post("/settings/payments/stripe", **KEYS)
    for key in KEYS:
        assert admin.post(f"/settings/payments/stripe/{key}/remove").status_code == 303
    stored = view(office, "stripe").settings

    assert not any(stored[key] for key in KEYS)
    assert admin.post("/settings/payments/stripe/accept_test_events/remove").status_code == 404


def test_a_second_provider_has_a_tab_of_its_own(make_office: Callable[..., Any]) -> None:
    office = make_office(plugins=[Purse()])
    admin = office.browser("admin")
    path = "/settings/payments/purse"
    page = admin.get("/settings").text
    assert "Geldbeutel (Online-Zahlung)" in page
    assert "Stripe (Online-Zahlung)" in page

    page = admin.get(path).text
    assert "Adresse eintragen:" in page
    assert "http://127.0.0.1:8080/api/webhooks/musterfirma/purse" in page
    refused = admin.post(path, api_key="pk_live_1")
    assert refused.status_code == 422
    assert "Dieser Schlüssel beginnt mit live_ oder test_." in refused.text
    assert "enthält Leerzeichen" in admin.post(path, secrets="zwei Wörter").text
    assert admin.post(path, api_key="live_1", secrets="beliebig").status_code == 303
    assert "Alle Schlüssel sind hinterlegt." in admin.get(path).text

    admin.post(f"{path}/api_key/remove")
    assert "fehlt noch: <strong>API-Schlüssel</strong>" in admin.get(path).text
    assert "API-Schlüssel" in office.browser("owner").get("/audit").text
    connections(office).enable("musterfirma", "purse", "default", on=False)
    assert "Die Online-Zahlung ist ausgeschaltet." in admin.get(path).text
    admin.post(f"{path}/on")
    assert view(office, "purse").enabled


def test_only_a_payment_provider_has_such_a_page(office: Any) -> None:
    admin = office.browser("admin")
    for plugin in ("custom", "unknown"):
        assert admin.get(f"/settings/payments/{plugin}").status_code == 404
        assert admin.post(f"/settings/payments/{plugin}", secrets="a").status_code == 404


def test_the_company_is_changed_for_every_process(office: Any) -> None:
    admin = office.browser("admin")
    admin.get("/settings")
    other = create_hub(office.site.rooms.config, plugins=office.site.rooms.plugins)
    answer = admin.post(
        "/settings", name="Muster & Söhne", locale="de_AT", currency="CHF", timezone="Europe/Vienna"
    )

    assert answer.status_code == 303
    entry = other.registry.entry("musterfirma")
    assert entry is not None
    assert (entry.tenant.name, entry.tenant.locale, entry.tenant.currency, entry.tenant.timezone) == (
        "Muster & Söhne",
        "de_AT",
        "CHF",
        "Europe/Vienna",
    )
    noted = office.audit()[0]
    assert noted["action"] == "tenant.changed"
    assert (noted["before"]["currency"], noted["after"]["currency"]) == ("EUR", "CHF")
    wrong = admin.post("/settings", name="", locale="xx", currency="XXX", timezone="Mond/Krater")
    assert wrong.status_code == 422
    other.database.close()


def test_staff_sees_no_settings_and_no_neighbour_either(office: Any) -> None:
    for path in ("/settings", "/settings/api", "/settings/payments/stripe"):
        assert office.browser("staff").get(path).status_code == 403
        assert office.browser("neighbour").get(path).status_code == 404
