"""Rules as data: indicators and editions, and the loader that checks them.

`load()` reads the bundled folder; a folder of the user's own, with `indicators/` and
`editions/` in it, is read the same way.
"""

import hashlib
import tomllib
from pathlib import Path
from typing import Any

from qos.domain.errors import NotFound, PackFault
from qos.domain.indicator import Indicator
from qos.methodology.edition import Edition, Methodology, Prior, parse_edition
from qos.methodology.indicator_file import Example, parse_indicator

__all__ = ["BUNDLED", "Edition", "Example", "Methodology", "Prior", "editions", "examples", "load"]

BUNDLED = Path(__file__).parent


def editions(folder: Path = BUNDLED) -> list[str]:
    """Names of the editions in a folder, oldest first."""
    return sorted(path.stem for path in (folder / "editions").glob("*.toml"))


def load(edition: str | None = None, folder: Path = BUNDLED) -> Methodology:
    """One edition (default: the newest) with its indicators.

    Raises NotFound for an edition that is not there, PackFault naming every fault by file.
    """
    known = editions(folder)
    name = edition or (known[-1] if known else "")
    if name not in known:
        raise NotFound(f"no edition {name!r} in {folder}; there are: {', '.join(known) or 'none'}")
    path = folder / "editions" / f"{name}.toml"
    faults: list[str] = []
    parsed = _edition(path, faults)
    if parsed is None:
        raise PackFault("methodology", faults)
    files = {f"editions/{path.name}": path.read_bytes()}
    indicators: dict[str, Indicator] = {}
    for wanted in parsed.indicators:
        file = folder / "indicators" / f"{wanted}.toml"
        found = _indicator(file, faults)
        if found is not None:
            indicators[wanted] = found[0]
            files[f"indicators/{file.name}"] = file.read_bytes()
    faults += _inconsistencies(path, parsed)
    if faults:
        raise PackFault("methodology", faults)
    return Methodology(parsed, indicators, files, _digest(files))


def examples(folder: Path = BUNDLED) -> list[tuple[Indicator, Example]]:
    """Every worked example of every indicator file of a folder."""
    faults: list[str] = []
    read = [_indicator(path, faults) for path in sorted((folder / "indicators").glob("*.toml"))]
    if faults:
        raise PackFault("methodology", faults)
    return [(found[0], example) for found in read if found is not None for example in found[1]]


def _toml(path: Path, faults: list[str]) -> dict[str, Any] | None:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        faults.append(f"{path.name}: named by the edition, but there is no such file")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        faults.append(f"{path.name}: {error}")
    return None


def _edition(path: Path, faults: list[str]) -> Edition | None:
    table = _toml(path, faults)
    if table is None:
        return None
    try:
        return parse_edition(table)
    except KeyError as error:
        faults.append(f"{path.name}: missing {error}")
    except (TypeError, ValueError) as error:
        faults.append(f"{path.name}: {error}")
    return None


def _indicator(path: Path, faults: list[str]) -> tuple[Indicator, tuple[Example, ...]] | None:
    table = _toml(path, faults)
    if table is None:
        return None
    try:
        return parse_indicator(path.stem, table)
    except ValueError as error:
        faults.append(f"{path.name}: {error}")
        return None


def _inconsistencies(path: Path, edition: Edition) -> list[str]:
    names = {market.name for market in edition.markets}
    faults = [f"{path.name}: examined {i!r} is not among its indicators" for i in edition.examined
              if i not in edition.indicators]  # fmt: skip
    if edition.headline not in edition.indicators:
        faults.append(f"{path.name}: headline {edition.headline!r} is not among its indicators")
    faults += [f"{path.name}: reference panel {s!r} names no market of the edition: {m!r}"
               for s, m in edition.reference_panels if m not in names]  # fmt: skip
    wanted = {"kappa", "kappa_reference", "kappa_published", "lam", "tau", "sig_u", "sig_rho"}
    if missing := wanted - set(edition.priors):
        faults.append(f"{path.name}: priors missing: {sorted(missing)}")
    return faults


def _digest(files: dict[str, bytes]) -> str:
    digest = hashlib.sha256()
    for name in sorted(files):
        digest.update(name.encode() + b"\0" + hashlib.sha256(files[name]).digest())
    return digest.hexdigest()
