"""Country packs: what a country's regulator knows, as data files, and the loader that checks them."""

from qos.countries.country import Country
from qos.countries.loading import available, load
from qos.countries.names import fold, region_key
from qos.countries.pack import Pack
from qos.countries.rows import (
    ExcludedNetwork,
    Lineage,
    Margin,
    Network,
    Prefix,
    RegionName,
    Threshold,
    Weight,
)

__all__ = [
    "Country",
    "ExcludedNetwork",
    "Lineage",
    "Margin",
    "Network",
    "Pack",
    "Prefix",
    "RegionName",
    "Threshold",
    "Weight",
    "available",
    "fold",
    "load",
    "region_key",
]
