"""`qos`: entry point. Failures are printed as their message and the command that helps."""

import os
import sys

# One thread in the linear algebra: the matrices are small, and more threads change the last digits.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from qos.cli.app import app
from qos.domain.errors import QosError


def main() -> None:
    """Runs the command line and exits with the contract's code."""
    try:
        app()
    except QosError as error:
        sys.stderr.write(f"error: {error}\n")
        if error.next_command:
            sys.stderr.write(f"next: {error.next_command}\n")
        sys.exit(error.exit_code)
    except BrokenPipeError:
        # the reader of a pipe left: nothing more to say, and nothing to complain about
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


if __name__ == "__main__":
    main()
