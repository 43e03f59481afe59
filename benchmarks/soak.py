"""The full numbers that the issues name: every `soak_*.py` beside this file, resumable.

    python benchmarks/soak.py [--only NAME ...] [--first N] [--workers N] [--to docs/soak-report.md]

A job is a module with TITLE, `cases()` (names), `run(case, folder)` (one result that JSON can hold, using
`folder` as it likes) and `report(results)` (lines of Markdown; the first says `passed` or `failed`).
Results are kept one per line in `soak/<digest of the code>/<job>.jsonl`, so that a run that was interrupted
goes on where it stopped, and changed code starts anew.
"""

import argparse
import hashlib
import importlib
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
CODE = (".py", ".sql", ".toml")


def jobs() -> list[str]:
    return sorted(path.stem.removeprefix("soak_") for path in HERE.glob("soak_*.py"))


def code_digest(folders: Iterable[Path]) -> str:
    """Of everything that could change a result: the package and the jobs, by name and content."""
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted(path for path in folder.rglob("*") if path.suffix in CODE):
            digest.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def done(results: Path) -> dict[str, Any]:
    """Results by case; a last line cut short by a crash counts as not there."""
    found = {}
    for line in results.read_text("utf-8").splitlines() if results.is_file() else ():
        try:
            kept = json.loads(line)
        except json.JSONDecodeError:
            continue
        found[kept["case"]] = kept["result"]
    return found


def keep(results: Path, case: str, result: Any) -> None:
    results.parent.mkdir(parents=True, exist_ok=True)
    with results.open("a", encoding="utf-8") as file:
        file.write(json.dumps({"case": case, "result": result}) + "\n")
        file.flush()
        os.fsync(file.fileno())


def run_case(job: str, case: str) -> Any:
    with tempfile.TemporaryDirectory(prefix="qos-soak-") as folder:
        return _module(job).run(case, Path(folder))


def _module(job: str) -> Any:
    if str(HERE) not in sys.path:
        sys.path.insert(0, str(HERE))
    return importlib.import_module(f"soak_{job}")


def soak(job: str, results: Path, *, first: int | None, workers: int) -> dict[str, Any]:
    """Runs what is not there yet and returns every result in the order of the cases."""
    cases = _module(job).cases()[:first]
    there = done(results)
    wanted = [case for case in cases if case not in there]
    print(f"{job}: {len(cases) - len(wanted)} of {len(cases)} cases are there", flush=True)
    for count, (case, result) in enumerate(_finished(job, wanted, workers), 1):
        keep(results, case, result)
        there[case] = result
        print(f"{job}: {case} ({count} of {len(wanted)})", flush=True)
    return {case: there[case] for case in cases}


def _finished(job: str, cases: list[str], workers: int) -> Iterator[tuple[str, Any]]:
    if workers == 1:
        yield from ((case, run_case(job, case)) for case in cases)
        return
    with ProcessPoolExecutor(workers) as pool:
        running = {pool.submit(run_case, job, case): case for case in cases}
        for future in as_completed(running):
            yield running[future], future.result()


def write_report(to: Path, digest: str, reports: dict[str, tuple[str, list[str]]]) -> None:
    """One section per job, from its title and lines."""
    lines = ["# Soak report", "", f"Written by `make soak`; digest of the code: `{digest}`.", ""]
    for title, body in reports.values():
        lines += [f"## {title}", "", *body, ""]
    to.parent.mkdir(parents=True, exist_ok=True)
    to.write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="The full numbers, resumable.")
    parser.add_argument("--only", nargs="+", choices=jobs(), default=jobs(), metavar="JOB")
    parser.add_argument("--first", type=int, help="only the first N cases of each job")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--results", type=Path, default=ROOT / "soak")
    parser.add_argument("--to", type=Path, default=ROOT / "docs" / "soak-report.md")
    options = parser.parse_args(arguments)
    digest = code_digest((ROOT / "qos", HERE))
    reports, start = {}, time.perf_counter()
    for job in options.only:
        results = soak(
            job, options.results / digest / f"{job}.jsonl", first=options.first, workers=options.workers
        )
        module = _module(job)
        reports[job] = (module.TITLE, module.report(list(results.values())))
    write_report(options.to, digest, reports)
    print(f"{options.to}, {time.perf_counter() - start:.0f} s")
    return 1 if any(lines[0].startswith("failed") for _, lines in reports.values()) else 0


if __name__ == "__main__":
    raise SystemExit(main())
