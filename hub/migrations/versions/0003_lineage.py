"""from records to what they set off, and from events to their records

Revision ID: 0003
Revises: 0002
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

OF_AN_EVENT = (
    "customers",
    "invoices",
    "orders",
    "payments",
    "privacy_requests",
    "reversals",
    "tickets",
    "transactions",
)
ABOUT_A_RECORD = ("deliveries", "effect_runs", "notifications")


def upgrade() -> None:
    for table in OF_AN_EVENT:
        op.create_index(f"ix_{table}_event_id", table, ["event_id"])
    for table in ABOUT_A_RECORD:
        op.create_index(f"ix_{table}_record", table, ["record_id"])
    op.create_index("ix_deliveries_event", "deliveries", ["event_id"])


def downgrade() -> None:
    op.drop_index("ix_deliveries_event", "deliveries")
    for table in ABOUT_A_RECORD:
        op.drop_index(f"ix_{table}_record", table)
    for table in OF_AN_EVENT:
        op.drop_index(f"ix_{table}_event_id", table)
