"""What can go wrong, in words for the person who must act, with the exit code of the command line.

Every message names what is concerned (source, delivery, line, column) and `next_command`
the command that helps; doors print both and exit with `exit_code`.
"""


class QosError(Exception):
    """A failure the user can act on. Exit 1."""

    exit_code = 1

    def __init__(self, message: str, *, next_command: str | None = None) -> None:
        super().__init__(message)
        self.next_command = next_command


class UsageFault(QosError):
    """The command was called wrongly. Exit 2."""

    exit_code = 2


class NotFound(QosError):
    """A named thing does not exist. Exit 3."""

    exit_code = 3


class StoppedByChecks(QosError):
    """A check said no. Exit 4."""

    exit_code = 4


class NotPermitted(QosError):
    """The caller may not do this. Exit 5."""

    exit_code = 5


class WrongState(QosError):
    """The thing exists, but not in the state this needs. Exit 6."""

    exit_code = 6


_LONGEST = 4_000
"""Letters of a message: what a delivery holds may stand in it, and be of any length."""


class DeliveryFault(QosError):
    """A delivery that was stopped whole and kept: nothing of it entered."""

    def __init__(self, source: str, delivery: str, message: str, *, next_command: str | None = None) -> None:
        message = message if len(message) <= _LONGEST else f"{message[:_LONGEST]}…"
        super().__init__(f"{source} {delivery}: {message}", next_command=next_command)
        self.source = source
        self.delivery = delivery
        self.reason = message


class PackFault(QosError):
    """A country pack or an edition with faults; `faults` holds one line `file:line: what` each."""

    def __init__(self, pack: str, faults: list[str]) -> None:
        super().__init__(f"{pack}: {len(faults)} fault(s)\n  " + "\n  ".join(faults))
        self.faults = tuple(faults)
