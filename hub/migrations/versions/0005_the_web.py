"""what the web shows

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    _arrivals()
    _timings()
    _endpoints()
    _telling()
    _invoices()
    _mailboxes()
    _standings()


def _arrivals() -> None:
    with op.batch_alter_table('inbound_events', schema=None) as batch_op:
        batch_op.create_index('ix_inbound_events_arrivals', ['connection_id', 'received_at'], unique=False, sqlite_where=sa.text('verified'), postgresql_where=sa.text('verified'))


def _timings() -> None:
    op.create_table('event_timings',
    sa.Column('event_id', sa.Uuid(), nullable=False),
    sa.Column('authenticate', sa.Integer(), nullable=True),
    sa.Column('parse', sa.Integer(), nullable=True),
    sa.Column('persist', sa.Integer(), nullable=True),
    sa.Column('announce', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['event_id'], ['inbound_events.id'], name=op.f('fk_event_timings_event_id_inbound_events'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('event_id', name=op.f('pk_event_timings'))
    )


def _telling() -> None:
    op.create_table('hub_secrets',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('name', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('secrets', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('created_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_hub_secrets')),
    sa.UniqueConstraint('name', name=op.f('uq_hub_secrets_name'))
    )
    op.create_table('push_subscriptions',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('fingerprint', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('secrets', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('label', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('created_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('last_success_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['member_id'], ['members.id'], name=op.f('fk_push_subscriptions_member_id_members')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_push_subscriptions')),
    sa.UniqueConstraint('fingerprint', name=op.f('uq_push_subscriptions_fingerprint'))
    )
    with op.batch_alter_table('push_subscriptions', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_push_subscriptions_member_id'), ['member_id'], unique=False)

    op.create_table('notification_choices',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('topic', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('channel', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('wanted', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['member_id'], ['members.id'], name=op.f('fk_notification_choices_member_id_members')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_notification_choices')),
    sa.UniqueConstraint('member_id', 'topic', 'channel', name=op.f('uq_notification_choices_member_id_topic_channel'))
    )
    op.create_table('assignments',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('record_kind', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('record_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('by_id', sa.Uuid(), nullable=True),
    sa.ForeignKeyConstraint(['by_id'], ['members.id'], name=op.f('fk_assignments_by_id_members')),
    sa.ForeignKeyConstraint(['member_id'], ['members.id'], name=op.f('fk_assignments_member_id_members')),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenants.id'], name=op.f('fk_assignments_tenant_id_tenants')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_assignments'))
    )
    with op.batch_alter_table('assignments', schema=None) as batch_op:
        batch_op.create_index('ix_assignments_record', ['record_id'], unique=False)


def downgrade() -> None:
    _without_standings()
    _without_mailboxes()
    _without_invoices()
    _without_telling()
    with op.batch_alter_table('webhook_endpoints', schema=None) as batch_op:
        batch_op.drop_column('description')

    op.drop_table('event_timings')
    with op.batch_alter_table('inbound_events', schema=None) as batch_op:
        batch_op.drop_index('ix_inbound_events_arrivals', sqlite_where=sa.text('verified'), postgresql_where=sa.text('verified'))


def _invoices() -> None:
    with op.batch_alter_table('effect_runs', schema=None) as batch_op:
        batch_op.alter_column('event_id', existing_type=sa.Uuid(), nullable=True)

    with op.batch_alter_table('invoices', schema=None) as batch_op:
        batch_op.add_column(sa.Column('language', sqlmodel.sql.sqltypes.AutoString(), nullable=True))
        batch_op.add_column(sa.Column('issuer', sa.JSON(), nullable=True))

    op.create_table('invoice_issuers',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('company', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('address', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('tax_number', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('vat_id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('register_entry', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('email', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('phone', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('iban', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('due_days', sa.Integer(), nullable=False),
    sa.Column('footer', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('small_business', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenants.id'], name=op.f('fk_invoice_issuers_tenant_id_tenants')),
    sa.PrimaryKeyConstraint('tenant_id', name=op.f('pk_invoice_issuers'))
    )
    op.create_table('invoice_papers',
    sa.Column('invoice_id', sa.Uuid(), nullable=False),
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.Column('created_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['invoice_id'], ['invoices.id'], name=op.f('fk_invoice_papers_invoice_id_invoices')),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenants.id'], name=op.f('fk_invoice_papers_tenant_id_tenants')),
    sa.PrimaryKeyConstraint('invoice_id', name=op.f('pk_invoice_papers'))
    )
    op.create_table('invoice_messages',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('invoice_id', sa.Uuid(), nullable=False),
    sa.Column('member_id', sa.Uuid(), nullable=True),
    sa.Column('kind', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('email', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('link', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.ForeignKeyConstraint(['invoice_id'], ['invoices.id'], name=op.f('fk_invoice_messages_invoice_id_invoices')),
    sa.ForeignKeyConstraint(['member_id'], ['members.id'], name=op.f('fk_invoice_messages_member_id_members')),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenants.id'], name=op.f('fk_invoice_messages_tenant_id_tenants')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_invoice_messages'))
    )
    with op.batch_alter_table('invoice_messages', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_invoice_messages_invoice_id'), ['invoice_id'], unique=False)


def _without_telling() -> None:
    with op.batch_alter_table('assignments', schema=None) as batch_op:
        batch_op.drop_index('ix_assignments_record')

    op.drop_table('assignments')
    op.drop_table('notification_choices')
    with op.batch_alter_table('push_subscriptions', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_push_subscriptions_member_id'))

    op.drop_table('push_subscriptions')
    op.drop_table('hub_secrets')


def _without_mailboxes() -> None:
    with op.batch_alter_table('notifications', schema=None) as batch_op:
        batch_op.drop_index('ix_notifications_read', sqlite_where=sa.text('read_at IS NOT NULL'), postgresql_where=sa.text('read_at IS NOT NULL'))
        batch_op.create_index('ix_notifications_member', ['member_id', 'tenant_id', 'id'], unique=False)


def _without_invoices() -> None:
    with op.batch_alter_table('invoice_messages', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_invoice_messages_invoice_id'))

    op.drop_table('invoice_messages')
    op.drop_table('invoice_papers')
    op.drop_table('invoice_issuers')
    with op.batch_alter_table('invoices', schema=None) as batch_op:
        batch_op.drop_column('issuer')
        batch_op.drop_column('language')

    op.execute("DELETE FROM effect_runs WHERE event_id IS NULL")
    with op.batch_alter_table('effect_runs', schema=None) as batch_op:
        batch_op.alter_column('event_id', existing_type=sa.Uuid(), nullable=False)


def _endpoints() -> None:
    with op.batch_alter_table('webhook_endpoints', schema=None) as batch_op:
        batch_op.add_column(sa.Column('description', sqlmodel.sql.sqltypes.AutoString(), server_default='', nullable=False))


def _mailboxes() -> None:
    with op.batch_alter_table('notifications', schema=None) as batch_op:
        batch_op.drop_index('ix_notifications_member')
        batch_op.create_index('ix_notifications_read', ['member_id', 'tenant_id', 'id'], unique=False, sqlite_where=sa.text('read_at IS NOT NULL'), postgresql_where=sa.text('read_at IS NOT NULL'))


def _standings() -> None:
    with op.batch_alter_table('invoices', schema=None) as batch_op:
        batch_op.drop_index('ix_invoices_status')
        batch_op.create_index('ix_invoices_status', ['tenant_id', 'status', 'id', 'due_on'], unique=False)


def _without_standings() -> None:
    with op.batch_alter_table('invoices', schema=None) as batch_op:
        batch_op.drop_index('ix_invoices_status')
        batch_op.create_index('ix_invoices_status', ['tenant_id', 'status', 'id'], unique=False)
