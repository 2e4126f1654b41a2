"""Which settings of a [[source]] go with which kind of source.

One table, so that a key in the wrong place is an error with a remedy and never a
wish that nobody hears. Looked at is what is written in the file, not what it means
by default.
"""

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dispatch.config.faults import Fault

COMMON = frozenset(
    {
        *("name", "kind", "section", "language", "timezone", "priority"),
        *("first_contact", "generated_headlines", "future"),
    }
)


@dataclass(frozen=True, slots=True)
class Kind:
    """What a source of one kind needs, and what it may have beside `COMMON`."""

    needs: tuple[str, ...]
    may: frozenset[str]

    def takes(self, key: str) -> bool:
        """Whether a source of this kind may have the key."""
        return key in COMMON or key in self.needs or key in self.may


KINDS: Mapping[str, Kind] = {
    "folder": Kind(
        ("path",),
        frozenset({"settle", "ignore", "require_ready", "on_missing", "commit_dates"}),
    ),
    "feed": Kind(("url",), frozenset({"every", "full_text", "push"})),
    "wordpress": Kind(("url",), frozenset({"every", "on_missing"})),
    "ghost": Kind(("url",), frozenset({"every", "on_missing", "key", "key_file"})),
    "sitemap": Kind(("url",), frozenset({"every", "full_text"})),
    "mailbox": Kind(
        ("host", "username", "senders"),
        frozenset(
            {"port", "security", "password_file", "mailbox", "authserv", "every"}
        ),
    ),
}
EXAMPLES: Mapping[str, str] = {
    "path": 'path = "articles"',
    "url": 'url = "https://…"',
    "host": 'host = "imap.example.org"',
    "username": 'username = "stories@example.org"',
    "senders": 'senders = ["desk@example.org"]: anybody can write to a mailbox',
}


def faults(
    file: str, at: str, given: Mapping[str, Any], *, told: Container[str]
) -> Iterator[Fault]:
    """Yield what is missing and what does not belong; `told` are keys known as wrong.

    `given` are the keys of the table, as far as they have the right type. Without a
    known kind there is nothing to say.
    """
    word = given.get("kind")
    kind = KINDS.get(word) if isinstance(word, str) else None
    if kind is None:
        return
    for key in kind.needs:
        if not given.get(key) and f"{at}.{key}" not in told:
            what = f'is missing: a source of kind "{word}" needs it.'
            yield Fault(file, f"{at}.{key}", what, f"Add a line {EXAMPLES[key]}.")
    for key in given:
        if not kind.takes(key):
            what = f'does not go with kind "{word}".'
            yield Fault(file, f"{at}.{key}", what, _instead(key))


def _instead(key: str) -> str:
    kinds = " or ".join(f'"{name}"' for name, kind in KINDS.items() if kind.takes(key))
    return f"Take the line out, or change kind to {kinds}."
