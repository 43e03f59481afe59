"""A workbook of "5G tests" in Glasgow, April 2025, that does not pass the gate: its values look generated.

A row is said to be one test by one of two handsets at one place. Times have no zone; taken for UTC they
are an hour late at most, which moves no quarter. Values repeat to the last digit far beyond chance, among
days, handsets and signal levels; signal and speed do not go together, every place is alike, and the README
promises more tests than there are. Each day has a sheet, of which the first is read; fourteen rows between
the places are empty.
"""

from qos.domain.declaration import Declaration, Xlsx
from qos.domain.expressions import constant, join, row_number, utc
from qos.domain.source import Shape, Source, SourceKind

SOURCE = Source(
    name="glasgow-5g",
    title="Glasgow 5G dataset 2025 (AhrenHart)",
    kind=SourceKind.DRIVE_TEST,
    shape=Shape.MEASUREMENTS,
    licence="CC-BY-4.0",
    notice="Glasgow5GDataset2025 by AhrenHart, CC BY 4.0.",
    url="https://github.com/AhrenHart/Glasgow5GDataset2025",
    expected_rows=(200, 2_000),
)

TESTS = Xlsx(
    name="tests of a day",
    keep={
        "measurement_id": join(constant("row"), "Timestamp", row_number(), separator=" "),
        "measured_at": utc("Timestamp"),
        "service": constant("mobile"),
        "technology": constant("5g-nsa"),
        "operator_name": "Network Provider",
        "region_name": constant("Glasgow City"),
        "device_model": "Test Device",
        "signal_dbm": "Signal Strength (dBm)",
        "download_mbps": "Download Speed (Mbps)",
        "upload_mbps": "Upload Speed (Mbps)",
        "latency_ms": "Ping (ms)",
    },
    ignore={"a quarter of the city, below any region of the pack": ("Location",)},
)

DECLARATION = Declaration(SOURCE, (TESTS,))
