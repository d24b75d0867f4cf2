"""What the commissions plugin says about itself."""

from pathlib import Path

from pydantic import Field

import hub


class Settings(hub.Settings):
    """The account that payouts are paid from; needed for the SEPA export only."""

    debtor_name: str = Field(
        default="",
        title="Account holder",
        description="Who pays the commissions.",
        json_schema_extra=hub.german("Kontoinhaber", "Wer die Provisionen zahlt."),
    )
    debtor_iban: str = Field(
        default="",
        title="IBAN",
        description="The account that is debited.",
        json_schema_extra=hub.german("IBAN", "Das Konto, das belastet wird."),
    )
    debtor_bic: str = Field(
        default="",
        title="BIC",
        description="Found from the IBAN where it can be.",
        json_schema_extra=hub.german("BIC", "Wird aus der IBAN bestimmt, wo das möglich ist."),
    )


manifest = hub.Manifest(
    slug="commissions",
    title={"de": "Provisionen", "en": "Commissions"},
    description={
        "de": "Provisionen für Partner und ihre Sponsoren über bis zu 10 Ebenen, mit Auszahlung.",
        "en": "Commissions for partners and their sponsors over up to 10 levels, with payouts.",
    },
    kinds=("effect",),
    settings=Settings,
    migrations=Path(__file__).parent / "migrations",
    pages="hub_commissions.pages",
)
