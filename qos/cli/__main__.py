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
    except Exception as error:
        if (said := _said_by_the_system(error)) is None:
            raise
        sys.stderr.write(f"error: {said}\nnext: when that is mended, again: qos {' '.join(sys.argv[1:])}\n")
        sys.exit(1)


def _said_by_the_system(error: Exception) -> str | None:
    """What the file system or the database says, in a line; None for a mistake of the program."""
    if isinstance(error, OSError):
        return str(error) if error.filename is None else f"{error.filename}: {error.strerror}"
    # by name: the libraries are heavy, and most commands never import them
    return str(error).partition("\n")[0] if type(error).__name__ in _OF_THE_SYSTEM else None


_OF_THE_SYSTEM = ("IOException", "OutOfMemoryException", "OperationalError")
"""Of DuckDB and SQLAlchemy: no room on the disk or in memory, no server, a database that is locked."""


if __name__ == "__main__":
    main()
