"""a line's event is a mere pointer: to check it for each line costs more than it tells

Revision ID: 0003
Revises: 0002
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

EVENT = "fk_commissions_lines_event_id_inbound_events"


def upgrade() -> None:
    with op.batch_alter_table("commissions_lines") as batch_op:
        batch_op.drop_index("ix_commissions_lines_event")
        batch_op.drop_constraint(EVENT, type_="foreignkey")


def downgrade() -> None:
    with op.batch_alter_table("commissions_lines") as batch_op:
        batch_op.create_foreign_key(EVENT, "inbound_events", ["event_id"], ["id"])
        batch_op.create_index("ix_commissions_lines_event", ["event_id"], unique=False)
