"""Writes the raw deliveries under `fixtures/`: run by hand, from the raw data beside the repository.

Ofcom and Ookla: lines cut from the real files (their licences allow it, see the READMEs there). CRC:
the real layouts with made-up numbers, since those data state no licence. The others are made up whole.
"""

import csv
import datetime as dt
import gzip
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import python_calamine
import xlsxwriter

HERE = Path(__file__).parent / "fixtures"
RAW = Path(__file__).parents[3] / "shared" / "data"


def ofcom() -> None:
    """Some lines of each wave: other spellings, no weight, weight 0, no region, a loaded latency of 0."""
    raw, target = RAW / "uk-ofcom-panel", HERE / "ofcom-panel"
    waves = {
        "2014.csv": ("broadband2014.from-rda.csv", [1, 2, 3, 400, 1200]),
        "2019.csv": ("broadband_data_february_2019.csv", [1, 2, 700, 1500]),
        "2021.csv": ("broadband_performance_2021.csv", [1, 2, 900, 1700]),
    }
    for name, (file, places) in waves.items():
        lines = (raw / file).read_bytes().splitlines(keepends=True)
        chosen = [lines[0], *(lines[i] for i in places)]
        if name == "2021.csv":
            chosen += _first_of_2021(lines)
        (target / name).write_bytes(b"".join(chosen))
    book = python_calamine.CalamineWorkbook.from_path(raw / "panellist-data-march-23.xlsm")
    rows = book.get_sheet_by_index(0).to_python()
    _workbook(target / "2023.xlsx", book.sheet_names[0], [rows[i] for i in (0, 1, 3, 18, 500, 2000)])


def _first_of_2021(lines: list[bytes]) -> list[bytes]:
    """The first line with weight 0, without a region, and with a loaded latency of 0."""
    records = list(csv.DictReader(line.decode() for line in lines))
    wanted = [("national_weight", "0"), ("Region", ""), ("mean_ping_ms_with_downstream_load", "0")]
    found = [next(i for i, r in enumerate(records) if r[column] == value) for column, value in wanted]
    return [lines[i + 1] for i in found]


def _workbook(path: Path, sheet: str, rows: list[list[object]]) -> None:
    book = xlsxwriter.Workbook(path)
    book.set_properties({"created": dt.datetime(2023, 3, 1)})
    page = book.add_worksheet(sheet[:31])
    for i, row in enumerate(rows):
        for j, cell in enumerate(row):
            if cell != "":
                page.write(i, j, cell)
    book.close()


def ookla_nuts() -> None:
    raw, target = RAW / "eu-ookla-nuts", HERE / "ookla-nuts"
    for level, ids in ((0, ("AL", "UK")), (2, ("UKC1", "ES11")), (3, ("UKC11", "UKC12", "NO0B1"))):
        lines = (raw / f"nuts_{level}" / f"nuts_{level}_2021_1.csv").read_text().splitlines(keepends=True)
        chosen = [line for line in lines if line.split(",")[0] in ("id", *ids)]
        if level == 0:
            chosen.append("BIH,Bosna i Hercegovina,2021-01-01,30.1,7.5,\n")  # as in later quarters
        (target / f"nuts_{level}.csv").write_text("".join(chosen))


def crc_header(who: str, latency: str) -> list[str]:
    return [
        *("Provider", "Location", "Device", "Aggregate Date", "Test Count", "Sample Count", "Platform"),
        *("Technology Type", "Metric Type", who, latency),
        *("Download Speed", "Upload Speed", "Download Speed Mbps", "Upload Speed Mbps"),
    ]


def crc_row(
    provider: str, place: str, month: str, *, kind: str, n: int | None, edition: str = "mean"
) -> list[str]:
    """A row of made-up numbers that grow with n; n None is a cell without a test."""
    platform, technology = ("N/A", "cellular") if kind == "mobile" else ("all", "N/A")
    if kind in ("3g", "ethernet"):
        platform, technology = ("N/A", "3g") if kind == "3g" else ("ethernet", "N/A")
    if n is None:
        return [provider, place, "", month, "", "", platform, technology, edition, *[""] * 6]
    down, up = 1000 * n + 37, 100 * n + 11
    figures = [str(n), str(20 + n), str(down), str(up), f"{down / 1000:.2f}", f"{up / 1000:.2f}"]
    return [provider, place, "", month, str(3 * n), str(n), platform, technology, edition, *figures]


def crc() -> None:
    target = HERE / "crc-speedtest"
    mobile = [
        crc_row("Claro", "Antioquia, Colombia", "Jan 2018", kind="mobile", n=30),
        crc_row("ETB", "Narino, Colombia", "feb-18", kind="mobile", n=2),
        crc_row("WOM", "San Andrés and Providencia, Colombia", "may-18", kind="mobile", n=None),
        crc_row("All Providers Combined", "Antioquia, Colombia", "Jan 2018", kind="mobile", n=90),
        crc_row("Claro", "Cali, Cali, Valle del Cauca, Colombia", "Jan 2018", kind="mobile", n=9),
        crc_row("Claro", "Colombia", "2018", kind="mobile", n=99),
        crc_row("Claro", "Colombia", "Jan 2018", kind="3g", n=9),
        crc_row("Claro", "Antioquia, Colombia", "enero", kind="mobile", n=9),
    ]
    _write(target / "mobile-mean.csv", crc_header("Device Count", "Latency"), mobile, ",", "utf-8-sig")
    median = [[*row[:8], "median", *row[9:]] for row in mobile[:3]]
    _write(
        target / "mobile-median.csv", crc_header("Device Count", "Minimum Latency"), [*median, median[0]], ";"
    )
    fixed = [
        crc_row("Tigo", "Bogota, Colombia", "Dec 2021", kind="fixed", n=40),
        crc_row("EMCALI", "Caquetá, Colombia", "ago-21", kind="fixed", n=5),
        crc_row("All providers combined", "Bogota, Colombia", "Dec 2021", kind="fixed", n=80),
        crc_row("Tigo", "Bogota, Colombia", "Dec 2021", kind="ethernet", n=4),
        [""] * 15,
    ]
    header = crc_header("User Count", "Latency")
    _write(target / "fixed-mean.csv", header, fixed, ";", "cp1252")
    nation = crc_row("ETB", "Colombia", "Jan 2018", kind="fixed", n=8)
    nation[-2] = nation[-2].replace(".", ",")  # one real file has a decimal comma there
    _write(target / "fixed-nation.csv", header, [nation], ";")
    without = [[cell for i, cell in enumerate(row) if i != 2] for row in (header, nation)]
    _write(target / "fixed-nation-without-device.csv", without[0], [without[1]], ",", "utf-8")
    _crc_other(target)


def _crc_other(target: Path) -> None:
    shares = [f"{name} {unit}" for unit in ("(%)", "Sample Count") for name in (
        "5G", "5G Roaming", "4G", "4G Roaming", "3G", "3G Roaming", "2G", "2G Roaming", "No Coverage",
    )]  # fmt: skip
    totals = ["Total Sample Count", "Total Device Count", "Total Scan Count"]
    coverage = ["2021", "Tigo", "Colombia", *["11"] * 21]
    _write(
        target / "coverage.csv", ["Aggregate Date", "Provider", "Location", *shares, *totals], [coverage], ","
    )
    names = (
        "place_name aggregate_date isp_name total_samples consistency_broadband consistency_ultra_broadband"
    )
    _write(
        target / "consistency.csv",
        names.split(" "),
        [["Arauca", "2019-01-01T00:00:00Z", "Tigo", "2", "0", "0"]],
        ",",
    )


def _write(
    path: Path, header: list[str], rows: list[list[str]], separator: str, encoding: str = "utf-8-sig"
) -> None:
    """Tables with `;` quote nothing, as upstream."""
    with path.open("w", encoding=encoding, newline="") as file:
        if separator == ";":
            file.writelines(";".join(row) + "\r\n" for row in [header, *rows])
        else:
            csv.writer(file, lineterminator="\r\n").writerows([header, *rows])


def canonical() -> None:
    target = HERE / "canonical"
    (target / "rows.csv").write_text(
        "measurement_id,measured_at,service,source,operator,region_name,technology,download_mbps,latency_ms\n"
        "a1,2026-07-01T08:00:00+07:00,mobile,canonical,viettel,Hà Nội,4g,55.2,21\n"
        "a2,2026-07-01T08:05:00+07:00,mobile,,vinaphone,Huế,5g-sa,,\n"
        "a3,2026-07-01T08:10:00,mobile,,viettel,Hà Nội,4g,50,20\n"
        "a4,2026-07-01T08:15:00+07:00,mobile,somebody-else,viettel,Hà Nội,4g,50,20\n"
        "a5,2026-07-01T08:20:00+07:00,mobile,,viettel,Hà Nội,6g,50,20\n"
        "a6,2026-07-01T08:25:00+07:00,mobile,,viettel,Hà Nội,4g,-1,20\n"
    )
    lines = [
        {"measurement_id": "b1", "measured_at": "2026-07-02T00:00:00Z", "service": "fixed",
         "subject": "s1", "ip": "203.0.113.9", "latitude": 21.03, "longitude": 105.85,
         "completed": 1, "server_on_net": True},
        {"measurement_id": "b2", "measured_at": "2026-07-02T00:00:00Z", "service": "fixed", "latitude": 210},
    ]  # fmt: skip
    text = "\n".join([json.dumps(lines[0]), '{"measurement_id": "b0",', json.dumps(lines[1])])
    (target / "rows.ndjson.gz").write_bytes(gzip.compress(text.encode(), mtime=0))
    at = pa.array([dt.datetime(2026, 7, 3, tzinfo=dt.UTC)], pa.timestamp("ms", tz="UTC"))
    columns = {"measurement_id": ["c1"], "measured_at": at, "service": ["mobile"], "weight": [0.5]}
    pq.write_table(pa.table(columns), target / "rows.parquet")


def figures() -> None:
    (HERE / "canonical-aggregates" / "cells.csv").write_text(
        "period,service,technology,operator,region,metric,statistic,value,n_subjects,std_error,scale\n"
        "2026Q3,mobile,,viettel,nation,download_mbps,median,52.1,1200,0.02,log\n"
        "2026-07,fixed,ftth,,gso34:01,latency_ms,p90,18,,,\n"
        "2026-01-01/2026-07-01,mobile,5g,vinaphone,,download_mbps,unknown,310.5,,,\n"
        "2026Q5,mobile,,viettel,nation,download_mbps,median,52,,,\n"
        "2026Q3,mobile,,viettel,nation,download_mbps,average,52,,,\n"
        "2026Q3,mobile,,viettel,nation,download_mbps,median,52,,0,\n"
        "2026Q3,mobile,,viettel,nation,loss_ratio,mean,1.5,,,\n"
    )
    (HERE / "published" / "figures.csv").write_text(
        "publisher,period,service,technology,operator,metric,statistic,value,citation\n"
        'Example Labs,2025-01-01/2025-07-01,mobile,5g,viettel,download_mbps,unknown,400.5,"Report, p. 3"\n'
        "Example Labs,2025Q1,mobile,5g,viettel,download_mbps,unknown,400.5,\n"
        ",2025Q1,mobile,5g,viettel,download_mbps,unknown,400.5,Report\n"
    )


if __name__ == "__main__":
    for name in (
        "ofcom-panel",
        "ookla-nuts",
        "crc-speedtest",
        "canonical",
        "canonical-aggregates",
        "published",
    ):
        (HERE / name).mkdir(parents=True, exist_ok=True)
    ofcom()
    ookla_nuts()
    crc()
    canonical()
    figures()
