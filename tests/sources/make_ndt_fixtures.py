"""Writes the fixtures of ndt7, ndt5, murakami, ooni-ndt, iperf3 and librespeed: run by hand.

Real results from the raw data beside the repository, shortened, with every client's address replaced by one
for documentation; where there is none, the documented layout with made-up numbers. What was changed and
what was made up stands in the README beside each.
"""

import copy
import csv
import gzip
import io
import json
import tarfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent / "fixtures"
RAW = Path(__file__).parents[3] / "shared" / "data" / "samples-native"
Json = dict[str, Any]


def folder(name: str) -> Path:
    (HERE / name).mkdir(parents=True, exist_ok=True)
    return HERE / name


def lines(path: Path, documents: list[Json]) -> None:
    path.write_text("".join(json.dumps(document) + "\n" for document in documents), encoding="utf-8")


# ---- ndt7


def ndt7() -> None:
    target = folder("ndt7")
    with tarfile.open(next((RAW / "ndt7").glob("*.tgz"))) as archive:
        results = {
            Path(member.name).name: json.loads(gzip.decompress(archive.extractfile(member).read()))  # type: ignore[union-attr]
            for member in archive
        }
    chosen = {
        "000000000000590E": "192.0.2.14",  # a download
        "0000000000005CF2": "2001:db8:14:1:a:b:c:d",  # an upload, behind a private address in the archive
    }
    kept = {name: result for name, result in results.items() if name.split(".json")[0][-16:] in chosen}
    for short in ("Download", "Upload"):
        name = next(n for n in sorted(results) if short in results[n] and elapsed(results[n]) < 9_000_000)
        kept[name], chosen[name.split(".json")[0][-16:]] = results[name], "192.0.2.16"
    for name, result in kept.items():
        result["ClientIP"] = chosen[name.split(".json")[0][-16:]]
        test = result.get("Download") or result["Upload"]
        test["ServerMeasurements"] = test["ServerMeasurements"][-2:]
    pack(target / "results.tgz", kept)

    download = next(copy.deepcopy(result) for name, result in kept.items() if name.endswith("590E.json.gz"))
    lines(target / "made-up.ndjson", variations(download))
    lines(target / "client.jsonl", printed())
    source = RAW / "mlab-annotation2" / "ndt-njp6l_1585004303_00000000000170FA.json"
    (target / "annotation.json").write_text(source.read_text(encoding="utf-8"), encoding="utf-8")


def elapsed(result: Json) -> int:
    test = result.get("Download") or result["Upload"]
    return int(test["ServerMeasurements"][-1]["TCPInfo"]["ElapsedTime"])


def pack(path: Path, results: dict[str, Json]) -> None:
    """A .tgz whose bytes do not depend on the clock."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name, result in sorted(results.items()):
            content = gzip.compress(json.dumps(result).encode(), mtime=0)
            info = tarfile.TarInfo(f"2020/03/18/{name}")
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    path.write_bytes(gzip.compress(packed.getvalue(), mtime=0))


def variations(real: Json) -> list[Json]:
    """What the sample does not show, on its model; one line each, see the README."""

    def varied(number: int, **subtest: Any) -> Json:
        result = copy.deepcopy(real)
        result["Download"] |= {"UUID": f"ndt-example_{number:04d}", **subtest}
        return result

    loopback = {"TCPInfo": {"BytesAcked": 7384904960, "ElapsedTime": 10000085, "MinRTT": 5}}
    loopback["TCPInfo"] |= {"BytesSent": 7385265143, "BytesRetrans": 360183}
    agrees = [{"AppInfo": {"NumBytes": 7380000000, "ElapsedTime": 9999000}}]
    in_seconds = [{"AppInfo": {"NumBytes": 7380000000, "ElapsedTime": 9}}]
    early = {"TCPInfo": {"BytesAcked": 250600000, "ElapsedTime": 2100000, "MinRTT": 4100}}
    early["TCPInfo"] |= {"BytesSent": 250700000, "BytesRetrans": 0}
    asked = [{"Name": "early_exit", "Value": "250"}, {"Name": "client_name", "Value": "example"}]
    made = [
        varied(1, ServerMeasurements=[loopback], ClientMeasurements=agrees),
        varied(2, ServerMeasurements=[loopback], ClientMeasurements=in_seconds),
        varied(3, ServerMeasurements=[early], ClientMetadata=asked),
        varied(4, ServerMeasurements=None),
        varied(5, ServerMeasurements=[{"AppInfo": {"NumBytes": 1, "ElapsedTime": 1}}]),
        varied(6),
        varied(7),
        varied(8, UUID="ERROR_DISCOVERING_UUID"),
    ]
    made[5]["ClientIP"], made[6]["ClientIP"] = "10.0.0.7", "35.193.254.117"
    return made


def printed() -> list[Json]:
    measurement = {"AppInfo": {"NumBytes": 1703936, "ElapsedTime": 250466}, "Origin": "client"}
    summary = {"ServerFQDN": "ndt.example", "ServerIP": "198.51.100.1", "ClientIP": "192.0.2.14"}
    speed = {"UUID": "ndt-example_0009", "Throughput": {"Value": 13.9, "Unit": "Mbit/s"}}
    return [
        {"Key": "starting", "Value": {"Test": "download"}},
        {"Key": "measurement", "Value": {**measurement, "Test": "download"}},
        {"Key": "error", "Value": {"Failure": "dial tcp: i/o timeout", "Test": "upload"}},
        {**summary, "Download": speed, "Upload": None},
        {
            "MeasurementID": "m-1",
            "Direction": "download",
            "UUID": "ndt-example_0010",
            "ServerMeasurements": [],
        },
    ]


# ---- ndt5


def ndt5() -> None:
    target = folder("ndt5")
    real = {path.name[4:9]: json.loads(path.read_text()) for path in (RAW / "ndt5").glob("*.json")}
    addressed = []
    for name, address in (
        ("5hkck", "2001:db8:416:1:2:3:4:5"),
        ("m9pcq", "192.0.2.63"),
        ("vscqp", "192.0.2.37"),
        ("x5dms", "192.0.2.1"),
    ):
        result = copy.deepcopy(real[name])
        for part in (result, result.get("C2S"), result.get("S2C")):
            if part and part["ClientIP"] != "127.0.0.1":
                part["ClientIP"] = address
        addressed.append(result)
    failed, short = copy.deepcopy(addressed[1]), copy.deepcopy(addressed[1])
    never = {"UUID": "", "StartTime": "0001-01-01T00:00:00Z", "EndTime": "0001-01-01T00:00:00Z"}
    failed["Control"]["UUID"] = "ndt-example_0001"
    failed["S2C"] |= {**never, "MeanThroughputMbps": 0, "Error": "Could not successfully ServeOnce"}
    failed["C2S"] |= {"UUID": "ndt-example_0002", "Error": "EOF"}
    short["C2S"] |= {"UUID": "ndt-example_0003", "EndTime": "2022-06-17T20:06:18.87Z"}
    short["S2C"] |= {"UUID": "ndt-example_0004", "MeanThroughputMbps": 3.384}  # bits for bytes
    lines(target / "results.ndjson", [*addressed, failed, short, real["vscqp"], real["x5dms"]])


# ---- murakami


def murakami() -> None:
    target = folder("murakami")
    real = {path.name.split("-_")[0]: json.loads(path.read_text()) for path in (RAW / "murakami").iterdir()}
    for name in ("ndt5", "ndt7"):
        real[name]["ClientIP"] = "192.0.2.80"
    ookla = real["ookla-speedtest"]
    ookla |= {"InterfaceExternalIp": "192.0.2.223", "InterfaceMacAddr": "00:00:5E:00:53:01"}

    ndt7 = {**real["ndt7"], "MurakamiDeviceID": "library-1", "MurakamiConnectionType": "wired"}
    wrapped = {name: value for name, value in ndt7.items() if value is not None}
    wrapped |= {"DownloadUUID": "ndt-example_0001", "MurakamiConnectionType": "LTE"}
    custom = ndt7 | {"DownloadUUID": "ndt-example_0002", "UploadValue": ndt7["DownloadValue"]}
    broken = dict.fromkeys(name for name in ndt7 if name.startswith(("Server", "Client", "D", "U", "Min")))
    failed = ndt7 | broken | {"DownloadError": "dial tcp: i/o timeout", "RTTValue": None, "RTTUnit": None}
    half = ndt7 | {"DownloadUUID": "ndt-example_0003", "UploadValue": None, "UploadError": "i/o timeout"}
    gigabit = ndt7 | {"DownloadUUID": "ndt-example_0004", "DownloadUnit": "Gbit/s"}
    at_home = ndt7 | {"DownloadUUID": "ndt-example_0005", "ServerIP": "192.168.1.2"}
    documents = [real["ndt7"], real["ndt5"], ndt7 | {"DownloadUUID": "ndt-example_0006"}]
    documents += [{"apiVersion": 1, "data": wrapped}, custom, failed, half, gigabit, at_home]
    documents += [{"TestName": "wehe", "TestStartTime": "2021-09-08T19:07:27.192073"}]
    lines(target / "ndt.jsonl", documents)

    later = ookla | {"ResultId": "00000000-0000-0000-0000-000000000001", "InterfaceIsVpn": False}
    later |= {"DownloadUnit": "Bytes/s", "UploadUnit": "Bytes/s"}
    in_bits = later | {"ResultId": "00000000-0000-0000-0000-000000000002"}
    in_bits |= {"DownloadBandwidth": 8 * ookla["DownloadBandwidth"]}
    lines(target / "ookla.jsonl", [ookla, later, in_bits])
    lines(target / "speedtest-cli.jsonl", sivel())
    (target / "dash.json").write_text(json.dumps(real["dash"][:3]) + "\n")
    blocked = {"TestName": "ooniprobe-im", "TestStartTime": "2021-11-19T12:19:21.431829", "TestResults": []}
    lines(target / "ooniprobe.jsonl", [blocked])


def sivel() -> list[Json]:
    """The two of murakami's documentation, their values as they stand there."""
    same = {"MurakamiLocation": "<Value of MURAKAMI_LOCATION>", "PingUnit": "ms", "DownloadUnit": "Bit/s"}
    same |= {"UploadUnit": "Bit/s", "ClientIP": "192.0.2.155", "Isp": "Port Networks", "Country": "US"}
    same |= {"Share": None, "ServerLatencyUnit": "ms", "MurakamiDeviceID": "<Value of MURAKAMI_DEVICE_ID"}
    several = {"TestName": "speedtest-cli-multi-stream", "TestStartTime": "2021-09-10T19:52:21.916981"}
    several |= {"DownloadValue": 6666674.437897755, "UploadValue": 1665432.7276635137, "Ping": 35.839}
    several |= {"BytesSent": 2195456, "BytesReceived": 8420688, "ServerName": "Pittsburgh, PA"}
    single = {"TestName": "speedtest-cli-single-stream", "TestStartTime": "2021-10-26T13:15:53.891717"}
    single |= {"DownloadValue": 3684317.668648722, "UploadValue": 558240.9676665167, "Ping": 15.919}
    single |= {"BytesSent": 704512, "BytesReceived": 4633740, "ServerName": "Baltimore, MD"}
    return [several | same, single | same]


# ---- OONI


def ooni() -> None:
    target = folder("ooni-ndt")
    for path in sorted((RAW / "ooni").glob("*.json")):
        meta = json.loads(path.read_text())
        body = json.loads(meta["body"])
        record = json.loads(body["raw_measurement"])
        keys = record["test_keys"]
        for direction in ("download", "upload"):
            if direction in keys:
                keys[direction] = keys[direction][-3:]
        if "client_resolver" in keys:
            keys["client_resolver"] = "192.0.2.53"
        if "resolver_ip" in record:
            record["resolver_ip"] = "192.0.2.53"
        body["raw_measurement"] = json.dumps(record)
        year = record["measurement_start_time"][:4]
        (target / f"explorer-{year}.json").write_text(json.dumps({**meta, "body": json.dumps(body)}) + "\n")
        if year == "2022":
            lines(target / "records.jsonl", plain(record))


def plain(record: Json) -> list[Json]:
    """The record as OONI's archive has it, and what else may stand there."""

    def varied(number: int, **changes: Any) -> Json:
        return copy.deepcopy(record) | {"report_id": f"20221110T105028Z_ndt_{number}", **changes}

    def network(kind: str) -> Json:
        return {"annotations": {**record["annotations"], "network_type": kind}}

    keys = record["test_keys"]
    in_bits = keys | {"summary": {**keys["summary"], "download": 1e3 * keys["summary"]["download"]}}
    simple = {"download": 14275.9, "upload": 2405.0, "ping": 7.6}
    older = {
        "test_s2c": [],
        "test_c2s": [],
        "failure": None,
        "simple": simple,
        "server_address": "ndt.example",
    }
    return [
        record,
        varied(1, probe_asn="AS0", probe_cc="ZZ", probe_network_name=None),
        varied(2, **network("mobile")),
        varied(3, **network("vpn")),
        varied(4, **network("carrier pigeon")),
        varied(5, test_keys=in_bits),
        varied(6, test_keys=older, test_version="0.1.0"),
        varied(7, test_keys=keys | {"failure": "generic_timeout_error"}),
        varied(8, test_name="web_connectivity", test_keys={}),
        {"raw_measurement": "{"},
    ]


# ---- iperf3


def iperf3() -> None:
    target = folder("iperf3")
    real = json.loads((RAW / "iperf3" / "results.json").read_text())
    real["start"] |= {"system_info": "Linux host", "cookie": "host.1498663888.027091.78beffbd"}
    real["intervals"] = real["intervals"][:1]
    (target / "run.json").write_text(json.dumps(real, indent=1) + "\n")
    text = "".join(json.dumps(run, indent=1) + "\n" for run in further_runs(real))
    (target / "runs.json").write_text(text)


def further_runs(real: Json) -> list[Json]:
    """On the model of the real run, against a public target; one thing each, see the README."""

    def run(number: int, end: Json | None = None, **test: Any) -> Json:
        made = copy.deepcopy(real)
        made["start"] |= {
            "cookie": f"cookie-{number}",
            "connecting_to": {"host": "iperf.example", "port": 5201},
        }
        made["start"]["connected"][0] |= {"local_host": "192.0.2.77", "remote_host": "198.51.100.5"}
        made["start"]["test_start"] |= test
        if end is not None:
            made["end"] = end
        return made

    def block(size: int, rate: float, seconds: float) -> Json:
        return {"start": 0, "end": seconds, "seconds": seconds, "bytes": size, "bits_per_second": rate}

    ways = {
        "sum_sent": block(210250752, 356.08e6, 4.7237),
        "sum_received": block(209486848, 350.30e6, 4.7237),
    }
    back = {"sum_sent_bidir_reverse": block(600000000, 480e6, 10.0)}
    back |= {"sum_received_bidir_reverse": block(590000000, 472e6, 10.0)}
    sender = {"sender": {"min_rtt": 9800, "max_rtt": 41000, "mean_rtt": 21000}, "receiver": {}}
    packets = {"jitter_ms": 0.42, "lost_packets": 2, "packets": 1000, "lost_percent": 0.2}
    inside = run(5)
    inside["start"]["connected"][0]["local_host"] = "192.168.0.3"
    server = run(6)
    server["start"]["accepted_connection"] = server["start"].pop("connecting_to")
    refused = {"start": {"connected": [], "version": "iperf 3.6"}, "intervals": [], "end": {}}
    refused["error"] = "error - unable to connect to server: Connection refused"
    cut_off = run(8) | {"error": "interrupt - the client has terminated"}
    return [
        run(1, ways | {"streams": [sender, sender]}, num_streams=2),
        run(2, ways, reverse=1),
        run(3, ways | back, bidir=1),
        run(4, {"sum": {**block(12500000, 10e6, 10.0), **packets}}, protocol="UDP"),
        inside,
        server,
        refused,
        cut_off,
        run(9, ways | {"sum_received": block(209486848, 350.30e6 / 8, 4.7237)}),
        run(10, {"sum_received": block(0, 0.0, 10.0)}),
    ]


# ---- LibreSpeed


def librespeed() -> None:
    target = folder("librespeed")
    isp = '{"processedString":"192.0.2.9 - Viettel Group, VN (12.34 km)","rawIspInfo":{"country":"VN"}}'
    bare = '{"processedString":"0.0.0.0","rawIspInfo":""}'
    rows = [
        [
            "1",
            "2026-07-01 08:00:00",
            "192.0.2.9",
            isp,
            "",
            "Mozilla",
            "vi",
            "93.25",
            "41.70",
            "11.50",
            "1.25",
            "",
        ],
        ["2", "2026-07-01 08:05:00", "0.0.0.0", bare, "", "Mozilla", "vi", "55.20", "", "21.00", "0.00", ""],
        [
            "3",
            "2026-07-01 08:10:00",
            "192.0.2.9",
            isp,
            "",
            "Mozilla",
            "vi",
            "Fail",
            "",
            "12.00",
            "0.40",
            "a\nb",
        ],
        ["4", "2026-07-01 08:15:00", "192.0.2.9", isp, "", "Mozilla", "vi", "0.00", "0", "", "", ""],
        ["5", "2026-07-01 08:20:00", "192.168.1.20", bare, "", "Mozilla", "vi", "930", "940", "1", "0", ""],
        ["6", "2026-07-01 08:25:00", "192.0.2.9", isp, "", "Mozilla", "vi", "fast", "1", "1", "1", ""],
    ]
    header = ["id", "timestamp", "ip", "ispinfo", "extra", "ua", "lang", "dl", "ul", "ping", "jitter", "log"]
    write_csv(target / "table.csv", header, rows)
    shown = {"timestamp": "2026-07-01 08:00:00", "download": "93", "upload": "41.7", "ping": "11.5"}
    shown |= {"jitter": "1.25", "ispinfo": "Viettel Group, VN"}
    (target / "json.php.json").write_text(json.dumps(shown) + "\n")
    client = {"ip": "192.0.2.9", "hostname": "", "city": "Hanoi", "region": "Hanoi", "country": "VN"}
    client |= {
        "loc": "21.0,105.8",
        "org": "AS7552 Viettel Group",
        "postal": "",
        "timezone": "Asia/Ho_Chi_Minh",
    }
    run = {"timestamp": "2026-07-01T15:00:00.123456789+07:00", "ping": 11.5, "jitter": 1.25, "share": ""}
    run |= {"server": {"name": "Hanoi", "url": "http://speed.example/"}, "client": client}
    run |= {"bytes_sent": 78187500, "bytes_received": 174843750, "upload": 41.7, "download": 93.25}
    in_bits = run | {"timestamp": "2026-07-01T15:05:00+07:00", "upload": 41.7e3, "download": 93.25e3}
    only_up = run | {"timestamp": "2026-07-01T15:10:00+07:00", "download": 0, "bytes_received": 0}
    (target / "client.json").write_text(json.dumps([run, in_bits, only_up]) + "\n")
    header = ["Timestamp", "Server Name", "Address", "Ping", "Jitter", "Download", "Upload", "Share", "IP"]
    row = ["2026-07-01T15:00:00.123456789+07:00", "Hanoi", "http://speed.example/", "11.5", "1.25", "93.25"]
    write_csv(target / "client.csv", header, [[*row, "41.7", "", "2001:db8::9"]])


def write_csv(path: Path, header: list[str], rows: list[list[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])


if __name__ == "__main__":
    for make in (ndt7, ndt5, murakami, ooni, iperf3, librespeed):
        make()
