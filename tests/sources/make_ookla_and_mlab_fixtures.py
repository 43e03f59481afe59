"""Writes the raw deliveries of ookla-cli, ookla-tiles, ookla-national, mlab-iqb and mlab-unified under
`fixtures/`: run by hand, from the raw data beside the repository. Each folder's README says what is real.
"""

import csv
import gzip
import json
import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

HERE = Path(__file__).parent / "fixtures"
RAW = Path(__file__).parents[3] / "shared" / "data"


def ookla_cli() -> None:
    target = HERE / "ookla-cli"
    samples = RAW / "samples-native" / "ookla-cli"
    for name, sample in (
        ("error.json", "sample1.ResultFactory.json"),
        ("result.json", "sample2.ResultFactory.json"),
        ("result-without-loss.json", "sample3.MetricsEndpointTest.json"),
    ):
        shutil.copyfile(samples / sample, target / name)
    run = measured_run()
    _write_json(target / "run.json", run)
    _write_json(target / "array.json", [run, {**run, "result": {"persisted": False}}])
    at = {"timestamp": "2026-08-08T19:34:05Z"}
    lines = [
        {"type": "testStart", **at, "isp": "Example Net"},
        {"type": "ping", **at, "ping": {"jitter": 0.256, "latency": 3.8, "progress": 0.4}},
        {"type": "log", **at, "level": "warning", "message": "Latency test failed for an HTTP server"},
        {"type": "download", **at, "download": {"bandwidth": 67151451, "bytes": 511224, "elapsed": 7}},
        {**run, "packetLoss": 1.5, "result": {"id": "00000000-0000-4000-8000-000000000002"}},
        {"type": "log", **at, "level": "error", "message": "Cannot open socket"},
        {"error": "Cannot open socket"},
    ]
    (target / "run.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    error = json.loads((target / "error.json").read_text())
    tracked = [
        {"id": 1, "service": "ookla", "download": 33664374, "status": "completed", "data": run},
        {"id": 2, "service": "ookla", "download": None, "status": "failed", "data": error},
        {"id": 3, "service": "ookla", "download": None, "status": "started", "data": None},
    ]
    _write_json(target / "tracker.json", {"data": tracked, "meta": {"total": 3}})
    _write_json(target / "sivel.json", sivel_run())


def measured_run() -> dict[str, Any]:
    """The figures of a real run (download only), those about a person made up."""
    return {
        "type": "result",
        "timestamp": "2024-12-16T00:52:18Z",
        "ping": {"jitter": 0.829, "latency": 78.662, "low": 77.983, "high": 79.361},
        "download": {
            "bandwidth": 33664374,
            "bytes": 332488596,
            "elapsed": 10914,
            "latency": {"iqm": 239.571, "low": 82.03, "high": 1350.234, "jitter": 66.09},
        },
        "packetLoss": 0,
        "isp": "Example Net",
        "interface": {"internalIp": "192.0.2.7", "name": "wlan0", "macAddr": "00:00:5E:00:53:01",
                      "isVpn": False, "externalIp": "192.0.2.1"},
        "server": {"id": 0, "host": "speedtest.example.net", "port": 8080, "name": "Example",
                   "location": "New York City, NY", "country": "United States", "ip": "192.0.2.2"},
        "result": {"id": "00000000-0000-4000-8000-000000000001", "url": "https://example.net/1",
                   "persisted": True},
    }  # fmt: skip


def sivel_run() -> dict[str, Any]:
    """Rates, bytes and times as printed by a public page, the rest made up."""
    return {
        "download": 30421342.381950885,
        "upload": 19739920.106307168,
        "ping": 30.315,
        "server": {"url": "http://speed.example.net:8080/upload.php", "lat": "12.9716", "lon": "77.5946",
                   "name": "Bangalore", "country": "India", "cc": "IN", "sponsor": "Example",
                   "id": "14493", "host": "speed.example.net:8080", "d": 0.103, "latency": 30.315},
        "timestamp": "2020-09-18T16:47:59.425361Z",
        "bytes_sent": 24870912,
        "bytes_received": 38423553,
        "share": None,
        "client": {"ip": "192.0.2.3", "lat": "12.9719", "lon": "77.5937", "isp": "Example Fibre",
                   "isprating": "3.7", "rating": "0", "ispdlavg": "0", "ispulavg": "0", "loggedin": "0",
                   "country": "IN"},
    }  # fmt: skip


def ookla_tiles() -> None:
    target = HERE / "ookla-tiles"
    source = RAW / "us-ookla-tiles" / "mobile" / "guam_ookla_2022Q3.geojson.gz"
    whole = json.loads(gzip.decompress(source.read_bytes()))
    whole["features"] = [*whole["features"][:4], {**whole["features"][4], "properties": {"quadkey": "12x"}}]
    _write_json(target / "guam_ookla_2022Q3.geojson", whole)
    tile: dict[str, Any] = {
        "quadkey": "0230131221113313", "tile": "POLYGON((-114.6148 34.8273))",
        "avg_d_kbps": 29684, "avg_u_kbps": 3512, "avg_lat_ms": 36, "tests": 11, "devices": 1,
    }  # fmt: skip
    centre = {"tile_x": -114.6121, "tile_y": 34.8251}
    under = {"avg_lat_down_ms": 173, "avg_lat_up_ms": 2571}
    rows = [{**tile, **centre, **under}, {**tile, **centre, "avg_lat_down_ms": None, "avg_lat_up_ms": None}]
    for name, kind in (("2023-04-01", pa.int32()), ("2026-04-01", pa.float64())):
        table = pa.Table.from_pylist(rows)
        for column in under:
            place = table.column_names.index(column)
            table = table.set_column(place, column, table[column].cast(kind))
        pq.write_table(table, target / f"{name}_performance_mobile_tiles.parquet")
    pq.write_table(pa.Table.from_pylist([tile]), target / "2020-04-01_performance_mobile_tiles.parquet")


def ookla_national() -> None:
    target = HERE / "ookla-national"
    asean = (RAW / "asean-ookla-national" / "ASEAN_trend_quarterly.csv").read_text().splitlines(keepends=True)
    (target / "asean.csv").write_text("".join([asean[0], asean[1], *(x for x in asean if "VNM" in x)][:5]))
    for name in ("UA_all_quarters", "UA_incremental"):
        lines = (RAW / "cis-ookla-national" / f"{name}.csv").read_text().splitlines(keepends=True)
        chosen = [line for line in lines if ",2020,3," in line]
        (target / f"{name}.csv").write_text("".join([lines[0], *chosen]))
    header = next(csv.reader([lines[0]]))
    broken = ["UA", "Ukraine", "2020", "3", "satellite", "2020-07-01", *["1.5"] * (len(header) - 6)]
    with (target / "UA_incremental.csv").open("a") as file:
        csv.writer(file, lineterminator="\n").writerow(broken)


def mlab_iqb() -> None:
    target = HERE / "mlab-iqb"
    month = RAW / "mlab-iqb-country" / "20241001T000000Z-20241101T000000Z"
    tables = {}
    for way in ("downloads", "uploads"):
        table = pq.read_table(month / f"{way}_by_country" / "data.parquet")
        few = pc.field("sample_count") < 5
        wanted = pc.field("country_code").isin(["CO", "NA", "VN"]) | (few if way == "downloads" else False)
        tables[way] = table.filter(wanted).slice(0, 5)
        pq.write_table(tables[way], target / f"{way}_by_country.parquet")
    vietnam = tables["uploads"].filter(pc.field("country_code") == "VN").to_pylist()[0]
    named = {"subdivision1_iso_code": "HN", "subdivision1_name": "Hanoi", "asn": 7552, "as_name": "Viettel"}
    rows = [
        {**vietnam, **named},
        {**vietnam, **named, "upload_p5": 900.0},
        {**vietnam, **named, "asn": 24086},
    ]
    pq.write_table(pa.Table.from_pylist(rows), target / "uploads_by_country_subdivision1_asn.parquet")
    pq.write_table(pa.Table.from_pylist([{**vietnam, "city": "Hanoi"}]),
                   target / "uploads_by_country_city.parquet")  # fmt: skip


def unified_test(way: str, *, number: int) -> dict[str, Any]:
    """A row of the views as their schema has it, all values made up."""
    place = {"ContinentCode": "AS", "CountryCode": "VN", "CountryCode3": "VNM", "CountryName": "Vietnam",
             "Region": None, "Subdivision1ISOCode": "HN", "Subdivision1Name": "Hanoi",
             "Subdivision2ISOCode": None, "Subdivision2Name": None, "MetroCode": None, "City": "Hanoi",
             "AreaCode": None, "PostalCode": None, "Latitude": 21.0292, "Longitude": 105.8526,
             "AccuracyRadiusKm": 20, "Missing": False}  # fmt: skip
    network = {"CIDR": "192.0.2.0/24", "ASNumber": 7552, "ASName": "Viettel Group", "Missing": False,
               "Systems": [{"ASNs": [7552]}]}  # fmt: skip
    abroad = {**place, "CountryCode": "SG", "CountryCode3": "SGP", "CountryName": "Singapore"}
    return {
        "id": f"ndt-test_{number}",
        "date": "2024-10-01",
        "a": {"UUID": f"ndt-test_{number}", "TestTime": "2024-10-01 00:00:05.123456 UTC", "Direction": way,
              "CongestionControl": "bbr" if way == "Download" else "unknown", "MeanThroughputMbps": 33.67,
              "MinRTT": 57.001, "LossRate": 0.0145 if way == "Download" else None},
        "metadata": {"View": "unified", "Protocol": "ndt7-IPv4-WSS", "Tables": ["ndt7"],
                     "ClientMetadata": [{"Name": "client_name", "Value": "ndt7-js"}], "ServerMetadata": []},
        "client": {"IP": "192.0.2.9", "Port": 51000, "Geo": place, "Network": network},
        "server": {"IP": "198.51.100.9", "Port": 443, "Site": "sin01", "Machine": "mlab1", "Geo": abroad,
                   "Network": network},
    }  # fmt: skip


def mlab_unified() -> None:
    target = HERE / "mlab-unified"
    tests = [unified_test("Download", number=1), unified_test("Upload", number=2)]
    tests[1]["client"]["IP"] = "2001:db8:7:1:a:b:c:d"
    not_valid = {**unified_test("Download", number=3), "IsValidBest": False}
    lines = [json.dumps(test) + "\n" for test in (*tests, not_valid)]
    (target / "nested.ndjson").write_text("".join(lines))
    table = pa.Table.from_pylist(tests)
    pq.write_table(table, target / "nested.parquet")
    columns = (
        *("id", "a.TestTime", "a.Direction", "a.MeanThroughputMbps", "a.MinRTT", "a.LossRate"),
        *("client.IP", "client.Geo.CountryCode", "client.Network.ASNumber", "metadata.Protocol"),
    )
    for mark, name in ((".", "dotted.csv"), ("_", "underscored.csv")):
        with (target / name).open("w", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow([column.replace(".", mark) for column in columns])
            writer.writerows([[_at(test, column) for column in columns] for test in tests])


def _at(node: Any, path: str) -> Any:
    for name in path.split("."):
        node = node[name]
    return node


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=1) + "\n")


if __name__ == "__main__":
    for made in (ookla_cli, ookla_tiles, ookla_national, mlab_iqb, mlab_unified):
        (HERE / made.__name__.replace("_", "-")).mkdir(parents=True, exist_ok=True)
        made()
