"""indexes of the lists that pages show

Revision ID: 0002
Revises: 0001
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

INDEXES = (
    ("ix_commissions_partners_tenant", "commissions_partners", ["tenant_id", "id"]),
    ("ix_commissions_payouts_tenant", "commissions_payouts", ["tenant_id", "id"]),
    ("ix_commissions_lines_status", "commissions_lines", ["tenant_id", "status", "id"]),
    ("ix_commissions_lines_partner", "commissions_lines", ["partner_id", "id"]),
)


def upgrade() -> None:
    for name, table, columns in INDEXES:
        op.create_index(name, table, columns, unique=False)


def downgrade() -> None:
    for name, table, _columns in reversed(INDEXES):
        op.drop_index(name, table_name=table)
