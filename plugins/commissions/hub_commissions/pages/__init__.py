"""The plugin's pages in the web UI: transactions, partners, plans and campaigns, commissions, payouts."""

from pathlib import Path

from flask_babel import lazy_gettext as _l

from hub.web.navigation import Entry
from hub.web.plugged import PluginPages
from hub_commissions.pages import lines, logged, partners, payouts, plans, transactions
from hub_commissions.pages.words import ACTIONS

PLUGIN = "commissions"

brought = PluginPages(
    plugin=PLUGIN,
    folder=Path(__file__).parent.parent,
    groups=(transactions.pages, partners.pages, plans.pages, lines.pages, payouts.pages),
    entries=(
        Entry("commissions.transactions.index", _l("Transaktionen"), icon="receipt", plugin=PLUGIN),
        Entry("commissions.partners.index", _l("Partner"), icon="affiliate", plugin=PLUGIN),
        Entry("commissions.plans.index", _l("Kampagnen und Pläne"), icon="speakerphone", plugin=PLUGIN),
        Entry("commissions.lines.index", _l("Provisionen"), icon="percentage", plugin=PLUGIN),
        Entry("commissions.payouts.index", _l("Auszahlungen"), icon="cash-banknote", plugin=PLUGIN),
    ),
    actions=ACTIONS,
    values=logged.VALUES,
)
