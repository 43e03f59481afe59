"""Migrations of the control database (Alembic), from an installed package as well as from a checkout."""
