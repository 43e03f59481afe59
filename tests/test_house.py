"""Rules of the house that no linter knows: what the tracked files may hold, and what a start may cost."""

import hashlib
import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
UNLICENSED = ROOT.parent / "shared" / "data" / "co-crc-speedtest"
HEAVY = ("numpy", "pandas", "duckdb", "sqlalchemy")
LOCKS = ("requirements.lock", "requirements-dev.lock")

MACHINE_PATH = re.compile(r"(?<![\w.~}])/(?:work|root|home|Users|tmp|mnt|opt)/\w")
REGISTRY = re.compile(
    r"\b(?:pypi\.org|pythonhosted\.org|npmjs\.(?:org|com))\b|--(?:extra-)?index-url|--find-links"
)
UNFINISHED = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")
OWN_WORDS = (".py", ".toml", ".md", ".sql", ".html", ".css", ".po", ".ini", ".mako", "")
"""Files we wrote; data keep the words of their origin."""


@cache
def _tracked() -> tuple[Path, ...]:
    """Files that git tracks or would: everything that is not ignored."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT, capture_output=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout: nothing says which files belong to the project")
    names = listed.stdout.decode().split("\0")
    return tuple(ROOT / name for name in names if name and (ROOT / name).is_file())


def _texts(suffixes: tuple[str, ...] | None = None) -> dict[Path, str]:
    """Tracked text files, this one apart: it must spell what it looks for."""
    texts = {}
    for path in _tracked():
        if path == Path(__file__) or (suffixes is not None and path.suffix not in suffixes):
            continue
        try:
            texts[path.relative_to(ROOT)] = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue
    return texts


def _lines_with(pattern: re.Pattern[str], suffixes: tuple[str, ...] | None = None) -> list[str]:
    return [
        f"{path}:{number}: {line.strip()[:120]}"
        for path, text in _texts(suffixes).items()
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]


def test_the_patterns_find_what_they_are_for():
    assert MACHINE_PATH.search("see /" + "home/someone/file")
    assert not MACHINE_PATH.search("https://example.org/home/page and docs/" + "work/plan and ~/tmp/x")
    assert REGISTRY.search("https://pypi" + ".org/simple")
    assert not REGISTRY.search("uv pip compile --no-emit-index-url")
    assert UNFINISHED.search("# TO" + "DO later")


def test_no_file_holds_a_path_of_some_machine():
    assert _lines_with(MACHINE_PATH) == []


def test_no_file_names_a_package_registry():
    assert _lines_with(REGISTRY) == []


def test_nothing_is_left_for_later_in_a_comment():
    assert _lines_with(UNFINISHED, OWN_WORDS) == []


def test_no_python_file_is_longer_than_400_lines():
    lengths = {path: text.count("\n") for path, text in _texts((".py",)).items()}
    assert {path: length for path, length in lengths.items() if length > 400} == {}


def test_data_without_a_stated_licence_are_not_in_the_repository():
    if not UNLICENSED.is_dir():
        pytest.skip("the folder of original data beside the repository is absent")
    originals = {_digest(path): path.name for path in UNLICENSED.rglob("*.csv")}
    assert originals
    assert [str(path) for path in _tracked() if _digest(path) in originals] == []


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_readme_is_short_and_names_the_two_commands():
    text = (ROOT / "README.md").read_text("utf-8")
    assert text.count("\n") <= 150
    assert "make demo" in text
    assert "make test" in text


def test_every_target_of_the_makefile_says_what_it_is_for():
    text = (ROOT / "Makefile").read_text("utf-8")
    explained = set(re.findall(r"^([a-z]+):.*  ## \S", text, flags=re.MULTILINE))
    assert explained >= {"install", "demo", "test", "check", "bench", "soak"}
    phony = re.search(r"^\.PHONY: (.*)$", text, flags=re.MULTILINE)
    assert phony
    assert set(phony[1].split()) == explained


def test_every_data_file_of_the_package_is_installed_with_it():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    patterns = project["tool"]["setuptools"]["package-data"]["qos"]
    installed = {path for pattern in patterns for path in (ROOT / "qos").glob(pattern)}
    data = {path for path in _tracked() if path.is_relative_to(ROOT / "qos") and path.suffix != ".py"}
    assert sorted(str(path) for path in data - installed) == []


def _pins(lock: str) -> dict[str, set[str]]:
    """Versions by package; several where they depend on the version of Python."""
    pins: dict[str, set[str]] = {}
    for name, version in re.findall(
        r"^([a-z0-9.-]+)==([^\s;]+)", (ROOT / lock).read_text("utf-8"), re.MULTILINE
    ):
        pins.setdefault(name, set()).add(version)
    return pins


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_of_a_lock_has_hashes(lock):
    requirements = re.split(r"\n(?=\S)", (ROOT / lock).read_text("utf-8").strip())
    assert len(requirements) > 10
    assert [line.split()[0] for line in requirements if "--hash=sha256:" not in line] == []


def test_the_tests_run_on_the_versions_that_users_install():
    runtime, dev = (_pins(lock) for lock in LOCKS)
    assert {name: dev.get(name) for name in runtime} == runtime


def test_the_lock_holds_every_dependency_and_the_build_tool():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    wanted = {
        LOCKS[0]: [*project["project"]["dependencies"], *project["build-system"]["requires"]],
        LOCKS[1]: project["project"]["optional-dependencies"]["dev"],
    }
    for lock, requirements in wanted.items():
        names = {re.split(r"[\[<>=!~ ]", requirement)[0].lower() for requirement in requirements}
        assert names - _pins(lock).keys() == set(), lock


HELP = f"""
import sys
from qos.cli.__main__ import main
sys.argv = ["qos", "--help"]
try:
    main()
except SystemExit as stop:
    assert not stop.code, stop.code
print("imported:", *[name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)
"""


def test_help_is_given_without_importing_anything_heavy():
    done = subprocess.run([sys.executable, "-c", HELP], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "demo" in done.stdout
    assert done.stderr.splitlines()[-1] == "imported:"
