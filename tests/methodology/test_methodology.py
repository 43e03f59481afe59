"""Indicators and editions: every worked example holds, every fault is named."""

import shutil

import pytest

from qos import methodology
from qos.domain.errors import NotFound, PackFault


@pytest.fixture
def own(tmp_path):
    """A folder of one's own, a copy of the bundled one."""
    for name in ("indicators", "editions"):
        shutil.copytree(methodology.BUNDLED / name, tmp_path / name)
    return tmp_path


def _edit(path, old, new):
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def test_the_newest_edition_is_the_default_and_names_indicators_that_exist():
    loaded = methodology.load()
    assert loaded.edition.name == methodology.editions()[-1]
    assert list(loaded.indicators) == list(loaded.edition.indicators)
    assert loaded.edition.headline in loaded.indicators


def test_the_digest_changes_with_any_byte(own):
    before = methodology.load(folder=own).digest
    assert before == methodology.load().digest
    _edit(own / "indicators" / "loss_mean.toml", "Packet loss, mean", "Packet loss, the mean")
    assert methodology.load(folder=own).digest != before


def test_a_mean_is_never_ranked():
    loaded = methodology.load()
    assert not loaded.indicators["download_mean"].ranked
    assert loaded.indicators["download_geomean"].ranked


def test_an_edition_that_does_not_exist_is_named_with_those_that_do():
    with pytest.raises(NotFound, match=r"2026\.1"):
        methodology.load("1999.1")


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("indicators/loss_mean.toml", 'metric = "loss_ratio"', 'metric = "loss"', "no such metric: 'loss'"),
        ("indicators/loss_mean.toml", 'cell = "mean"', 'cell = "geomean"', "does not go with"),
        ("indicators/loss_mean.toml", "unit", "units", "unknown keys"),
        ("indicators/loss_mean.toml", "[[example]]", "[[examples]]", "unknown keys"),
        ("indicators/download_p10.toml", "quantile = 0.1", "quantile = 1.5", "cell must be"),
        ("editions/2026.1.toml", 'headline = "download_geomean"', 'headline = "speed"', "headline 'speed'"),
        ("editions/2026.1.toml", 'market = "fixed"', 'market = "wireless"', "names no market"),
        ("editions/2026.1.toml", "tau = [0.08, 0.7]", "tau = [0.0, 0.7]", "positive centre"),
        ("editions/2026.1.toml", "kappa = [0.07, 0.5]", "", "priors missing"),
        (
            "editions/2026.1.toml",
            '"loss_mean", ',
            '"loss_median", ',
            "loss_median.toml: named by the edition",
        ),
        ("editions/2026.1.toml", "draws = 2000", "draws = ", "2026.1.toml"),
    ],
)
def test_every_fault_names_its_file(own, file, old, new, said):
    _edit(own / file, old, new)
    with pytest.raises(PackFault) as raised:
        methodology.load(folder=own)
    assert raised.value.faults[0].startswith((file.split("/")[1], said))
    assert said in str(raised.value)


def test_several_faults_are_named_at_once(own):
    _edit(own / "indicators" / "loss_mean.toml", 'metric = "loss_ratio"', 'metric = "loss"')
    _edit(own / "indicators" / "jitter_median.toml", 'metric = "jitter_ms"', 'metric = "jitter"')
    with pytest.raises(PackFault) as raised:
        methodology.load(folder=own)
    assert len(raised.value.faults) == 2
