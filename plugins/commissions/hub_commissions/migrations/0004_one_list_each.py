"""a tenant's lines are listed by status: an index of all of them took in every line a second time

Revision ID: 0004
Revises: 0003
"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TENANT = "ix_commissions_lines_tenant"


def upgrade() -> None:
    op.drop_index(TENANT, table_name="commissions_lines")


def downgrade() -> None:
    op.create_index(TENANT, "commissions_lines", ["tenant_id", "id"], unique=False)
