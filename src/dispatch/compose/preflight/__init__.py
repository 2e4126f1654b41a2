"""Look at a finished message as its receivers will, before anybody gets it.

A whole message in, remarks out. It is read by the standard library's parsers, not by
what wrote it. Nothing is asked of the network, and nothing here raises.
"""

import logging
from collections.abc import Callable

from dispatch.compose.preflight import clients, contents, heads, looks, parts
from dispatch.compose.preflight.remark import Level, Preflight, Remark
from dispatch.compose.preflight.sample import Sample

__all__ = ["Level", "Preflight", "Remark", "Sample", "inspect"]

OF_ALL: tuple[Callable[[Sample], tuple[Remark, ...]], ...] = (
    parts.bytes_,
    heads.headers,
    heads.people,
    heads.subject,
    heads.way_out,
    parts.parts,
    parts.sizes,
    contents.leftovers,
)
OF_HTML: tuple[Callable[[Sample], tuple[Remark, ...]], ...] = (
    contents.links,
    contents.tracking,
    looks.frame,
    looks.contrast,
    looks.pictures,
    clients.support,
)

log = logging.getLogger(__name__)


def inspect(sample: Sample) -> Preflight:
    """Return every remark about a message of a list."""
    checks = (*OF_ALL, *OF_HTML) if sample.part("text/html") else OF_ALL
    return Preflight(tuple(one for check in checks for one in _look(check, sample)))


def _look(
    check: Callable[[Sample], tuple[Remark, ...]], sample: Sample
) -> tuple[Remark, ...]:
    """Run one check; one that breaks off is no reason to hold an issue."""
    try:
        return check(sample)
    except Exception as error:
        name = check.__name__.strip("_")
        log.exception("preflight broke off check=%s", name)
        says = f"could not be judged ({type(error).__name__}); the log says more."
        return (Remark(Level.WARN, name.capitalize(), says),)
