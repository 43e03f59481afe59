"""What it costs to ask for help: `qos --help` against a bare start of the interpreter, interleaved.

python benchmarks/start.py [--runs N]
"""

import argparse
import statistics
import subprocess
import sys
import time

COMMANDS = {"qos --help": ("-m", "qos.cli", "--help"), "bare interpreter": ("-c", "pass")}
ALLOWED = 20
"""Times a bare start (issue 2, acceptance 1)."""


def seconds(command: tuple[str, ...]) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, *command], capture_output=True, check=True)
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description="Start-up time of the command line.")
    parser.add_argument("--runs", type=int, default=15)
    runs = parser.parse_args().runs
    taken = {name: [0.0] * runs for name in COMMANDS}
    for run in range(runs):
        for name, command in COMMANDS.items():
            taken[name][run] = seconds(command)
    medians = {name: statistics.median(values) for name, values in taken.items()}
    for name, median in medians.items():
        print(f"{name}: {1000 * median:.0f} ms, median of {runs}")
    ratio = medians["qos --help"] / medians["bare interpreter"]
    print(f"ratio {ratio:.1f}, allowed {ALLOWED}")


if __name__ == "__main__":
    main()
