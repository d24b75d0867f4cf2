"""A sale that belongs to nobody is given to a partner, and pays those above too."""

from typing import Any


def test_an_unassigned_sale_is_assigned_and_pays(stage: Any, sale: Any) -> None:
    page, site = stage.page, stage.site
    site.connect("commissions")
    stage.sign_in()
    page.get_by_role("link", name="Kampagnen und Pläne").click()
    page.get_by_role("link", name="Plan anlegen").first.click()
    page.get_by_label("Name des Plans").fill("Standard 2026")
    page.get_by_label("Standardplan").check()
    page.get_by_label("Satz für den Verkäufer").fill("10")
    page.get_by_label("Sätze der Sponsoren").fill("5; 2,5")
    stage.look("plan-form")
    page.get_by_role("button", name="Plan anlegen").click()
    for code, name, sponsor in (("P-001", "Hanna Vogel", ""), ("P-002", "Yusuf Aydın", "P-001")):
        stage.open("/commissions/partners/new")
        page.get_by_label("Code", exact=True).fill(code)
        page.get_by_label("Name", exact=True).fill(name)
        page.get_by_label("Sponsor", exact=True).fill(sponsor)
        page.get_by_role("button", name="Partner anlegen").click()
    stage.look("partner")
    assert site.send(sale("S-1", partnerId=None, productName="Jahreslizenz Premium")).status_code == 200

    page.get_by_role("link", name="Transaktionen").first.click()
    page.get_by_role("link", name="Nicht zugeordnet").click()
    page.get_by_label("S-1 auswählen").check()
    page.get_by_label("Ausgewählte zuordnen zu Partner").fill("P-002")
    stage.look("transactions-assign")
    page.get_by_role("button", name="Zuordnen").click()
    page.get_by_text("Alles ist zugeordnet").wait_for()
    stage.look("transactions-assigned")
    page.get_by_role("link", name="Alle", exact=True).click()
    page.get_by_role("link", name="S-1").click()
    page.locator("summary", has_text="Yusuf Aydın").click()
    stage.look("transaction")
    for who, amount in (("Yusuf Aydın", "11,90"), ("Hanna Vogel", "5,95")):
        assert amount in page.locator("summary", has_text=who).inner_text()
    stage.is_silent()
