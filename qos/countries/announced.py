"""Which autonomous system announced an address on a day, for whole columns of addresses."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from qos.countries.addresses import chunks, numbers
from qos.countries.prefixes import NOBODY, Announced, Ranges, ranges
from qos.countries.rows import ExcludedNetwork, Prefix


class Announcements:
    """The prefixes of one pack and its excluded networks, as ranges of addresses."""

    def __init__(self, prefixes: Sequence[Prefix], excluded: Sequence[ExcludedNetwork]) -> None:
        self._asns = np.array([*(row.asn for row in prefixes), 0], dtype=np.int64)
        self._prefixes = _both(prefixes)
        self._reasons = pa.array([row.reason for row in excluded], type=pa.string())
        self._excluded = _both(excluded)

    def asns(
        self, addresses: pa.StringArray | pa.ChunkedArray, days: npt.NDArray[np.datetime64]
    ) -> pa.Int64Array:
        """The system that announced each address on its day; null for an address that is none, that nobody
        announced, or that lies in an excluded network: no subscriber measures from there."""
        rows, excluded = _rows((self._prefixes, self._excluded), addresses, days)
        return pa.array(self._asns[rows], mask=(rows == NOBODY) | (excluded != NOBODY))

    def reasons(
        self, addresses: pa.StringArray | pa.ChunkedArray, days: npt.NDArray[np.datetime64]
    ) -> pa.StringArray:
        """Why the network of each address is excluded on its day; null where it is not."""
        (rows,) = _rows((self._excluded,), addresses, days)
        return self._reasons.take(pa.array(rows, mask=rows == NOBODY))


def _both(table: Sequence[Announced]) -> tuple[Ranges, Ranges]:
    return ranges(table, 4), ranges(table, 6)


def _rows(
    tables: Sequence[tuple[Ranges, Ranges]],
    addresses: pa.StringArray | pa.ChunkedArray,
    days: npt.NDArray[np.datetime64],
) -> list[npt.NDArray[np.int32]]:
    """Row of each table for each address; NOBODY where the address or the day is missing."""
    found = [np.full(len(addresses), NOBODY, dtype=np.int32) for _ in tables]
    for place, part in chunks(addresses):
        read = numbers(part)
        for version, keys, known in ((0, read.key4, read.four), (1, read.key6, read.six)):
            asked_for = known & ~np.isnat(days[place])
            which = slice(None) if asked_for.all() else np.flatnonzero(asked_for)
            asked, on = keys[which], days[place][which]
            for both, rows in zip(tables, found, strict=True):
                rows[place][which] = both[version].rows(asked, on)
    return found
