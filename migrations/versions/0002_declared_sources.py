"""Sources declared without code."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "declared_source",
        sa.Column("name", sa.Text),
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
        sa.PrimaryKeyConstraint("name", name="pk_declared_source"),
    )


def downgrade() -> None:
    op.drop_table("declared_source")
