"""Quality rules: on one row, on a delivery against what is known, on all rows of a quarter."""
