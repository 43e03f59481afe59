"""RTR-NetTest of Austria's regulator, open data: one row is one test, of a phone, a browser or a computer.

The monthly CSV or XLSX, known by the names of its columns (49 in 2021, 56 in 2026; all but the id, the time
and the kind of network may be absent), and the page of results its search gives as JSON. Rates are
kbit/s, times UTC, `ping_ms` ms, levels dBm. `cat_technology` says mobile or not: WLAN and LAN measure
the line behind them; a browser calls whatever it has LAN. A VPN, a command line or no network does not
say, and its row is rejected. The client is an open id of unknown lifetime. `signal_strength` of a WLAN
is that of the WLAN: only cellular levels are kept.

Traps: `implausible` is the publisher's own verdict and becomes a flag. The export writes `cell_location_id`
into `cell_area_code` and the reverse; neither is kept, nothing is derived from them. Simulators stand
at Apple's default position and call themselves x86_64; the publisher passes them, here they are flagged.
`ip_anonym` is cut short, the AS is what names the operator. The rates cannot be checked against bytes:
the open data have none.

A real row of November 2021 and the exporter's own list of columns (open-rmbt-statistics) were read, no whole
month; the names of the search are those of its program, its times are taken for UTC as in the export.
"""

from dataclasses import dataclass
from typing import ClassVar

from qos.domain.declaration import Csv, Declaration, Documents
from qos.domain.expressions import (
    Condition,
    Value,
    any_of,
    constant,
    divide,
    equals,
    first_of,
    join,
    mapped,
    matched,
    service_given,
    service_not_said,
    unequal,
    utc,
    where,
)
from qos.domain.source import Shape, Source, SourceKind, View

SOURCE = Source(
    name="rtr-nettest",
    title="RTR-NetTest open data",
    kind=SourceKind.APP,
    shape=Shape.MEASUREMENTS,
    licence="CC-BY-4.0",
    notice="RTR-NetTest, Rundfunk und Telekom Regulierungs-GmbH (Austria), CC BY 4.0.",
    url="https://www.netztest.at/en/Opendata",
    personal=True,
    streams=3,
    view=View.CLIENT,
    server_selection="server of RTR",
)

MOBILE = ("2G", "3G", "4G", "5G", "2G/3G", "2G/4G", "3G/4G", "2G/3G/4G", "MOBILE")
"""Those with a stroke changed during the test."""
SERVICE = {**dict.fromkeys(MOBILE, "mobile"), **dict.fromkeys(("WLAN", "LAN", "Ethernet"), "fixed")}
ACCESS = {**dict.fromkeys(MOBILE, "cellular"), "WLAN": "wifi", "Ethernet": "ethernet", "LAN": None}
NOT_SAID = ("VPN", "CLI", "Bluetooth", "NoNetwork")
TECHNOLOGY: dict[str, str | None] = {
    **dict.fromkeys(("GSM", "EDGE", "CDMA", "EVDO_0", "EVDO_A", "EVDO_B", "1xRTT", "IDEN", "EHRPD"), "2g"),
    **dict.fromkeys(("UMTS", "HSDPA", "HSUPA", "HSPA", "HSPA+", "TD SCDMA"), "3g"),
    **dict.fromkeys(("LTE", "LTE CA", "LTE NR avail"), "4g"),
    "NR NSA": "5g-nsa",
    "NR": "5g-sa",
    **dict.fromkeys(("2G/3G", "2G/4G", "3G/4G", "2G/3G/4G"), None),  # not one technology
    **dict.fromkeys(("CELLULAR_ANY", "CELLULAR UNKNOWN", "MOBILE", "IWLAN"), None),
    **dict.fromkeys(("WLAN", "LAN", "Ethernet"), None),
}
"""The names of the program's own table of networks. A mast with 5G in sight (NR avail) still serves 4G."""

CELLULAR = equals("cat_technology", *MOBILE)
SIMULATOR: Condition = any_of(equals("model", "x86_64", "i386"), equals("lat", "37.785834"))
PLACE: dict[str, Value] = {"latitude": "lat", "longitude": "long", "location_accuracy_m": "loc_accuracy"}
FIGURES: dict[str, Value] = {
    "download_mbps": divide("download_kbit", 1e3),
    "upload_mbps": divide("upload_kbit", 1e3),
    "latency_ms": "ping_ms",
}
CLASSES = "the publisher's own classes"


@dataclass(frozen=True, kw_only=True)
class Export(Csv):
    """The same table as text and as a workbook."""

    formats: ClassVar[tuple[str, ...]] = ("csv", "workbook")


EXPORT = Export(
    name="open data",
    keep={
        "measurement_id": "open_test_uuid",
        "measured_at": utc("time_utc"),
        "subject": "open_uuid",
        "service": mapped("cat_technology", SERVICE),
        "access": mapped("cat_technology", ACCESS),
        "technology": mapped("network_type", TECHNOLOGY),
        "mcc_mnc": where(matched("network_mcc_mnc", r"(\d{3}-\d{2,3})"), CELLULAR),
        "operator_name": where("network_name", CELLULAR),
        "asn": "asn",
        "country": matched("country_location", "([A-Za-z]{2})"),
        "server": "server_name",
        "method": join(constant("RMBT"), matched("num_threads", r"(\d+)(?:\.0)?"), constant("streams")),
        "client_version": "client_version",
        "device_model": "model",
        **PLACE,
        **FIGURES,
        "signal_dbm": where(first_of("lte_rsrp", "signal_strength"), CELLULAR),
    },
    reject={"neither mobile nor fixed can be told": equals("cat_technology", *NOT_SAID)},
    flags={
        "implausible": equals("implausible", "1", "1.0", "true"),
        "simulator": SIMULATOR,
        "roaming": unequal("network_mcc_mnc", "sim_mcc_mnc"),
    },
    ignore={
        "the position is kept": ("loc_src", "gkz", "gkz_sa", "kg_nr", "zip_code", "settlement_type"),
        "a truncated address; the AS is kept": ("ip_anonym", "nat_type"),
        "area and cell, written into each other's column": ("cell_area_code", "cell_location_id"),
        "detail of the radio": ("lte_rsrq", "channel_number", "radio_band"),
        "another protocol's figures of the same test": ("ndt_download_kbit", "ndt_upload_kbit"),
        "about the program": ("test_duration", "platform", "pinned"),
        "land and roads about the position": (
            *("land_cover", "dtm_level", "link_id", "link_name", "link_name1", "link_name2", "link_distance"),
            *("edge_id", "link_frc", "temperature", "atraster100", "atraster250"),
        ),
        CLASSES: ("signal_classification",),
    },
    optional=("*",),
)

SEARCH = Documents(
    name="search",
    records="results",
    keep={
        "measurement_id": "open_test_uuid",
        "measured_at": utc("time"),
        "subject": "open_uuid",
        "service": service_given(assumed="fixed"),
        "operator_name": "provider_name",
        "method": constant("RMBT"),
        "device_model": "model",
        **PLACE,
        **FIGURES,
        "signal_dbm": "lte_rsrp",
    },
    flags={"service-assumed": service_not_said(), "simulator": SIMULATOR},
    ignore={
        "the same time in other words, or by the client's clock": ("full_time", "client_time"),
        "about the program": ("platform",),
        "of the WLAN, unless it is cellular": ("signal_strength",),
        CLASSES: (
            "download_classification",
            "upload_classification",
            "ping_classification",
            "signal_classification",
        ),
    },
)

DECLARATION = Declaration(SOURCE, (EXPORT, SEARCH))
