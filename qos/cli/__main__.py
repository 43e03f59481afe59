"""`qos`: entry point. Failures are printed as their message and the command that helps."""

import os
import shlex
import sys

# One thread in the linear algebra: the matrices are small, and more threads change the last digits.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from typer import Abort
from typer.exceptions import TyperException

from qos.cli.app import app
from qos.domain.errors import PackFault, QosError


def main() -> None:
    """Runs the command line and exits with the contract's code."""
    try:
        code = app(prog_name="qos", standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except QosError as error:
        sys.stderr.write(f"error: {error}\nnext: {_next(error)}\n")
        sys.exit(error.exit_code)
    except TyperException as error:
        _put_usage(error)
        sys.exit(error.exit_code)
    except Abort:
        sys.exit(1)
    except BrokenPipeError:
        # the reader of a pipe left: nothing more to say, and nothing to complain about
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:
        if (said := _said_by_the_system(error)) is None:
            raise
        sys.stderr.write(f"error: {said}\nnext: {_AGAIN} {_command()}\n")
        sys.exit(1)


def _next(error: QosError) -> str:
    """The command that helps: the one the error names, the same again, or how this one is called."""
    if error.next_command:
        return error.next_command
    return f"{_AGAIN} {_command()}" if isinstance(error, PackFault) else f"qos {sys.argv[1]} --help"


_AGAIN = "when that is mended, again:"


def _command() -> str:
    return shlex.join(["qos", *sys.argv[1:]])


def _put_usage(error: TyperException) -> None:
    """What was wrong with the words of the command; without any word its help."""
    context = getattr(error, "ctx", None)
    if context is None or len(sys.argv) == 1:
        sys.stderr.write(f"{error.format_message()}\n")
    else:
        sys.stderr.write(f"error: {error.format_message()}\nnext: {context.command_path} --help\n")


def _said_by_the_system(error: Exception) -> str | None:
    """What the file system or the database says, in a line; None for a mistake of the program."""
    if isinstance(error, OSError):
        return str(error) if error.filename is None else f"{error.filename}: {error.strerror}"
    # by name: the libraries are heavy, and most commands never import them
    return str(error).partition("\n")[0] if type(error).__name__ in _OF_THE_SYSTEM else None


_OF_THE_SYSTEM = (
    "IOException",
    "OutOfMemoryException",
    "OperationalError",
    "DatabaseError",
    "FileCreateError",
)
"""Of DuckDB, SQLAlchemy and XlsxWriter: no room on the disk or in memory, no server, a database that is
locked or none, a workbook that cannot be written."""


if __name__ == "__main__":
    main()
