"""config.toml as values: a file in, `model.Settings` or every problem at once out.

    reading     the whole file: TOML, tables, defaults, absolute paths, secrets
    shape       one table against its dataclass (pydantic): keys, types
    kinds       which keys go with which kind of source
    rules       what a single value must be: a zone, an address, a schedule …
    together    what several values must be together: names, bounds, plain SMTP
    notes       what is allowed, but will not do what somebody may expect
    secrets     the key file, passwords, the environment: read only here
    edit        `live = true` or a new source, with every comment in place
    writing     a source as the lines that stand for it

May import model, errors, text, and compose.due for schedules. pydantic, tomllib and
the environment stay in here.
"""

from dispatch.config.edit import add_sources, set_live
from dispatch.config.faults import Fault
from dispatch.config.reading import Reading, load, read
from dispatch.config.secrets import check_key, load_or_make_key, require_key, variable
from dispatch.config.writing import source_block

__all__ = [
    "Fault",
    "Reading",
    "add_sources",
    "check_key",
    "load",
    "load_or_make_key",
    "read",
    "require_key",
    "set_live",
    "source_block",
    "variable",
]
