"""What a landing noticed is kept per landing; deliveries may be kept sealed; levels of what landed.

SQLite changes no constraint in place: the rows step aside, the tables are made anew, the rows come back.
A name that ends in `.sealed` tells a sealed delivery, as this was so before a way down and up again.
On the way down the newest landing of each delivery stays, and two deliveries that differ in the service
they were given only cannot both be kept: the step then fails and changes nothing.
"""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_COUNTED = {"reject_count": "reason", "unused_count": "reason", "flag_count": "flag"}
_CHILDREN = ("reject", *_COUNTED, "part")
_DELIVERY = (
    "id, source, sha256, bytes, file_name, period, path, received_at, licence, state, reason, snapshot"
)
_PART = (
    "path, sha256, bytes, rows, dataset, source, quarter, service, bucket, buckets, delivery, from_snapshot, "
    "to_snapshot"
)
_NOTICED = "layout, rows, accepted, duplicate, rejected, unused, repeated, quarters"
_EXAMPLE = 'reason, line, "column", value'


def upgrade() -> None:
    _set_aside(*_CHILDREN, "delivery")
    _create_delivery(
        _text("service", 6, "as given, or empty"),
        sa.Column("encrypted", sa.Boolean, nullable=False, comment="kept sealed, as it holds personal data"),
        unique=("source", "sha256", "period", "service"),
    )
    _create_landing()
    _create_part(
        *(
            sa.Column(name, sa.String(32), comment="UTC; null: unknown, or aggregates")
            for name in ("first_measured_at", "last_measured_at")
        )
    )
    _bring_back("delivery", _DELIVERY, more={"service": "''", "encrypted": "path LIKE '%.sealed'"})
    _bring_back("part", _PART)
    op.execute(
        f"INSERT INTO landing (delivery, snapshot, {_NOTICED}, pack, code, accepted_because) "
        f"SELECT id, snapshot, {_NOTICED}, '', '', '' FROM old_delivery WHERE state = 'landed'"
    )
    of_landing = "JOIN landing USING (delivery)"
    for name, what in _COUNTED.items():
        _create_counts(name, what, ("delivery", "snapshot"))
        _bring_back(name, f"delivery, snapshot, {what}, count", of_landing)
    _create_reject(("delivery", "snapshot"))
    _bring_back("reject", f"delivery, snapshot, {_EXAMPLE}", of_landing)
    _create_level()
    _drop_old()


def downgrade() -> None:
    op.drop_table("level")
    _set_aside(*_CHILDREN, "landing", "delivery")
    _create_delivery(*_noticed(), unique=("source", "sha256", "period"))
    _create_part()
    newest = "JOIN (SELECT delivery, snapshot FROM old_landing WHERE to_snapshot IS NULL) AS newest"
    noticed = ", ".join(
        f"coalesce({name}, {empty})"
        for name, empty in zip(_NOTICED.split(", "), ("''", *("0",) * 6, "''"), strict=True)
    )
    op.execute(
        f"INSERT INTO delivery ({_named(_DELIVERY)}, {_NOTICED}) "
        f"SELECT {_named(_DELIVERY, 'old_delivery.')}, {noticed} FROM old_delivery "
        "LEFT JOIN old_landing ON old_landing.delivery = old_delivery.id AND to_snapshot IS NULL"
    )
    _bring_back("part", _PART)
    for name, what in _COUNTED.items():
        _create_counts(name, what, ("delivery",))
        _bring_back(name, f"delivery, {what}, count", f"{newest} USING (delivery, snapshot)")
    _create_reject(("delivery",))
    _bring_back("reject", f"delivery, {_EXAMPLE}", f"{newest} USING (delivery, snapshot)")
    _drop_old()


def _set_aside(*names: str) -> None:
    """Rows as they are, without constraints, in a table called `old_…`; children before their parents."""
    for name in names:
        op.execute(f"CREATE TABLE old_{name} AS SELECT * FROM {name}")
        op.drop_table(name)


def _bring_back(name: str, columns: str, join: str = "", more: dict[str, str] | None = None) -> None:
    into = ", ".join((columns, *(more or {})))
    values = ", ".join((columns, *(more or {}).values()))
    op.execute(f"INSERT INTO {name} ({into}) SELECT {values} FROM old_{name} {join}")


def _drop_old() -> None:
    for name in sa.inspect(op.get_bind()).get_table_names():
        if name.startswith("old_"):
            op.drop_table(name)


def _named(columns: str, prefix: str = "") -> str:
    return ", ".join(prefix + name for name in columns.split(", "))


def _text(name: str, length: int, comment: str | None = None) -> sa.Column[str]:
    return sa.Column(name, sa.String(length), nullable=False, comment=comment)


def _noticed() -> Iterable[sa.Column[Any]]:
    rows = "accepted + duplicate + rejected + unused"
    return (
        sa.Column("layout", sa.Text, nullable=False, comment="the declared layout that read it"),
        sa.Column("rows", sa.BigInteger, nullable=False, comment=rows),
        sa.Column("accepted", sa.BigInteger, nullable=False),
        sa.Column("duplicate", sa.BigInteger, nullable=False, comment="rows that were there already"),
        sa.Column("rejected", sa.BigInteger, nullable=False),
        sa.Column("unused", sa.BigInteger, nullable=False),
        sa.Column(
            "repeated", sa.BigInteger, nullable=False, comment="landed rows whose id occurs more than once"
        ),
        sa.Column("quarters", sa.Text, nullable=False, comment="that it brought rows for, `;` between"),
    )


def _create_delivery(*more: sa.Column[Any], unique: tuple[str, ...]) -> None:
    op.create_table(
        "delivery",
        _text("id", 16, f"from {', '.join(unique[:-1])} and {unique[-1]}"),
        sa.Column("source", sa.Text, nullable=False),
        _text("sha256", 64, "of the bytes as received"),
        sa.Column("bytes", sa.BigInteger, nullable=False, comment="as received"),
        sa.Column("file_name", sa.Text, nullable=False, comment="as given"),
        sa.Column("period", sa.Text, nullable=False, comment="as given, or empty"),
        sa.Column("path", sa.Text, nullable=False, comment="where it is kept, under the store"),
        _text("received_at", 32),
        sa.Column("licence", sa.Text, nullable=False),
        _text("state", 8),
        sa.Column("reason", sa.Text, nullable=False, comment="why it was stopped"),
        sa.Column("snapshot", sa.Integer, comment="that it first entered"),
        *more,
        sa.PrimaryKeyConstraint("id", name="pk_delivery"),
        sa.ForeignKeyConstraint(["snapshot"], ["snapshot.number"], name="fk_delivery_snapshot_snapshot"),
        sa.UniqueConstraint(*unique, name=f"uq_delivery_{'_'.join(unique)}"),
        sa.CheckConstraint("state IN ('landed', 'stopped')", name="ck_delivery_state"),
        sa.CheckConstraint(
            "(state = 'landed') = (snapshot IS NOT NULL)", name="ck_delivery_landed_has_snapshot"
        ),
    )


def _create_landing() -> None:
    op.create_table(
        "landing",
        _text("delivery", 16),
        sa.Column("snapshot", sa.Integer, nullable=False, comment="that it made"),
        sa.Column("to_snapshot", sa.Integer, comment="first without it"),
        *_noticed(),
        sa.Column("pack", sa.Text, nullable=False, comment="digest of the country pack, empty when unknown"),
        sa.Column("code", sa.Text, nullable=False, comment="version of the program, empty when unknown"),
        sa.Column("accepted_because", sa.Text, nullable=False, comment="a person's reason, empty when none"),
        sa.PrimaryKeyConstraint("delivery", "snapshot", name="pk_landing"),
        sa.ForeignKeyConstraint(["delivery"], ["delivery.id"], name="fk_landing_delivery_delivery"),
        sa.ForeignKeyConstraint(["snapshot"], ["snapshot.number"], name="fk_landing_snapshot_snapshot"),
        sa.ForeignKeyConstraint(["to_snapshot"], ["snapshot.number"], name="fk_landing_to_snapshot_snapshot"),
        comment="a delivery with one program and one pack; landed again, the older landing ends",
    )


def _create_part(*more: sa.Column[Any]) -> None:
    op.create_table(
        "part",
        sa.Column("path", sa.Text, comment="under the store"),
        _text("sha256", 64),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        sa.Column("rows", sa.BigInteger, nullable=False),
        _text("dataset", 16),
        sa.Column("source", sa.Text, comment="null: merged from several"),
        _text("quarter", 6),
        _text("service", 6),
        sa.Column("bucket", sa.Integer, nullable=False),
        sa.Column(
            "buckets", sa.Integer, nullable=False, comment="of the quarter and service, a power of two"
        ),
        sa.Column("delivery", sa.String(16), comment="null: merged from several"),
        sa.Column("from_snapshot", sa.Integer, nullable=False),
        sa.Column("to_snapshot", sa.Integer, comment="first without it"),
        *more,
        sa.PrimaryKeyConstraint("path", name="pk_part"),
        sa.ForeignKeyConstraint(["delivery"], ["delivery.id"], name="fk_part_delivery_delivery"),
        sa.ForeignKeyConstraint(
            ["from_snapshot"], ["snapshot.number"], name="fk_part_from_snapshot_snapshot"
        ),
        sa.ForeignKeyConstraint(["to_snapshot"], ["snapshot.number"], name="fk_part_to_snapshot_snapshot"),
        sa.CheckConstraint("dataset IN ('measurements', 'aggregates')", name="ck_part_dataset"),
    )


def _of_parent(key: tuple[str, ...]) -> tuple[sa.Column[Any], ...]:
    kinds: dict[str, Any] = {"delivery": sa.String(16), "snapshot": sa.Integer()}
    return tuple(sa.Column(name, kinds[name], nullable=False) for name in key)


def _to_parent(name: str, key: tuple[str, ...]) -> sa.ForeignKeyConstraint:
    parent, parent_key = ("landing", key) if "snapshot" in key else ("delivery", ("id",))
    return sa.ForeignKeyConstraint(
        key, [f"{parent}.{column}" for column in parent_key], name=f"fk_{name}_delivery_{parent}"
    )


def _create_counts(name: str, what: str, key: tuple[str, ...]) -> None:
    op.create_table(
        name,
        *_of_parent(key),
        _text(what, 200),
        sa.Column("count", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint(*key, what, name=f"pk_{name}"),
        _to_parent(name, key),
    )


def _create_reject(key: tuple[str, ...]) -> None:
    op.create_table(
        "reject",
        *_of_parent(key),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("line", sa.BigInteger),
        sa.Column("column", sa.Text),
        sa.Column("value", sa.Text, comment="never an address, a position or a subject"),
        _to_parent("reject", key),
        comment="examples, a thousand of each reason at most; all are counted in reject_count",
    )
    op.create_index(f"ix_reject_{'_'.join(key)}", "reject", list(key))


def _create_level() -> None:
    op.create_table(
        "level",
        *_of_parent(("delivery", "snapshot")),
        _text("quarter", 6),
        _text("service", 6),
        _text("technology", 16, "empty when not said"),
        _text("operator", 64, "empty when not resolved"),
        _text("metric", 32),
        sa.Column("n", sa.BigInteger, nullable=False, comment="measurements above zero"),
        sa.Column("mean_log", sa.Double, nullable=False, comment="mean of their natural logarithms"),
        sa.Column("sd_log", sa.Double, nullable=False, comment="standard deviation of the same"),
        sa.PrimaryKeyConstraint(
            *("delivery", "snapshot", "quarter", "service", "technology", "operator", "metric"),
            name="pk_level",
        ),
        _to_parent("level", ("delivery", "snapshot")),
        comment="how high a landing's values are: a later delivery in another unit stands out against it",
    )
