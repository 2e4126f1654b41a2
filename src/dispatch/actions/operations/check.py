"""Look at everything a publication needs on this machine, and name every problem.

Files only: the config, the templates, folders, the database, the secret key. No
relay and no website is asked.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import get_args

from dispatch import config, resources
from dispatch.actions.operations import proofs
from dispatch.compose import pictures
from dispatch.compose.press import Press
from dispatch.compose.templates import Templates
from dispatch.config import Fault, Reading
from dispatch.deliver import dkim_standing
from dispatch.errors import ConfigError, StoreError
from dispatch.model import (
    Clock,
    Design,
    Links,
    RelaySettings,
    Settings,
    SourceSettings,
)
from dispatch.store import inspection
from dispatch.text import address, urls

_ANOTHER = "Make another key, with a --selector of its own: dispatch dkim generate"

Look = Callable[[Settings], Sequence[str]]

RESERVED = (
    *(".example", ".test", ".invalid", ".localhost", ".local", ".internal"),
    *(".example.org", ".example.com", ".example.net"),
)


@dataclass(frozen=True, slots=True)
class CheckReport:
    """Every problem of one run, and what is only worth knowing."""

    file: Path
    faults: tuple[Fault, ...] = ()
    notes: tuple[Fault, ...] = ()
    usable: bool = True  # whether config.toml itself can be used

    @property
    def ok(self) -> bool:
        """Whether nothing has to be mended."""
        return not self.faults

    def lines(self) -> list[str]:
        """Say it in sentences, problems first."""
        said = [str(fault) for fault in self.faults]
        said += [f"Note: {note}" for note in self.notes]
        return [*said, self._summary()]

    def to_json(self) -> dict[str, object]:
        """Say it to a machine."""
        return {
            "problems": [fault.to_json() for fault in self.faults],
            "notes": [note.to_json() for note in self.notes],
        }

    def _summary(self) -> str:
        if self.ok:
            return f"{self.file}: all is well."
        number = len(self.faults)
        return f"{number} problem{'s' if number > 1 else ''} to mend."


def check(
    file: Path, *, look_at_pages: Look = lambda _: (), clock: Clock | None = None
) -> CheckReport:
    """Check the publication of the config at `file`. Changes nothing.

    `look_at_pages` says what is wrong with the templates of web pages. Without a
    clock, nothing is too old.
    """
    reading = config.read(file)
    if reading.settings is None:
        rest = _rest(str(file), reading)
        return CheckReport(file, (*reading.faults, *rest), usable=False)
    pages = [
        Fault("templates", "", error, "docs/pages.md lists what there is.")
        for error in look_at_pages(reading.settings)
    ]
    late = _late(str(file), reading.settings, clock) if clock else ()
    soon = _soon(str(file), reading.settings, clock) if clock else ()
    found = (*faults(str(file), reading.settings), *pages, *late)
    return CheckReport(file, found, (*reading.notes, *soon))


def check_templates(file: Path) -> CheckReport:
    """Render every mail in every design. Raises ConfigError for an unfit config."""
    settings = config.load(file)
    found = tuple(_templates(settings, designs=get_args(Design)))
    return CheckReport(settings.folder / "templates" / "email", found)


def _rest(file: str, reading: Reading) -> Iterator[Fault]:
    """Yield what is wrong around the part of a config that is fit."""
    if reading.fit is not None:
        told = {fault.key for fault in reading.faults}
        yield from (
            fault for fault in faults(file, reading.fit) if fault.key not in told
        )


def faults(file: str, settings: Settings) -> Iterator[Fault]:
    """Yield what is wrong with the world around settings that are fit in themselves."""
    for source in settings.source:
        yield from _source(file, source)
    yield from _writable(file, "feeds.directory", settings.feeds.directory)
    yield from _key(file, settings)
    yield from _database(file, settings)
    yield from _certificates(file, settings)
    yield from _logo(file, settings)
    if settings.site.live and not all(map(_here, settings.relays)):
        yield from senders(file, settings)
    yield from _templates(settings)


def _soon(file: str, settings: Settings, clock: Clock) -> Iterator[Fault]:
    """Yield every key for signing whose last day is near: a new one takes days."""
    today = clock.now().date()
    for key in settings.dkim:
        if (
            key.last_day is not None
            and timedelta(0) <= key.last_day - today <= dkim_standing.SOON
        ):
            what = f"{key.until} is near; later, issues that it should sign are held."
            yield Fault(file, f"dkim.{key.selector}.until", what, _ANOTHER)


def _late(file: str, settings: Settings, clock: Clock) -> Iterator[Fault]:
    """Yield every key for signing whose last day is over."""
    today = clock.now().date()
    for key in settings.dkim:
        if key.last_day is not None and key.last_day < today:
            yield Fault(
                file,
                f"dkim.{key.selector}.until",
                f"{key.until} is over, and issues that it should sign are held.",
                _ANOTHER,
            )


def senders(file: str, settings: Settings) -> Iterator[Fault]:
    """Yield every sender whose domain can never be anybody's."""
    for letter in settings.newsletter:
        domain = address.domain(address.sender(letter.sender).address)
        if reserved(domain):
            yield Fault(
                file,
                f"newsletter.{letter.name}.sender",
                f"{domain} is a domain of examples: nobody can answer, and relays "
                "refuse it.",
                "Write an address at a domain of yours.",
            )


def reserved(domain: str) -> bool:
    """Whether a domain is set apart for examples and tests (RFC 2606, RFC 6761)."""
    return f".{domain.lower()}".endswith(RESERVED)


def _source(file: str, source: SourceSettings) -> Iterator[Fault]:
    if source.path is None:
        return
    key = f"source.{source.name}.path"
    if not source.path.is_dir():
        what = f"there is no folder {source.path}."
        yield Fault(file, key, what, "Make the folder, or mend the path.")
    elif not os.access(source.path, os.R_OK | os.X_OK):
        what = f"{source.path} cannot be read."
        yield Fault(file, key, what, "Let the user that Dispatch runs as read it.")


def _writable(file: str, key: str, folder: Path) -> Iterator[Fault]:
    """A folder is there and writable, or can be made."""
    place = _existing(folder)
    if not place.is_dir():
        what = f"{place} is a file, not a folder."
        yield Fault(file, key, what, "Name another folder, or take the file away.")
    elif not os.access(place, os.W_OK | os.X_OK):
        what = f"{place} cannot be written to."
        yield Fault(file, key, what, "Let the user that Dispatch runs as write there.")


def _existing(path: Path) -> Path:
    """Return the path, or the nearest parent that exists."""
    return path if _is_there(path) else _existing(path.parent)


def _is_there(path: Path) -> bool:
    """Whether something is at `path`, as far as we may look."""
    return os.path.exists(path)  # noqa: PTH110 - Path.exists raises where it may not


def _key(file: str, settings: Settings) -> Iterator[Fault]:
    key_file = settings.secrets.key_file
    if not _is_there(key_file):
        yield from _writable(file, "secrets.key_file", key_file.parent)
    try:
        if _is_there(key_file):
            config.check_key(key_file)
        elif inspection.has_readers(settings.store.url):
            config.require_key(key_file)
    except ConfigError as error:
        yield Fault(file, "secrets.key_file", str(error))


def _database(file: str, settings: Settings) -> Iterator[Fault]:
    database = inspection.file_of(settings.store.url)
    if database is not None:
        yield from _writable(file, "store.url", database.parent)
        if _is_there(database):
            yield from _writable_file(file, database)
    try:
        inspection.inspect(settings.store.url)
    except StoreError as error:
        remedy = "Install the newer Dispatch again, or restore the backup made before."
        newer = "newer than this program" in str(error)
        yield Fault(file, "store.url", str(error), remedy if newer else _REACH)


_REACH = "Mend the address, or see that the database is there and lets us in."


def _writable_file(file: str, database: Path) -> Iterator[Fault]:
    if not os.access(database, os.R_OK | os.W_OK):
        what = f"{database} cannot be written to."
        remedy = "Let it belong to the user that Dispatch runs as."
        yield Fault(file, "store.url", what, remedy)


def _certificates(file: str, settings: Settings) -> Iterator[Fault]:
    for relay in settings.relays:
        trusted = relay.ca_file
        if trusted is not None and not trusted.is_file():
            what, key = f"there is no file {trusted}.", f"{relay.table}.ca_file"
            yield Fault(file, key, what, "Mend the path, or take the line out.")


def _here(relay: RelaySettings) -> bool:
    """Whether mail stays on this machine as far as we know."""
    return urls.is_loopback(relay.host)


def _logo(file: str, settings: Settings) -> Iterator[Fault]:
    try:
        if settings.site.logo_file is not None:
            pictures.load(settings.site.logo_file)
    except ValueError as error:
        remedy = "Mails go out with the title in its place until it is mended."
        yield Fault(file, "site.logo_file", str(error), remedy)


def _templates(settings: Settings, designs: Sequence[Design] = ()) -> Iterator[Fault]:
    """Render every mail once, with made-up stories and readers."""
    folders = resources.template_folders(settings.folder, "email")
    press = Press(
        settings.site,
        Links(settings.site.url),
        Templates(folders),
        leave=settings.bounces.unsubscribe,
    )
    for error in proofs.render_all(press, settings.newsletter, designs):
        yield Fault("templates", "", error, "docs/templates.md lists what there is.")
