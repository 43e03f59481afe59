"""What a delivered file may be, and what is said of one that cannot be read."""

import gzip
import io
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from qos.domain.declaration import Csv, Declaration, Rows, Xlsx
from qos.domain.errors import DeliveryFault
from qos.domain.source import Shape, Source, SourceKind
from qos.store.reading import Reading, read

KEEP = {
    "measurement_id": "id",
    "measured_at": "at",
    "service": "service",
    "operator_name": "isp",
    "download_mbps": "down",
}
SOURCE = Source(name="tiny", title="Tiny", kind=SourceKind.APP, shape=Shape.MEASUREMENTS, licence="CC0-1.0")
TINY = Declaration(SOURCE, (Rows(keep=KEEP), Xlsx(name="sheet", keep=KEEP)))
TEXT = (
    "id,at,service,isp,down\n1,2021-01-01T00:00:00Z,fixed,Café,5.5\n2,2021-01-02T00:00:00Z,mobile,Viettel,\n"
)
ROWS = [("1", "Café", 5.5, 2), ("2", "Viettel", None, 3)]
Deliver = Callable[..., Reading]


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        yield opened


@pytest.fixture
def deliver(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> Deliver:
    """Writes bytes into a file and reads them as the tiny source."""

    def deliver(data: bytes, name: str = "file.csv", declaration: Declaration = TINY) -> Reading:
        path = tmp_path / name
        path.write_bytes(data)
        return read(connection, declaration, path, delivery=name, period=None)

    return deliver


def rows_of(connection: duckdb.DuckDBPyConnection, reading: Reading) -> list[tuple[object, ...]]:
    query = f"SELECT measurement_id, operator_name, download_mbps, line FROM {reading.accepted} ORDER BY line"
    return connection.execute(query).fetchall()


def zstd(data: bytes) -> bytes:
    return pa.Codec("zstd").compress(data, asbytes=True)


def parquet(columns: dict[str, pa.Array]) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink)
    return sink.getvalue()


def good_parquet() -> bytes:
    at = pa.array([1609459200, 1609545600], pa.timestamp("s", tz="Asia/Ho_Chi_Minh"))
    return parquet(
        {
            "id": pa.array([1, 2]),
            "at": at,
            "service": pa.array(["fixed", "mobile"]),
            "isp": pa.array(["Café", "Viettel"]),
            "down": pa.array([5.5, None], pa.float32()),
        }
    )


def workbook(rows: list[list[object]]) -> bytes:
    sink = io.BytesIO()
    book = xlsxwriter.Workbook(sink, {"in_memory": True})
    sheet = book.add_worksheet()
    for i, row in enumerate(rows):
        sheet.write_row(i, 0, row)
    book.close()
    return sink.getvalue()


def as_lines(text: str, end: str) -> bytes:
    return text.replace("\n", end).encode()


SAME = {
    "plain": TEXT.encode(),
    "with a byte order mark": b"\xef\xbb\xbf" + TEXT.encode(),
    "gzip": gzip.compress(TEXT.encode()),
    "gzip in two members": gzip.compress(TEXT.encode()[:30]) + gzip.compress(TEXT.encode()[30:]),
    "zstd": zstd(TEXT.encode()),
    "CP1252": TEXT.encode("cp1252"),
    "UTF-16 with its mark": TEXT.encode("utf-16"),
    "UTF-16 without a mark": TEXT.encode("utf-16-le"),
    "UTF-16, big end first": TEXT.encode("utf-16-be"),
    "CRLF": as_lines(TEXT, "\r\n"),
    "old CR": as_lines(TEXT, "\r"),
    "mixed line ends": TEXT.replace("\n", "\r\n", 1).encode(),
    "no line end at the end": TEXT.rstrip("\n").encode(),
    "semicolons": TEXT.replace(",", ";").encode(),
    "tabs": TEXT.replace(",", "\t").encode(),
    "quoted": TEXT.replace("Café", '"Café"').encode(),
    "other order of columns": "\n".join(
        ",".join(reversed(line.split(","))) for line in TEXT.splitlines()
    ).encode(),
    "blanks around": TEXT.replace(",", " , ").encode(),
}


@pytest.mark.parametrize("data", SAME.values(), ids=SAME.keys())
def test_the_same_rows_come_out_of_every_form_of_text(
    deliver: Deliver, connection: duckdb.DuckDBPyConnection, data: bytes
) -> None:
    reading = deliver(data)
    assert rows_of(connection, reading) == ROWS
    assert (reading.rows, reading.rejected_rows, reading.unused_rows) == (2, 0, 0)


def test_what_the_file_was_is_told(deliver: Deliver) -> None:
    reading = deliver(gzip.compress(TEXT.replace(",", ";").encode("cp1252")))
    told = (reading.form, reading.compression, reading.encoding, reading.delimiter)
    assert told == ("csv", "gzip", "cp1252", ";")
    assert reading.first_rows[0]["isp"] == "Café"


def test_lines_of_json_give_the_same_rows(deliver: Deliver, connection: duckdb.DuckDBPyConnection) -> None:
    text = (
        '{"id": 1, "at": "2021-01-01T00:00:00Z", "service": "fixed", "isp": "Café", "down": 5.5}\n'
        '{"id": "2", "at": "2021-01-02T00:00:00Z", "service": "mobile", "isp": "Vi\\u0065ttel"}\n'
    )
    for data in (
        text.encode(),
        b"\xef\xbb\xbf" + text.encode(),
        zstd(text.encode()),
        gzip.compress(text.encode()),
    ):
        reading = deliver(data, "file.ndjson")
        assert [row[:3] for row in rows_of(connection, reading)] == [row[:3] for row in ROWS]
        assert reading.form == "ndjson"


def test_parquet_gives_the_same_rows(deliver: Deliver, connection: duckdb.DuckDBPyConnection) -> None:
    reading = deliver(good_parquet(), "file.parquet")
    assert [row[:3] for row in rows_of(connection, reading)] == [row[:3] for row in ROWS]
    times = connection.execute(f"SELECT measured_at::VARCHAR FROM {reading.accepted}").fetchall()
    assert times == [("2021-01-01 00:00:00",), ("2021-01-02 00:00:00",)]


def test_a_workbook_gives_the_same_rows(deliver: Deliver, connection: duckdb.DuckDBPyConnection) -> None:
    header, *body = (line.split(",") for line in TEXT.splitlines())
    data = workbook([header, ["1", *body[0][1:4], 5.5], [2, *body[1][1:4]]])
    assert rows_of(connection, deliver(data, "file.xlsm")) == ROWS


def cut(data: bytes) -> bytes:
    return data[: len(data) * 2 // 3]


LONG = TEXT + "".join(f"{i},2021-01-01T00:00:00Z,fixed,{i * 7919 % 1009},{i}\n" for i in range(3, 3000))
STOPPED = {
    "empty": (b"", "the file is empty"),
    "only blanks": (b"\n  \n", "nothing but blanks"),
    "empty gzip": (gzip.compress(b""), "the file is empty"),
    "gzip cut short": (cut(gzip.compress(LONG.encode())), "gzip file is cut short or damaged"),
    "gzip without its end": (gzip.compress(LONG.encode())[:-4], "gzip file is cut short or damaged"),
    "zstd cut short": (cut(zstd(LONG.encode())), "zstd file is cut short or damaged"),
    "Parquet cut short": (cut(good_parquet()), "Parquet file is cut short or damaged"),
    "workbook cut short": (cut(workbook([["id"]])), "workbook is cut short or damaged"),
    "HTML": (b"<!DOCTYPE html><html><body>Sign in</body></html>", "an HTML or XML page"),
    "JSON array": (b'[{"id": 1}]', "send one object per line"),
    "no object": (b"{not json}\n", "no line holds a JSON object"),
    "a column twice": (b"id,at,service,isp,down,id\n", "stand twice in the header: ['id']"),
    "a column without a name": (b"id,at,service,isp,down,\n", "column 6 of 6 has no name"),
    "unexplained": (
        TEXT.replace("down\n", "down,jitter_ms\n").encode(),
        "nobody has explained yet: ['jitter_ms']",
    ),
    "missing": (b"id,at,service,isp\n", "columns missing: ['down']"),
    "mixed encodings": (
        (TEXT + "3,2021-01-01T00:00:00Z,fixed,").encode() + b"Caf\xe9,1\n",
        "line 4: not UTF-8",
    ),
    "no encoding at all": (TEXT.encode("cp1252").replace(b"\xe9", b"\x81"), "neither UTF-8 nor CP1252"),
    "an open quote": (
        TEXT.encode() + b'3,"2021,fixed,x,1\n4,2021,fixed,x,1\n',
        "a quote that opens in line 4 never closes",
    ),
}


@pytest.mark.parametrize(("data", "told"), STOPPED.values(), ids=STOPPED.keys())
def test_a_delivery_that_cannot_be_read_is_stopped_whole(
    deliver: Deliver, connection: duckdb.DuckDBPyConnection, data: bytes, told: str
) -> None:
    with pytest.raises(DeliveryFault) as stopped:
        deliver(data, "2027-01-04.csv")
    assert str(stopped.value).startswith("tiny 2027-01-04.csv: ")
    assert told in str(stopped.value)
    assert stopped.value.next_command == "qos try tiny FILE"
    left = connection.execute("SELECT table_name FROM duckdb_tables() WHERE temporary").fetchall()
    assert left == []


def zipped(members: dict[str, bytes]) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return sink.getvalue()


def test_a_zip_of_several_tables_is_to_be_unpacked_first(deliver: Deliver) -> None:
    with pytest.raises(DeliveryFault, match=r"a ZIP archive of several files.*unpack it first"):
        deliver(zipped({"a.csv": TEXT.encode(), "b.csv": TEXT.encode()}))


def test_an_archive_of_one_file_is_that_file(deliver: Deliver, connection: duckdb.DuckDBPyConnection) -> None:
    for data in (
        zipped({"month.csv": TEXT.encode(), "__MACOSX/._month.csv": b"x", "folder/.DS_Store": b"x"}),
        zipped({"month.parquet": good_parquet()}),
        zipped({"month.csv.gz": gzip.compress(TEXT.encode())}),
    ):
        reading = deliver(data, "month.zip")
        assert [row[:3] for row in rows_of(connection, reading)] == [row[:3] for row in ROWS]
        assert reading.compression == "zip"


def test_what_unpacks_to_far_more_than_data_do_is_stopped(
    deliver: Deliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qos.store.reading.unpacking.RATIO_FROM", 4 << 20)
    bomb = gzip.compress(b"0" * (8 << 20), 9)
    for data in (bomb, zipped({"a.csv.gz": bomb}), zstd(b"0" * (8 << 20))):
        with pytest.raises(DeliveryFault, match="unpacks to more than 250 times its size"):
            deliver(data, "bomb.csv.gz")


def test_of_very_many_unexplained_columns_some_are_named(deliver: Deliver) -> None:
    header = ",".join(f"column_{i:03d}" for i in range(300))
    with pytest.raises(DeliveryFault, match=r"'column_019'\] and 280 more; columns missing: \['id'"):
        deliver(header.encode())


def test_a_form_the_source_never_has_is_stopped(deliver: Deliver) -> None:
    only_csv = Declaration(SOURCE, (Csv(keep=KEEP),))
    with pytest.raises(DeliveryFault, match="this is Parquet; the source comes as CSV"):
        deliver(good_parquet(), "file.parquet", only_csv)


def test_text_named_parquet_is_stopped(deliver: Deliver) -> None:
    with pytest.raises(DeliveryFault, match=r"named \.parquet"):
        deliver(TEXT.encode(), "file.parquet")


def test_a_parquet_time_without_a_zone_is_stopped(deliver: Deliver) -> None:
    columns = {
        "id": pa.array(["1"]),
        "at": pa.array([0], pa.timestamp("us")),
        "service": pa.array(["fixed"]),
        "isp": pa.array(["x"]),
        "down": pa.array([1.0]),
    }
    with pytest.raises(DeliveryFault, match="column at is a TIMESTAMP without a time zone"):
        deliver(parquet(columns), "file.parquet")
    columns["at"], columns["isp"] = pa.array(["2021-01-01T00:00Z"]), pa.array([["a", "b"]])
    with pytest.raises(DeliveryFault, match=r"hold no single value: \['isp'\]"):
        deliver(parquet(columns), "file.parquet")


def test_a_header_alone_is_a_delivery_of_no_rows(deliver: Deliver) -> None:
    for data in (b"id,at,service,isp,down\n", b"id,at,service,isp,down", workbook([list(KEEP.values())])):
        reading = deliver(data)
        assert (reading.rows, reading.accepted_rows) == (0, 0)


def test_what_an_earlier_reading_left_is_replaced(
    deliver: Deliver, connection: duckdb.DuckDBPyConnection
) -> None:
    deliver(TEXT.encode())
    reading = deliver(b"id,at,service,isp,down\n9,2021-01-01T00:00:00Z,fixed,x,1\n")
    assert rows_of(connection, reading) == [("9", "x", 1.0, 2)]


@pytest.mark.parametrize("name", ["it's.csv", "what[1]?.csv", "*.csv"])
def test_a_name_is_only_a_name(deliver: Deliver, connection: duckdb.DuckDBPyConnection, name: str) -> None:
    deliver(b"id,at,service,isp,down\n9,2021-01-01T00:00:00Z,fixed,x,1\n", "whatever1x.csv")
    assert rows_of(connection, deliver(TEXT.encode(), name)) == ROWS


def test_a_folder_named_like_a_column_adds_none(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    folder = tmp_path / "isp=everyone"
    folder.mkdir()
    for name, data in (("file.parquet", good_parquet()), ("file.csv", TEXT.encode())):
        (folder / name).write_bytes(data)
        reading = read(connection, TINY, folder / name, delivery=name, period=None)
        assert [row[:3] for row in rows_of(connection, reading)] == [row[:3] for row in ROWS]


def test_blank_lines_and_a_quoted_line_end_before_the_rows_shift_only_their_lines(
    deliver: Deliver, connection: duckdb.DuckDBPyConnection
) -> None:
    shifted = [(*row[:3], line + 2) for *row, line in ROWS]
    assert rows_of(connection, deliver(b"\n\n" + TEXT.encode())) == shifted
    header = Declaration(SOURCE, (Csv(keep={**KEEP, "operator_name": "isp\nname"}),))
    text = TEXT.replace("isp", '"isp\nname"', 1)
    assert [row[:3] for row in rows_of(connection, deliver(text.encode(), declaration=header))] == [
        row[:3] for row in ROWS
    ]


def test_a_quote_that_never_closes_is_found_in_a_large_file_too(deliver: Deliver) -> None:
    many = "".join(f"{i},2021-01-01T00:00:00Z,fixed,isp,{i % 100}\n" for i in range(100_000))
    with pytest.raises(DeliveryFault, match="quote"):
        deliver((TEXT + '3,2021-01-01T00:00:00Z,fixed,"isp,1\n' + many).encode())
