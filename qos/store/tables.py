"""The control database: what was delivered, which files hold it, and what was noticed.

Times are text, ISO 8601 in UTC with microseconds, which sorts as time does on every database.
"""

import sqlalchemy as sa

REVISION = "0003"
"""The revision of `migrations/` that these tables equal."""

METADATA = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

SNAPSHOT = sa.Table(
    "snapshot",
    METADATA,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("created_at", sa.String(32), nullable=False),
    sa.Column("digest", sa.String(64), nullable=False, comment="of the deliveries landed in it"),
    sa.Column("reason", sa.Text, nullable=False),
)

DELIVERY = sa.Table(
    "delivery",
    METADATA,
    sa.Column("id", sa.String(16), primary_key=True, comment="from source, sha256, period and service"),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False, comment="of the bytes as received"),
    sa.Column("bytes", sa.BigInteger, nullable=False, comment="as received"),
    sa.Column("file_name", sa.Text, nullable=False, comment="as given"),
    sa.Column("period", sa.Text, nullable=False, comment="as given, or empty"),
    sa.Column("service", sa.String(6), nullable=False, comment="as given, or empty"),
    sa.Column("path", sa.Text, nullable=False, comment="where it is kept, under the store"),
    sa.Column("encrypted", sa.Boolean, nullable=False, comment="kept sealed, as it holds personal data"),
    sa.Column("received_at", sa.String(32), nullable=False),
    sa.Column("licence", sa.Text, nullable=False),
    sa.Column("state", sa.String(8), nullable=False),
    sa.Column("reason", sa.Text, nullable=False, comment="why it was stopped"),
    sa.Column("snapshot", sa.Integer, sa.ForeignKey("snapshot.number"), comment="that it first entered"),
    sa.UniqueConstraint("source", "sha256", "period", "service"),
    sa.CheckConstraint("state IN ('landed', 'stopped')", name="state"),
    sa.CheckConstraint("(state = 'landed') = (snapshot IS NOT NULL)", name="landed_has_snapshot"),
)

LANDING = sa.Table(
    "landing",
    METADATA,
    sa.Column("delivery", sa.String(16), sa.ForeignKey("delivery.id"), primary_key=True),
    sa.Column(
        "snapshot", sa.Integer, sa.ForeignKey("snapshot.number"), primary_key=True, comment="that it made"
    ),
    sa.Column("to_snapshot", sa.Integer, sa.ForeignKey("snapshot.number"), comment="first without it"),
    sa.Column("layout", sa.Text, nullable=False, comment="the declared layout that read it"),
    sa.Column("rows", sa.BigInteger, nullable=False, comment="accepted + duplicate + rejected + unused"),
    sa.Column("accepted", sa.BigInteger, nullable=False),
    sa.Column("duplicate", sa.BigInteger, nullable=False, comment="rows that were there already"),
    sa.Column("rejected", sa.BigInteger, nullable=False),
    sa.Column("unused", sa.BigInteger, nullable=False),
    sa.Column(
        "repeated", sa.BigInteger, nullable=False, comment="landed rows whose id occurs more than once"
    ),
    sa.Column("quarters", sa.Text, nullable=False, comment="that it brought rows for, `;` between"),
    sa.Column("pack", sa.Text, nullable=False, comment="digest of the country pack, empty when unknown"),
    sa.Column("code", sa.Text, nullable=False, comment="version of the program, empty when unknown"),
    sa.Column("accepted_because", sa.Text, nullable=False, comment="a person's reason, empty when none"),
    comment="a delivery with one program and one pack; landed again, the older landing ends",
)

PART = sa.Table(
    "part",
    METADATA,
    sa.Column("path", sa.Text, primary_key=True, comment="under the store"),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("bytes", sa.BigInteger, nullable=False),
    sa.Column("rows", sa.BigInteger, nullable=False),
    sa.Column("dataset", sa.String(16), nullable=False),
    sa.Column("source", sa.Text, comment="null: merged from several"),
    sa.Column("quarter", sa.String(6), nullable=False),
    sa.Column("service", sa.String(6), nullable=False),
    sa.Column("bucket", sa.Integer, nullable=False),
    sa.Column("buckets", sa.Integer, nullable=False, comment="of the quarter and service, a power of two"),
    sa.Column("delivery", sa.String(16), sa.ForeignKey("delivery.id"), comment="null: merged from several"),
    sa.Column("from_snapshot", sa.Integer, sa.ForeignKey("snapshot.number"), nullable=False),
    sa.Column("to_snapshot", sa.Integer, sa.ForeignKey("snapshot.number"), comment="first without it"),
    sa.Column("first_measured_at", sa.String(32), comment="UTC; null: unknown, or aggregates"),
    sa.Column("last_measured_at", sa.String(32), comment="UTC; null: unknown, or aggregates"),
    sa.CheckConstraint("dataset IN ('measurements', 'aggregates')", name="dataset"),
)


def _of_landing(name: str, *columns: sa.schema.SchemaItem, comment: str | None = None) -> sa.Table:
    """A table of what one landing noticed."""
    return sa.Table(
        name,
        METADATA,
        sa.Column("delivery", sa.String(16), nullable=False),
        sa.Column("snapshot", sa.Integer, nullable=False),
        *columns,
        sa.ForeignKeyConstraint(["delivery", "snapshot"], ["landing.delivery", "landing.snapshot"]),
        comment=comment,
    )


def _counts(name: str, what: str) -> sa.Table:
    return _of_landing(
        name,
        sa.Column(what, sa.String(200), nullable=False),
        sa.Column("count", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("delivery", "snapshot", what),
    )


REJECT_COUNT = _counts("reject_count", "reason")
UNUSED_COUNT = _counts("unused_count", "reason")
FLAG_COUNT = _counts("flag_count", "flag")

REJECT = _of_landing(
    "reject",
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("line", sa.BigInteger),
    sa.Column("column", sa.Text),
    sa.Column("value", sa.Text, comment="never an address, a position or a subject"),
    sa.Index(None, "delivery", "snapshot"),
    comment="examples, a thousand of each reason at most; all are counted in reject_count",
)

LEVEL = _of_landing(
    "level",
    sa.Column("quarter", sa.String(6), nullable=False),
    sa.Column("service", sa.String(6), nullable=False),
    sa.Column("technology", sa.String(16), nullable=False, comment="empty when not said"),
    sa.Column("operator", sa.String(64), nullable=False, comment="empty when not resolved"),
    sa.Column("metric", sa.String(32), nullable=False),
    sa.Column("n", sa.BigInteger, nullable=False, comment="measurements above zero"),
    sa.Column("mean_log", sa.Double, nullable=False, comment="mean of their natural logarithms"),
    sa.Column("sd_log", sa.Double, nullable=False, comment="standard deviation of the same"),
    sa.PrimaryKeyConstraint("delivery", "snapshot", "quarter", "service", "technology", "operator", "metric"),
    comment="how high a landing's values are: a later delivery in another unit stands out against it",
)

DECLARED_SOURCE = sa.Table(
    "declared_source",
    METADATA,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column(
        "like", sa.Text, nullable=False, comment="canonical or canonical-aggregates, or another source"
    ),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("kin", sa.Text, nullable=False),
    sa.Column("reference", sa.Boolean, nullable=False),
    sa.Column("bias_prior", sa.Double),
    sa.Column("licence", sa.Text, nullable=False),
    sa.Column("notice", sa.Text, nullable=False),
    sa.Column("url", sa.Text, nullable=False),
)
