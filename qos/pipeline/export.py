"""Tables for other programs: CSV, Parquet, XLSX."""

from pathlib import Path

import pandas as pd

from qos.domain.errors import NotFound, UsageFault
from qos.domain.quarter import Quarter
from qos.domain.tables import CELLS, RELEASE_TABLES
from qos.pipeline.explain import folder_of
from qos.release import read_table
from qos.release.folder import write_csv
from qos.store.views import open_snapshot
from qos.store.workspace import Workspace

_TABLES = {table.name: table for table in (*RELEASE_TABLES, CELLS)}
_FORMATS = (".csv", ".parquet", ".xlsx")


def export_tables(workspace: Workspace, release: str, table: str, to: Path) -> int:
    """One table of a draft or release, or `all` of them as sheets of an .xlsx; returns the rows written.

    Raises NotFound for a table that does not exist, UsageFault for another ending.
    """
    folder, suffix = folder_of(workspace, release), _suffix(to)
    if table == "all":
        if suffix != ".xlsx":
            raise UsageFault(
                "all tables fit only in one .xlsx",
                next_command=f"qos export {release} --table all --to f.xlsx",
            )
        frames = {name: read_table(folder, found) for name, found in _TABLES.items()}
    elif table in _TABLES:
        frames = {table: read_table(folder, _TABLES[table])}
    else:
        raise NotFound(f"no table {table!r}; there are: {', '.join(_TABLES)}, all")
    return _write(frames, to, suffix)


def export_measurements(workspace: Workspace, quarter: str, to: Path) -> int:
    """The landed measurements of a quarter as CSV or Parquet, by column, never as a whole in memory."""
    suffix = _suffix(to)
    if suffix == ".xlsx":
        raise UsageFault(
            "measurements are exported as .csv or .parquet",
            next_command=f"qos export {quarter} --measurements --to f.parquet",
        )
    try:
        when = Quarter.parse(quarter.split("-")[0])
    except ValueError as fault:
        raise UsageFault(str(fault), next_command="qos export --help") from fault
    form = "FORMAT parquet, COMPRESSION zstd" if suffix == ".parquet" else "FORMAT csv, HEADER"
    target = str(to).replace("'", "''")
    chosen = f"SELECT * FROM measurement WHERE quarter = '{when}' ORDER BY source, measurement_id, delivery"
    with open_snapshot(workspace) as snapshot:
        rows = snapshot.connection.execute(f"COPY ({chosen}) TO '{target}' ({form})").fetchall()
    return int(rows[0][0])


def _suffix(to: Path) -> str:
    if to.suffix not in _FORMATS:
        raise UsageFault(f"{to}: the name must end in {', '.join(_FORMATS)}")
    return to.suffix


def _write(frames: dict[str, pd.DataFrame], to: Path, suffix: str) -> int:
    if suffix == ".xlsx":
        _write_xlsx(frames, to)
    else:
        (frame,) = frames.values()
        write_csv(frame, to) if suffix == ".csv" else frame.to_parquet(to, index=False, compression="zstd")
    return sum(map(len, frames.values()))


def _write_xlsx(frames: dict[str, pd.DataFrame], to: Path) -> None:
    """A sheet per table, in constant memory. Text that a spreadsheet would take for a formula stays text."""
    import xlsxwriter

    with xlsxwriter.Workbook(str(to), {"constant_memory": True, "strings_to_formulas": False}) as book:
        for name, frame in frames.items():
            sheet = book.add_worksheet(name[:31])
            for column, title in enumerate(frame.columns):
                sheet.write_string(0, column, title)
            for row, values in enumerate(frame.itertuples(index=False), start=1):
                for column, value in enumerate(values):
                    if pd.isna(value):
                        continue
                    if isinstance(value, str):
                        sheet.write_string(row, column, value)
                    elif isinstance(value, bool):
                        sheet.write_boolean(row, column, value)
                    else:
                        sheet.write_number(row, column, float(value))
