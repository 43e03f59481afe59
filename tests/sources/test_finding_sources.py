"""Sources are found by their file's name; one's own are declared like another, without code."""

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from qos import sources
from qos.domain.errors import NotFound, UsageFault
from qos.domain.measurement import AGGREGATE_KEY
from qos.domain.source import Shape, SourceKind
from qos.store.reading import read

SIX = ["canonical", "canonical-aggregates", "crc-speedtest", "ofcom-panel", "ookla-nuts", "published"]


def test_every_file_is_a_source() -> None:
    assert set(SIX) <= set(sources.names())
    assert {name: found.source.name for name, found in sources.every().items()} == {
        name: name for name in sources.names()
    }
    assert [sources.find(name).source.name for name in SIX] == SIX


def test_the_nearest_name_is_offered_for_one_that_does_not_exist() -> None:
    with pytest.raises(
        NotFound, match=r"no source is called 'ofcom-pannel'; did you mean ofcom-panel\?"
    ) as fault:
        sources.find("ofcom-pannel")
    assert fault.value.next_command == "qos sources"


def loaded(code: str, module: str) -> bool:
    """Whether a fresh interpreter has imported a module of this name after the code."""
    asked = f"print(any(name.startswith('{module}') for name in sys.modules))"
    code = f"import sys; from qos import sources; {code}; {asked}"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return found.stdout.strip() == "True"


def test_names_are_known_without_importing_a_source() -> None:
    assert not loaded("sources.names()", "qos.sources.")
    assert loaded("sources.find('canonical')", "qos.sources.canonical")


@pytest.mark.parametrize("heavy", ["numpy", "pandas", "duckdb", "sqlalchemy", "pyarrow"])
def test_a_declaration_is_data_and_imports_no_engine(heavy: str) -> None:
    assert not loaded("sources.find('ofcom-panel')", heavy)


def test_a_source_of_ones_own_is_like_another_under_its_own_name(tmp_path: Path) -> None:
    declaration = sources.like("hanoi-app", like="canonical", kind="app", kin="one-sdk", bias_prior=0.2)
    source = declaration.source
    assert (source.name, source.kind, source.shape) == ("hanoi-app", SourceKind.APP, Shape.MEASUREMENTS)
    assert (source.kin_group, source.bias_prior, source.reference) == ("one-sdk", 0.2, False)
    path = tmp_path / "rows.csv"
    path.write_text(
        "measurement_id,measured_at,service,source\n"
        "1,2026-07-01T00:00:00Z,mobile,hanoi-app\n"
        "2,2026-07-01T00:00:00Z,mobile,canonical\n"
    )
    with duckdb.connect() as connection:
        reading = read(connection, declaration, path, delivery="rows.csv", period=None)
        rejected = connection.execute(f"SELECT line, reason, value FROM {reading.rejected}").fetchall()
    assert rejected == [(3, "another source's row", "canonical")]


def test_one_may_publish_figures_of_ones_own() -> None:
    assert sources.like("i-speed", like="published", kind="published").layouts[0].required == (
        "publisher",
        "citation",
    )
    cells = sources.like("cells", like="canonical-aggregates", kind="tiles")
    assert cells.source.shape is Shape.AGGREGATES


@pytest.mark.parametrize(
    ("name", "like", "kind", "told"),
    [
        ("Hanoi App", "canonical", "app", "not a slug: 'Hanoi App'"),
        ("hanoi-app", "ofcom-panel", "app", "can be like canonical, canonical-aggregates, published"),
        ("hanoi-app", "canonical", "phone", "'phone' is not a valid SourceKind"),
        ("ofcom-panel", "canonical", "app", "'ofcom-panel' is a source already"),
    ],
)
def test_a_declaration_that_cannot_hold_is_refused(name: str, like: str, kind: str, told: str) -> None:
    with pytest.raises(UsageFault, match=told):
        sources.like(name, like=like, kind=kind)


def test_only_published_figures_may_name_operators_and_publishers() -> None:
    cells = sources.find("canonical-aggregates").layouts[0].explained
    assert set(AGGREGATE_KEY) <= set(cells)
    assert not {"operator_name", "region_name", "publisher"} & set(cells)
    assert {"operator_name", "region_name", "publisher"} <= set(
        sources.find("published").layouts[0].explained
    )
