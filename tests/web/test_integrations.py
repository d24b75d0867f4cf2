"""Integrations: connected by a form, set up by copying, tested through the real door."""

import html
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

NEIGHBOUR = "nachbar"
URL = "/api/webhooks/musterfirma/custom"
SHOWN_SECRET = re.compile(r'id="secret"[^>]*value="([^"]+)"')


def connection(office: Any, plugin: str, tenant: str = "musterfirma") -> Any:
    from hub.records import tenants

    with office.site.rooms.database.read() as unit:
        rows = tenants.connections_of(unit, office.site.tenant_id(tenant))
    return next(row for row in rows if row["plugin"] == plugin)


def sample(page: str, language: str) -> str:
    found = re.search(rf'<pre[^>]*data-language="{language}"[^>]*>(.*?)</pre>', page, re.DOTALL)
    assert found is not None
    return html.unescape(found[1])


def test_the_catalogue_shows_what_is_installed_and_its_state(office: Any) -> None:
    office.site.change("custom", enabled=False)

    page = office.browser("admin").get("/integrations").text

    assert "Custom Webhook" in page
    assert "Verkäufe aus Zapier, Make, n8n oder eigenen Systemen." in page
    assert "Pausiert" in page
    assert re.search(r"Qualitätsstufe: <span[^>]*>Platin<", page)
    assert "/integrations/notifications/connect" in page


def test_english_titles(office: Any) -> None:
    admin = office.browser("admin")
    admin.client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"

    assert "Lead API (web to CRM)" in admin.get("/integrations").text


def test_a_plugin_is_connected_and_its_secret_is_shown_once(make_office: Callable[..., Any]) -> None:
    office = make_office(base_url="https://hub.example")
    owner = office.browser("owner")
    owner.get("/integrations/custom/connect")

    page = owner.post("/integrations/custom/connect", name="zweiter-shop", source="generate", value="").text

    (secret,) = SHOWN_SECRET.findall(page)
    assert f"https://hub.example{URL}/zweiter-shop" in page
    sale = {
        "event": "transaction.created",
        "externalId": "t-1",
        "grossAmount": "10.00",
        "currency": "EUR",
    }
    answer = office.site.send(sale, connection="zweiter-shop", secret=secret)
    assert answer.status_code == 200
    assert secret not in owner.get("/integrations").text
    assert "integration.connected" in {entry["action"] for entry in office.audit()}
    assert secret not in str(office.audit())


def test_an_address_that_holds_the_secret_is_shown_whole(make_office: Callable[..., Any]) -> None:
    office = make_office(base_url="https://hub.example")
    owner = office.browser("owner")

    page = owner.post("/integrations/ablefy/connect", name="zwei", source="generate", value="").text

    (secret,) = SHOWN_SECRET.findall(page)
    address = "https://hub.example/api/webhooks/musterfirma/ablefy"
    assert f"{address}/zwei?token={secret}" in page
    setup = owner.get(f"/integrations/{connection(office, 'ablefy')['id']}/setup").text
    assert f"{address}?token=IHR_SECRET" in setup


def test_settings_become_fields_and_are_saved(office: Any) -> None:
    admin = office.browser("admin")
    form = admin.get("/integrations/notifications/connect").text
    assert 'type="password"' in form
    assert "Auftragsbestätigung" in form

    answer = admin.post(
        "/integrations/notifications/connect",
        **{
            "setting-order_email_to_team": "y",
            "setting-smtp_host": "mail.example",
            "setting-smtp_port": "465",
            "setting-smtp_security": "ssl",
            "setting-smtp_password": "sehr geheim",
        },
    )

    assert answer.status_code == 303
    row = connection(office, "notifications")
    assert row["settings"]["order_email_to_team"] is True
    assert row["settings"]["smtp_port"] == 465
    page = admin.get(f"/integrations/{row['id']}").text
    assert "mail.example" in page
    assert "sehr geheim" not in page + str(office.audit())

    path = f"/integrations/{row['id']}/settings"
    assert 'value="mail.example"' in admin.get(path).text
    wrong = admin.post(path, **{"setting-smtp_port": "99999", "setting-smtp_security": "ssl"})
    assert wrong.status_code == 422
    admin.post(path, **{"setting-smtp_port": "25", "setting-smtp_security": "none"})
    changed = connection(office, "notifications")["settings"]
    assert (changed["smtp_port"], changed["smtp_host"], changed["order_email_to_team"]) == (25, "", False)
    assert "mail.example" in str(office.audit()[0]["before"])


def test_a_wrong_value_is_blamed_on_its_field(office: Any) -> None:
    admin = office.browser("admin")
    row = connection(office, "stripe")
    path = f"/integrations/{row['id']}/settings"

    answer = admin.post(path, **{"setting-publishable_key": "sk_wrong"})

    assert answer.status_code == 422
    assert "Dieser Wert passt nicht" in answer.text
    assert admin.post(path, **{"setting-publishable_key": "pk_test_1"}).status_code == 303
    assert connection(office, "stripe")["settings"]["publishable_key"] == "pk_test_1"
    assert admin.post(path, **{"setting-publishable_key": ""}).status_code == 303
    assert connection(office, "stripe")["settings"]["publishable_key"] is None


def test_a_rotated_secret_counts_beside_the_old_one(office: Any, sale: Callable[..., Any]) -> None:
    admin = office.browser("admin")
    path = f"/integrations/{connection(office, 'custom')['id']}"
    admin.get(path)

    page = admin.post(f"{path}/rotate", value="", hours="24").text

    (fresh,) = SHOWN_SECRET.findall(page)
    assert office.site.send(sale("t-1"), secret=fresh).status_code == 200
    assert office.site.send(sale("t-2")).status_code == 200
    assert "2 Secrets hinterlegt" in admin.get(path).text
    office.site.clock.advance(hours=25)
    assert office.site.send(sale("t-3")).status_code == 401
    assert office.audit()[0]["action"] == "integration.rotated"
    assert fresh not in str(office.audit())


def test_pause_resume_and_disconnect(office: Any, sale: Callable[..., Any]) -> None:
    admin = office.browser("admin")
    path = f"/integrations/{connection(office, 'custom')['id']}"

    admin.post(f"{path}/pause")
    assert office.site.send(sale("t-1")).status_code == 404
    admin.post(f"{path}/resume")
    assert office.site.send(sale("t-1")).status_code == 200
    admin.post(f"{path}/disconnect")
    assert office.site.send(sale("t-2")).status_code == 404
    page = admin.get(path).text
    assert "Diese Verbindung wurde hier getrennt." in page
    assert "Keines hinterlegt." in page
    assert [entry["action"] for entry in office.audit()[:3]] == [
        "integration.disconnected",
        "integration.resumed",
        "integration.paused",
    ]
    admin.post(f"{path}/resume")
    admin.post(f"{path}/rotate", value="neues-geheimnis", hours="0")
    assert office.site.send(sale("t-2"), secret="neues-geheimnis").status_code == 200


@pytest.mark.parametrize("language", ["Bash", "Python"])
def test_a_copied_sample_is_accepted_by_a_real_server(
    office: Any, listening: Callable[..., Any], language: str, tmp_path: Path
) -> None:
    page = office.browser("admin").get(f"/integrations/{connection(office, 'custom')['id']}/setup").text
    assert "IHR_SECRET" in page
    code = sample(page, language).replace("IHR_SECRET", "ein-langes-geheimnis-0815")
    base = office.site.rooms.config.base_url.rstrip("/")
    assert f"{base}{URL}" in code
    with listening(office.site.app) as port:
        script = tmp_path / "sample"
        script.write_text(code.replace(base, f"http://127.0.0.1:{port}"), "utf-8")
        program = "bash" if language == "Bash" else sys.executable
        done = subprocess.run([program, str(script)], capture_output=True, text=True)

    assert '"status":"processed"' in done.stdout, done.stdout + done.stderr
    assert office.site.record("transactions")["test"] is True


def test_the_lead_apis_samples_send_the_key(
    office: Any, listening: Callable[..., Any], tmp_path: Path
) -> None:
    page = office.browser("admin").get(f"/integrations/{connection(office, 'lead')['id']}/setup").text
    base = office.site.rooms.config.base_url.rstrip("/")
    code = sample(page, "curl").replace("IHR_API_KEY", office.site.keys["musterfirma"])
    with listening(office.site.app) as port:
        script = code.replace(base, f"http://127.0.0.1:{port}")
        done = subprocess.run(["bash", "-c", script], capture_output=True, text=True)

    assert '"status":"success"' in done.stdout, done.stdout + done.stderr
    assert office.site.record("orders")["test"] is True


def test_notes_for_tools_hold_the_address(office: Any) -> None:
    page = office.browser("admin").get(f"/integrations/{connection(office, 'custom')['id']}/setup").text

    for tool in ("Zapier", "Make", "n8n"):
        assert tool in page
    assert "X-Webhook-Signature: sha256={{sha256(2.body; &#34;hex&#34;; &#34;IHR_SECRET&#34;)" in page


def test_samples_of_a_form_say_where_their_fields_stand(office: Any) -> None:
    page = office.browser("admin").get(f"/integrations/{connection(office, 'digistore24')['id']}/setup").text

    assert "Die Daten stehen in der Datei fields.txt" in page


def test_tools_are_offered_only_where_the_plugin_tells_how(office: Any) -> None:
    """A provider that signs by itself is not sent to by such a tool."""
    for slug in ("shopify", "woocommerce", "ablefy", "digistore24", "stripe"):
        page = office.browser("admin").get(f"/integrations/{connection(office, slug)['id']}/setup").text
        assert not [tool for tool in ("Zapier", "Make", "n8n") if f"<summary>{tool}" in page], slug


def test_a_provider_that_signs_itself_needs_no_code(office: Any) -> None:
    page = office.browser("admin").get(f"/integrations/{connection(office, 'stripe')['id']}/setup").text

    assert "Sie brauchen keinen Code" in page
    assert "checkout.session.completed" in page


@pytest.mark.parametrize("plugin", ["custom", "stripe", "shopify", "digistore24", "ablefy"])
def test_a_test_event_goes_through_the_door_and_is_marked(office: Any, plugin: str) -> None:
    admin = office.browser("admin")
    path = f"/integrations/{connection(office, plugin)['id']}"
    name = re.search(r'<option value="([^"]*__test)"', admin.get(f"{path}/setup").text)
    assert name is not None

    answer = admin.post(f"{path}/test", sample=name[1])

    (event,) = office.site.events(tenant_id=office.site.tenant_id())
    assert answer.location.endswith(f"/events/{event['id']}")
    assert (event["outcome"], event["verified"], event["plugin"]) == ("processed", True, plugin)
    assert {one["test"] for one in office.site.records("transactions")} == {True}
    assert office.audit()[0]["action"] == "integration.tested"


def test_each_test_event_is_a_new_one(office: Any) -> None:
    admin = office.browser("admin")
    path = f"/integrations/{connection(office, 'custom')['id']}/test"

    for _ in range(2):
        admin.post(path, sample="transaction.created__test")

    assert {event["outcome"] for event in office.site.events()} == {"processed"}
    assert len(office.site.records("transactions")) == 2


def test_the_key_of_a_test_event_is_given_by_hand(office: Any) -> None:
    admin = office.browser("admin")
    path = f"/integrations/{connection(office, 'lead')['id']}"

    admin.post(f"{path}/test", sample="order__test", key="")
    assert "Tragen Sie den API-Key ein." in admin.get(f"{path}/setup").text
    admin.post(f"{path}/test", sample="order__test", key="crm_1_" + "0" * 40)
    assert "abgelehnt" in admin.get(f"{path}/setup").text
    admin.post(f"{path}/test", sample="order__test", key=office.site.keys["musterfirma"])
    assert office.site.record("orders")["test"] is True
    assert office.site.keys["musterfirma"] not in str(office.audit())


def test_without_a_secret_it_is_said_what_to_do(office: Any) -> None:
    admin = office.browser("admin")
    row = connection(office, "custom")
    admin.post(f"/integrations/{row['id']}/disconnect")

    admin.post(f"/integrations/{row['id']}/test", sample="transaction.created__test")

    assert "Hinterlegen Sie zuerst ein Secret." in admin.get(f"/integrations/{row['id']}/setup").text


def test_a_name_that_is_taken_or_wrong_is_refused(office: Any) -> None:
    admin = office.browser("admin")

    wrong = admin.post("/integrations/custom/connect", name="Mein Shop!", source="later")
    taken = admin.post("/integrations/custom/connect", name="default", source="later")

    assert (wrong.status_code, taken.status_code) == (422, 422)
    assert "Kleinbuchstaben" in wrong.text
    assert "Es gibt schon eine Verbindung mit diesem Namen." in taken.text


def test_the_neighbours_connections_are_not_found(office: Any) -> None:
    theirs = connection(office, "custom", NEIGHBOUR)["id"]
    owner = office.browser("owner")

    for page in ("", "/settings", "/setup"):
        assert owner.get(f"/integrations/{theirs}{page}").status_code == 404
    for action in ("settings", "rotate", "pause", "resume", "disconnect", "test"):
        assert owner.post(f"/integrations/{theirs}/{action}").status_code == 404
    assert connection(office, "custom", NEIGHBOUR)["enabled"]


def test_staff_see_no_integrations(office: Any) -> None:
    assert office.browser("staff").get("/integrations").status_code == 403
