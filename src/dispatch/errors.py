"""What can go wrong, as a tree.

DispatchError            caught once, in cli: prints str(error), exits `exit_code`
├── ConfigError          config.toml cannot be used (exit 2)
├── UsageError           the command was called wrongly: no such issue … (exit 2)
├── SourceError          one source could not be collected; the others go on
│   └── UnreachableError nothing answered: theirs is down, or our own network is
├── PublishError         one feed could not be published; the last good one stays
├── TemplateError        a template is missing, or uses an unknown name
├── PreflightError       an issue must not leave as it is; it is held, and says why
├── StoreError           the database cannot be read or written
├── RelayError           the mail server could not be used at all
└── StartError           the daemon cannot start: port taken, file locked, no permission

A refused or delayed *message* is no error: see `model.Outcome`. A bad file or
a bad row is no error either: it is a `model.Problem`, named once, and the rest
goes on. Every message says where, what, and what would do.
"""


class DispatchError(Exception):
    """Base of every error an operator is meant to read."""

    exit_code = 1


class ConfigError(DispatchError):
    """config.toml cannot be used: every problem of one run, each with its remedy."""

    exit_code = 2


class UsageError(DispatchError):
    """A command was called with something that does not exist or does not fit."""

    exit_code = 2


class SourceError(DispatchError):
    """One source could not be collected. It is retried; nothing stored is lost."""


class UnreachableError(SourceError):
    """Nothing answered: the other side is down, or our own network is.

    `nearby`: it failed before anything left this network (no route, no name
    service), which hardly is the other side's fault.
    """

    def __init__(self, message: str, *, nearby: bool = False) -> None:
        super().__init__(message)
        self.nearby = nearby


class PublishError(DispatchError):
    """One feed could not be published. The last good file stays in place."""


class PreflightError(DispatchError):
    """An issue's finished bytes must not leave as they are. The message says why."""


class TemplateError(DispatchError):
    """A template is missing, broken, or uses a name it is not given."""


class StoreError(DispatchError):
    """The database cannot be opened, read or written."""


class RelayError(DispatchError):
    """The mail server could not be used at all: nothing was handed over."""


class StartError(DispatchError):
    """The daemon or the catcher cannot start."""
