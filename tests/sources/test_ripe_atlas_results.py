"""Results of RIPE Atlas: every generation of names and numbers, and what a missing delay means."""

import pytest

from qos.sources.ripe_atlas import results


def ping(**more: object) -> dict[str, object]:
    common = {"type": "ping", "msm_id": 1, "prb_id": 2, "timestamp": 1654959318, "sent": 3, "rcvd": 3}
    return {**common, "avg": 31.9, "from": "192.0.2.1", **more}


def test_a_missing_delay_is_no_delay() -> None:
    (row,) = results(ping(rcvd=0, avg=-1, min=-1, max=-1))
    assert row["delay"] is None
    assert (row["lost"], row["answered"]) == (3, 0)


def test_numbers_may_be_texts() -> None:
    (row,) = results(ping(sent="3", rcvd="2", avg="58.042"))
    assert (row["delay"], row["lost"], row["answered"]) == (58.042, 1, 1)


def test_old_names_mean_the_same() -> None:
    old = {"addr": "2001:db8::1", "name": "example.org", "srcaddr": "2001:db8::9", "mode": "ICMP6"}
    new = {"dst_addr": "2001:db8::1", "dst_name": "example.org", "src_addr": "2001:db8::9"}
    (before,), (after,) = results(ping(**old)), results(ping(**new, proto="ICMP", af=6))
    assert {name: before[name] for name in after} == after


@pytest.mark.parametrize(
    ("addresses", "client"),
    [
        ({"from": "192.0.2.1", "src_addr": "192.168.10.6"}, "192.0.2.1"),
        ({"from": "", "src_addr": "192.0.2.202"}, "192.0.2.202"),
        ({"from": "", "src_addr": "10.0.0.7"}, None),
    ],
)
def test_only_an_address_that_the_network_gave_is_the_clients(
    addresses: dict[str, object], client: str | None
) -> None:
    (row,) = results(ping(**addresses))
    assert row["client"] == client


def test_each_resolver_of_a_probe_is_a_measurement() -> None:
    answers = [
        {"subid": 1, "submax": 2, "time": 1700000000, "dst_addr": "192.168.1.1", "result": {"rt": 4.2}},
        {"subid": 2, "submax": 2, "time": 1700000005, "dst_addr": "198.51.100.53", "error": {"timeout": 5}},
    ]
    common = {"type": "dns", "msm_id": 1, "prb_id": 2, "timestamp": 1700000000, "from": "192.0.2.1"}
    first, second = results({**common, "resultset": answers})
    assert (first["rt"], first["answered"], first["run"]) == (4.2, 1, "1-2-1700000000-1")
    assert (second["rt"], second["answered"], second["run"]) == (None, 0, "1-2-1700000005-2")
    assert first["reached"] is None  # a resolver inside the home names nothing
    assert second["reached"] == "198.51.100.53"


def test_the_packets_of_a_path_are_not_looked_at() -> None:
    (row,) = results(
        {"type": "traceroute", "timestamp": 1, "prb_id": 2, "result": [{"hop": 1}], "paris_id": 3}
    )
    assert row == {"type": "traceroute", "timestamp": 1, "prb_id": 2}
