"""One workspace on disk. The only place that knows SQL, Parquet paths and the control database."""
