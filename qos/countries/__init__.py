"""Country packs: what a country's regulator knows, as data files, and the loader that checks them."""

from qos.countries.country import Country
from qos.countries.loading import available, load
from qos.countries.names import fold, region_key
from qos.countries.pack import Pack
from qos.countries.rows import Lineage, Margin, Network, RegionName, Threshold, Weight

__all__ = [
    "Country",
    "Lineage",
    "Margin",
    "Network",
    "Pack",
    "RegionName",
    "Threshold",
    "Weight",
    "available",
    "fold",
    "load",
    "region_key",
]
