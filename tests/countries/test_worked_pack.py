"""The example of docs/country-packs.md is a pack, and does what the document says."""

import doctest
import shutil
from pathlib import Path

from qos.countries import load
from qos.countries.tables import FILES

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "country-packs.md"


def test_the_document_shows_what_its_pack_answers(atlantis: Path) -> None:
    text = DOCUMENT.read_text(encoding="utf-8").replace("```", "\n")
    shown = doctest.DocTestParser().get_doctest(text, {"folder": atlantis}, "country-packs", str(DOCUMENT), 0)
    outcome = doctest.DocTestRunner().run(shown)
    assert outcome.attempted >= 9
    assert outcome.failed == 0


def test_the_document_describes_every_file() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert [file for file in FILES if f"| `{file}` |" not in text] == []


def test_the_tables_that_may_be_left_out_may_be_left_out(atlantis: Path) -> None:
    for path in atlantis.iterdir():
        if path.name not in ("country.toml", "operators.csv", "networks.csv", "regions.csv"):
            path.unlink()
    (atlantis / "operators.csv").write_text("operator,name_en,kind,valid_from,valid_to\ntide,Tide,isp,,\n")
    (atlantis / "networks.csv").write_text(
        "asn,operator,service,valid_from,valid_to,origin\n1,tide,any,,,x\n"
    )
    pack = load(atlantis)
    assert not any((pack.weights, pack.margins, pack.thresholds, pack.region_lineage))
    assert pack.boundaries is None


def test_the_digest_follows_the_data_and_not_the_place_or_the_readme(atlantis: Path, tmp_path: Path) -> None:
    first = load(atlantis).digest
    shutil.copytree(atlantis, tmp_path / "elsewhere")
    (tmp_path / "elsewhere" / "README.md").write_text("Origins.")
    assert load(tmp_path / "elsewhere").digest == first
    weights = tmp_path / "elsewhere" / "weights.csv"
    weights.write_text(weights.read_text().replace("30000", "30001"))
    assert load(tmp_path / "elsewhere").digest != first


def test_the_order_of_rows_changes_no_answer(atlantis: Path) -> None:
    before = load(atlantis)
    for path in atlantis.glob("*.csv"):
        header, *rows = path.read_text(encoding="utf-8").splitlines()
        path.write_text("\n".join([header, *reversed(rows), ""]), encoding="utf-8")
    after = load(atlantis)
    assert after.region_spellings() == before.region_spellings()
    assert after.operator_spellings() == before.operator_spellings()
    assert list(after.regions) == list(before.regions)
