"""config.toml as a whole: from bytes to `Settings`, or to every problem at once."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, TypeVar, cast

from dispatch.config import faults, kinds, notes, rules, secrets, shape, together
from dispatch.config.faults import Fault, UnfitError
from dispatch.errors import ConfigError
from dispatch.model import (
    BounceSettings,
    DkimSettings,
    FeedSettings,
    FeedsSettings,
    FetchSettings,
    NewsletterSettings,
    OperatorSettings,
    RelaySettings,
    SandboxSettings,
    SecretSettings,
    Settings,
    SiteSettings,
    SourceSettings,
    StoreSettings,
    WebSettings,
)

T = TypeVar("T")

LARGEST = 1_000_000  # bytes
SINGLE: Mapping[str, type] = {
    "site": SiteSettings,
    "store": StoreSettings,
    "secrets": SecretSettings,
    "operators": OperatorSettings,
    "fetch": FetchSettings,
    "feeds": FeedsSettings,
    "smtp": RelaySettings,
    "bounces": BounceSettings,
    "web": WebSettings,
    "sandbox": SandboxSettings,
}
REPEATED: Mapping[str, type] = {
    "dkim": DkimSettings,
    "source": SourceSettings,
    "feed": FeedSettings,
    "newsletter": NewsletterSettings,
    "relay": RelaySettings,
}
_POSITION = re.compile(r"^(.*) \(at (?:line (\d+), column (\d+)|end of document)\)$")


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of reading a file: settings unless something is wrong with it.

    `fit` are settings made of what is right in a file with problems, so that all the
    rest can be looked at in the same run. Nothing may be done with them.
    """

    file: Path
    settings: Settings | None
    faults: tuple[Fault, ...] = ()
    notes: tuple[Fault, ...] = ()
    fit: Settings | None = None


def load(file: Path) -> Settings:
    """Return the settings in `file`, paths absolute, defaults filled in.

    Raises ConfigError with every problem of the file, one a line.
    """
    reading = read(file)
    if reading.settings is None:
        raise ConfigError(faults.lines(reading.faults))
    return reading.settings


def read(file: Path, text: str | None = None) -> Reading:
    """Read `file` and say everything that is wrong with it. Raises nothing.

    With `text`, look at that as if it stood in the file: before it is written there.
    """
    try:
        document = _parse(_bytes(file) if text is None else text.encode())
    except UnfitError as unfit:
        return Reading(file, None, (unfit.at(str(file), ""),))
    draft = _Draft(str(file))
    draft.read(document)
    settings = _finish(file, Settings(file=file.absolute(), **draft.tables))
    settings, unread = _with_secrets(str(file), settings)
    told = {fault.key for fault in draft.faults}
    more = (*together.faults(str(file), settings), *unread)
    found = (*draft.faults, *(one for one in more if one.key not in told))
    if found:
        return Reading(file, None, found, fit=settings)
    return Reading(file, settings, (), tuple(notes.notes(str(file), settings)))


def _bytes(file: Path) -> bytes:
    if file.is_dir():
        raise UnfitError(
            "is a folder.", f"Name the file in it: --config {file / 'config.toml'}"
        )
    try:
        with file.open("rb") as opened:
            return opened.read(LARGEST + 1)
    except FileNotFoundError as error:
        raise UnfitError(
            "there is no such file.",
            "Name it with --config, or make a publication with: dispatch init DIR",
        ) from error
    except OSError as error:
        raise UnfitError(f"cannot be read ({error.strerror}).") from error


def _parse(data: bytes) -> dict[str, Any]:
    if len(data) > LARGEST:
        raise UnfitError("is larger than 1 MB.", "Name the right file with --config.")
    try:
        return tomllib.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        what = f"is not UTF-8 (at byte {error.start})."
        raise UnfitError(what, "Save it as UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise UnfitError(_syntax(str(error)), _SYNTAX) from error


_SYNTAX = "Texts stand in quotes, lists in [ ], tables below [name] or [[name]]."


def _syntax(message: str) -> str:
    """Put the place first: line 3, column 5: …."""
    found = _POSITION.match(message)
    if found is None:
        return f"{message}."
    place = f"line {found[2]}, column {found[3]}" if found[2] else "the end"
    return f"{place}: {found[1]}."


@dataclass
class _Draft:
    """Tables read so far, as far as they are fit, and what is wrong with them."""

    file: str
    tables: dict[str, Any] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def read(self, document: Mapping[str, Any]) -> None:
        """Take every table of the file."""
        for table, content in document.items():
            if table in SINGLE:
                one = self._one(SINGLE[table], table, table, content)
                self.tables |= {} if one is None else {table: one}
            elif table in REPEATED:
                self.tables[table] = self._many(table, content)
            else:
                remedy = faults.did_you_mean(table, (*SINGLE, *REPEATED))
                self.faults.append(Fault(self.file, table, "is not known.", remedy))

    def _many(self, table: str, content: object) -> tuple[Any, ...]:
        if not isinstance(content, list):
            remedy = f"Write [[{table}]], in double brackets."
            what = "there may be several of these."
            self.faults.append(Fault(self.file, table, what, remedy))
            return ()
        read = (
            self._one(REPEATED[table], table, faults.label(table, one, number), one)
            for number, one in enumerate(content, start=1)
        )
        return tuple(one for one in read if one is not None)

    def _one(self, cls: type, table: str, at: str, content: object) -> Any:
        if isinstance(content, list):
            remedy = f"Write [{table}], in single brackets."
            self.faults.append(Fault(self.file, at, "there can be only one.", remedy))
            return None
        shaped = shape.shape(cls, content, file=self.file, at=at)
        unfit = tuple(rules.faults(self.file, table, at, shaped.good))
        if table == "source":
            told = {fault.key for fault in (*shaped.faults, *unfit)}
            unfit += tuple(kinds.faults(self.file, at, shaped.good, told=told))
        self.faults.extend((*shaped.faults, *unfit))
        if shaped.value is not None and not unfit:
            return shaped.value
        wrong = {fault.key for fault in unfit}
        good = {
            key: value
            for key, value in shaped.good.items()
            if f"{at}.{key}" not in wrong
        }
        return shape.build_of(cls, good, file=self.file, at=at)


def _finish(file: Path, settings: Settings) -> Settings:
    """Fill in what other settings say, and make every path absolute."""
    folder = file.absolute().parent
    site = replace(settings.site, url=settings.site.url.rstrip("/"))
    return replace(
        settings,
        site=_absolute(site, folder),
        store=replace(settings.store, url=_database(settings.store.url, folder)),
        source=tuple(_absolute(source, folder) for source in settings.source),
        dkim=tuple(_absolute(key, folder) for key in settings.dkim),
        newsletter=tuple(_placed(letter, site) for letter in settings.newsletter),
        secrets=_absolute(settings.secrets, folder),
        feeds=_absolute(settings.feeds, folder),
        smtp=_absolute(settings.smtp, folder),
        bounces=_absolute(settings.bounces, folder),
        relay=tuple(_absolute(relay, folder) for relay in settings.relay),
    )


def _absolute(table: T, folder: Path) -> T:
    """Return a table with its relative paths taken from `folder`."""
    paths = {
        one.name: folder / value
        for one in fields(cast("Any", table))
        if isinstance(value := getattr(table, one.name), Path)
    }
    return cast("T", replace(cast("Any", table), **paths))


def _database(url: str, folder: Path) -> str:
    scheme, _, path = url.partition(":///")
    if scheme != "sqlite":
        return url
    return f"sqlite:///{folder / path}"


def _placed(letter: NewsletterSettings, site: SiteSettings) -> NewsletterSettings:
    """Give a newsletter without title or zone the site's."""
    return replace(
        letter,
        title=letter.title or site.title,
        timezone=letter.timezone or site.timezone,
    )


def _with_secrets(file: str, settings: Settings) -> tuple[Settings, tuple[Fault, ...]]:
    """Fetch every password and key from where the config says that it is."""
    unread: list[Fault] = []

    def fetched(table: str, key: str, path: Path | None) -> str:
        try:
            return secrets.load(table, key, path)
        except UnfitError as unfit:
            unread.append(unfit.at(file, f"{table}.{key}_file"))
            return ""

    def opened(relay: RelaySettings) -> RelaySettings:
        at = relay.table
        return replace(
            relay,
            password=fetched(at, "password", relay.password_file),
            client_secret=fetched(at, "client_secret", relay.client_secret_file),
            refresh_token=fetched(at, "refresh_token", relay.refresh_token_file),
        )

    back = settings.bounces
    key = back.mailgun_key or fetched("bounces", "mailgun_key", back.mailgun_key_file)
    password = fetched("bounces", "password", back.password_file)
    back = replace(back, mailgun_key=key, password=password)
    smtp, *more = map(opened, settings.relays)
    sources = []
    for source in settings.source:
        at = f"source.{source.name}"
        match source.kind:
            case "mailbox":
                password = fetched(at, "password", source.password_file)
                sources.append(replace(source, password=password))
            case "ghost":
                key = source.key or fetched(at, "key", source.key_file)
                sources.append(replace(source, key=key))
            case _:
                sources.append(source)
    keys = tuple(_with_pem(file, key, unread) for key in settings.dkim)
    settings = replace(settings, source=tuple(sources), dkim=keys, bounces=back)
    told = replace(settings, smtp=smtp, relay=tuple(more))
    return told, tuple(unread)


def _with_pem(file: str, key: DkimSettings, unread: list[Fault]) -> DkimSettings:
    try:
        return replace(key, pem=secrets.load_pem(key.selector))
    except UnfitError as unfit:
        unread.append(unfit.at(file, f"dkim.{key.selector}.key_file"))
        return key
