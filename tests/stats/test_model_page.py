import os
import re
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "method" / "model.md"

FIT = """
import hashlib
import numpy as np
from qos.stats.components import declare
from qos.stats.pooling import draws, fit
rng = np.random.default_rng(1)
y, v = 4 + rng.normal(size=(6, 5, 8)) * 0.2, rng.uniform(0.001, 0.05, (6, 5, 8))
declared = declare(np.full(6, 0.3), np.full(6, 0.07), n_operators=5, q=np.ones(6), kappa_c=0.02, omega_c=0.02)
sample = draws(fit(y, v, declared), 200, rng, n_points=200)
print(hashlib.sha256(sample.theta.tobytes()).hexdigest())
"""


def test_the_worked_example_of_the_page_runs_and_holds():
    blocks = re.findall(r"(?:^ {4}.*\n|^\n)+", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    example = next(block for block in blocks if "import numpy" in block)
    exec(compile("if True:\n" + example, str(PAGE), "exec"), {})


def test_the_number_of_threads_changes_no_bit_of_the_draws():
    def run(threads: str) -> str:
        environment = os.environ | {"OPENBLAS_NUM_THREADS": threads}
        done = subprocess.run(
            [sys.executable, "-c", FIT], env=environment, capture_output=True, text=True, check=True
        )
        return done.stdout

    assert run("1") == run("2")
