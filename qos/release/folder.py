"""The files of a release or draft folder: written the same way twice, read back as they were."""

import json
import shutil
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from qos.domain.errors import NotFound, QosError
from qos.domain.tables import CELLS, ESTIMATES, RANKS, Table

_ARROW = {"text": pa.string(), "number": pa.float64(), "integer": pa.int64(), "boolean": pa.bool_()}
_PANDAS = {"text": "object", "number": "float64", "integer": "Int64", "boolean": "boolean"}
TWO_FORMS = (ESTIMATES, RANKS)
"""Tables that exist as CSV and Parquet; cells exist as Parquet only, the others as CSV only."""


@dataclass(frozen=True)
class Folder:
    """Everything of a release but its pages, before hashes."""

    release: Mapping[str, Any]
    """`release.json` without the hashes of the files."""
    tables: Mapping[str, pd.DataFrame]
    gamma: pd.DataFrame
    model: Mapping[str, Any]
    edition: Mapping[str, bytes]


def write_tables(folder: Folder, to: Path, tables: tuple[Table, ...]) -> None:
    """Writes the folder afresh beside `to` and puts it in its place in one step."""
    staging = to.with_name(to.name + ".writing")
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir(parents=True)
    for table in (*tables, CELLS):
        frame = conform(folder.tables[table.name], table)
        if table is not CELLS:
            write_csv(frame, staging / f"{table.name}.csv")
        if table in TWO_FORMS or table is CELLS:
            write_parquet(frame, table, staging / f"{table.name}.parquet")
    pq.write_table(pa.Table.from_pandas(folder.gamma, preserve_index=False), staging / "gamma.parquet")
    write_json(folder.model, staging / "model.json")
    for name, content in folder.edition.items():
        path = staging / "edition" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    write_json(folder.release, staging / "release.json")
    old = to.with_name(to.name + ".old")
    shutil.rmtree(old, ignore_errors=True)
    if to.exists():
        to.rename(old)
    staging.rename(to)
    shutil.rmtree(old, ignore_errors=True)


def conform(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    """The frame with exactly the columns and types of the table, sorted by its key."""
    if missing := [column for column in table.columns if column not in frame]:
        raise ValueError(f"{table.name}: columns missing: {missing}")
    frame = _typed(frame[table.columns], table)
    return frame.sort_values(list(table.key), ignore_index=True)


def write_csv(frame: pd.DataFrame, path: Path) -> None:
    """Numbers unrounded with a point, null empty, true and false in lower case."""
    written = frame.copy()
    for name in written.columns[written.dtypes == "boolean"]:
        written[name] = written[name].map({True: "true", False: "false"}, na_action="ignore")
    written.to_csv(path, index=False, lineterminator="\n", encoding="utf-8")


def write_parquet(frame: pd.DataFrame, table: Table, path: Path) -> None:
    schema = pa.schema([(field.name, _ARROW[field.type]) for field in table.fields])
    pq.write_table(pa.Table.from_pandas(frame, schema=schema, preserve_index=False), path, compression="zstd")


def write_json(content: Mapping[str, Any], path: Path) -> None:
    """Canonical JSON: sorted keys, no spaces, UTF-8, one line."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")


def read_release(folder: Path) -> dict[str, Any]:
    """`release.json` of a folder. Raises NotFound, QosError for one that cannot be read."""
    path = folder / "release.json"
    if not path.is_file():
        raise NotFound(f"{folder}: no release.json here", next_command="qos run QUARTER")
    return read_json(path)


def read_table(folder: Path, table: Table) -> pd.DataFrame:
    """One table as it was written, typed as declared; from Parquet where there is that. Raises NotFound."""
    parquet, csv = folder / f"{table.name}.parquet", folder / f"{table.name}.csv"
    if parquet.is_file():
        return _typed(pq.read_table(parquet).to_pandas(), table)
    if csv.is_file():
        return _typed(_read_csv(csv, table), table)
    raise NotFound(f"{folder}: no table {table.name} here")


def forms_apart(folder: Path, table: Table) -> list[tuple[str, ...]]:
    """Keys of the rows that the CSV and the Parquet file of a table do not hold alike, to the last digit."""
    csv, parquet = (
        Counter(frame.astype(object).where(frame.notna(), None).itertuples(index=False, name=None))
        for frame in (
            _typed(_read_csv(folder / f"{table.name}.csv", table), table),
            read_table(folder, table),
        )
    )
    at = [table.columns.index(name) for name in table.key]
    return sorted({tuple(str(row[i]) for i in at) for row in (csv - parquet) + (parquet - csv)})


def _read_csv(path: Path, table: Table) -> pd.DataFrame:
    text = {field.name: "object" for field in table.fields if field.type == "text"}
    return pd.read_csv(path, dtype=text, keep_default_na=False, na_values=[""])


def _typed(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    """Texts with None for null, however a reader spells it; an empty text is one."""
    typed: pd.DataFrame = frame.astype({field.name: _PANDAS[field.type] for field in table.fields})
    for field in table.fields:
        if field.type == "text":
            typed[field.name] = typed[field.name].where(
                typed[field.name].notna() & (typed[field.name] != ""), None
            )
    return typed


def read_json(path: Path) -> dict[str, Any]:
    """Raises QosError for a file that does not hold one JSON object."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as fault:
        content, why = None, str(fault)
    else:
        why = "not an object"
    if not isinstance(content, dict):
        raise QosError(f"{path}: {why}", next_command=f"qos verify {path.parent}")
    return content
