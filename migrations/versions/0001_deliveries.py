"""Deliveries, the Parquet parts that hold them, and what was noticed while landing them."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "snapshot",
        sa.Column("number", sa.Integer, autoincrement=False),
        sa.Column("created_at", sa.String(32), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False, comment="of the deliveries landed in it"),
        sa.Column("reason", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_snapshot"),
    )
    _create_delivery()
    _create_part()
    _create_counts("reject_count", "reason")
    _create_counts("unused_count", "reason")
    _create_counts("flag_count", "flag")
    op.create_table(
        "reject",
        sa.Column("delivery", sa.String(16), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("line", sa.BigInteger),
        sa.Column("column", sa.Text),
        sa.Column("value", sa.Text, comment="never an address, a position or a subject"),
        sa.ForeignKeyConstraint(["delivery"], ["delivery.id"], name="fk_reject_delivery_delivery"),
        comment="examples, a thousand of each reason at most; all are counted in reject_count",
    )
    op.create_index("ix_reject_delivery", "reject", ["delivery"])


def _create_delivery() -> None:
    op.create_table(
        "delivery",
        sa.Column("id", sa.String(16), comment="from source, sha256 and period"),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        sa.Column("file_name", sa.Text, nullable=False, comment="as given"),
        sa.Column("period", sa.Text, nullable=False, comment="as given, or empty"),
        sa.Column("path", sa.Text, nullable=False, comment="kept as received, under the store"),
        sa.Column("received_at", sa.String(32), nullable=False),
        sa.Column("licence", sa.Text, nullable=False),
        sa.Column("layout", sa.Text, nullable=False, comment="the declared layout that read it"),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("reason", sa.Text, nullable=False, comment="why it was stopped"),
        sa.Column("rows", sa.BigInteger, nullable=False, comment="accepted + duplicate + rejected + unused"),
        sa.Column("accepted", sa.BigInteger, nullable=False),
        sa.Column("duplicate", sa.BigInteger, nullable=False, comment="rows that were there already"),
        sa.Column("rejected", sa.BigInteger, nullable=False),
        sa.Column("unused", sa.BigInteger, nullable=False),
        sa.Column(
            "repeated", sa.BigInteger, nullable=False, comment="landed rows whose id occurs more than once"
        ),
        sa.Column("quarters", sa.Text, nullable=False, comment="that it brought rows for, `;` between"),
        sa.Column("snapshot", sa.Integer, comment="that it entered"),
        sa.PrimaryKeyConstraint("id", name="pk_delivery"),
        sa.ForeignKeyConstraint(["snapshot"], ["snapshot.number"], name="fk_delivery_snapshot_snapshot"),
        sa.UniqueConstraint("source", "sha256", "period", name="uq_delivery_source_sha256_period"),
        sa.CheckConstraint("state IN ('landed', 'stopped')", name="ck_delivery_state"),
        sa.CheckConstraint(
            "(state = 'landed') = (snapshot IS NOT NULL)", name="ck_delivery_landed_has_snapshot"
        ),
    )


def _create_part() -> None:
    op.create_table(
        "part",
        sa.Column("path", sa.Text, comment="under the store"),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        sa.Column("rows", sa.BigInteger, nullable=False),
        sa.Column("dataset", sa.String(16), nullable=False),
        sa.Column("source", sa.Text, comment="null: merged from several"),
        sa.Column("quarter", sa.String(6), nullable=False),
        sa.Column("service", sa.String(6), nullable=False),
        sa.Column("bucket", sa.Integer, nullable=False),
        sa.Column(
            "buckets", sa.Integer, nullable=False, comment="of the quarter and service, a power of two"
        ),
        sa.Column("delivery", sa.String(16), comment="null: merged from several"),
        sa.Column("from_snapshot", sa.Integer, nullable=False),
        sa.Column("to_snapshot", sa.Integer, comment="first without it"),
        sa.PrimaryKeyConstraint("path", name="pk_part"),
        sa.ForeignKeyConstraint(["delivery"], ["delivery.id"], name="fk_part_delivery_delivery"),
        sa.ForeignKeyConstraint(
            ["from_snapshot"], ["snapshot.number"], name="fk_part_from_snapshot_snapshot"
        ),
        sa.ForeignKeyConstraint(["to_snapshot"], ["snapshot.number"], name="fk_part_to_snapshot_snapshot"),
        sa.CheckConstraint("dataset IN ('measurements', 'aggregates')", name="ck_part_dataset"),
    )


def _create_counts(name: str, what: str) -> None:
    op.create_table(
        name,
        sa.Column("delivery", sa.String(16)),
        sa.Column(what, sa.String(200)),
        sa.Column("count", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("delivery", what, name=f"pk_{name}"),
        sa.ForeignKeyConstraint(["delivery"], ["delivery.id"], name=f"fk_{name}_delivery_delivery"),
    )


def downgrade() -> None:
    op.drop_index("ix_reject_delivery", "reject")
    for name in ("reject", "flag_count", "unused_count", "reject_count", "part", "delivery", "snapshot"):
        op.drop_table(name)
