"""Writes the raw deliveries that are cut from real files, and one workbook: run by hand, as make_fixtures.py.

The other fixtures of these sources are short texts that were written as they stand.
"""

import csv
import datetime as dt
import gzip
import json
from pathlib import Path
from typing import Any

import xlsxwriter

HERE = Path(__file__).parent / "fixtures"
RAW = Path(__file__).parents[3] / "shared" / "data"


def drive_test() -> None:
    """Some samples of GSM and of LTE; of one of LTE three versions that nobody can use."""
    gsm, lte = _features(0, [0, 700, 1300]), _features(3, [0, 1, 500, 1000])
    line, silent, unmapped = (json.loads(json.dumps(lte[2])) for _ in range(3))
    line["geometry"] = {"type": "LineString", "coordinates": [[10, 53], [10.1, 53]]}
    del silent["properties"]["rsrp"]
    unmapped["properties"]["tech"] = "Nr"
    for place, feature in enumerate((line, silent, unmapped), 1):
        feature["properties"]["timestamp"] += place
    folder = HERE / "drive-test"
    (folder / "gsm.geojson").write_text(_collection(gsm))
    packed = gzip.compress(_collection([*lte, line, silent, unmapped]).encode(), mtime=0)
    (folder / "lte.geojson.gz").write_bytes(packed)


def _features(number: int, places: list[int]) -> list[Any]:
    name = f"geojson_record_1631520957590_cellular_{number}.geojson.gz"
    features = json.loads(gzip.decompress((RAW / "de-haw-drivetest" / name).read_bytes()))["features"]
    return [features[place] for place in places]


def _collection(features: list[Any]) -> str:
    return json.dumps({"features": features, "type": "FeatureCollection"})


def netrics() -> None:
    """The first row of each combination of tools, in each home."""
    packed = (RAW / "us-netrics-two-lines" / "tale_of_two_gigs_netrics.csv.gz").read_bytes()
    header, *rows = csv.reader(gzip.decompress(packed).decode().splitlines())
    first = {(row[-1], tuple(map(bool, row[:-1]))): row for row in reversed(rows)}
    with (HERE / "netrics" / "study.csv").open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerows([header, *sorted(first.values(), key=lambda row: (row[-1], row[0]))])


def rtr_workbook() -> None:
    """The first made-up row of the CSV again, as a workbook with numbers."""
    folder = HERE / "rtr-nettest"
    header, *rows = csv.reader((folder / "netztest-opendata-2021-11.csv").read_text().splitlines())
    book = xlsxwriter.Workbook(folder / "netztest-opendata-2021-12.xlsx")
    book.set_properties({"created": dt.datetime(2021, 12, 1)})
    page = book.add_worksheet("data")
    page.write_row(0, 0, header)
    for column, cell in enumerate(rows[1]):
        number = cell.lstrip("-").replace(".", "", 1).isdigit()
        page.write(1, column, float(cell) if number else cell)
    book.close()


if __name__ == "__main__":
    drive_test()
    netrics()
    rtr_workbook()
