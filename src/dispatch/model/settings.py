"""config.toml as values. `dispatch.config` reads, checks and builds them.

Field names are the keys of the file; defaults are the documented defaults. Paths
are absolute after loading (relative ones are taken from config.toml's folder).
What it says of sources, feeds and mail has a module of its own each.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal
from urllib.parse import urlsplit

from dispatch.model.feed_settings import FeedSettings, FeedsSettings
from dispatch.model.mail_settings import (
    BounceSettings,
    DkimSettings,
    NewsletterSettings,
    RelaySettings,
)
from dispatch.model.source_settings import FetchSettings, SourceSettings
from dispatch.model.strict import STRICT, Strict

Inliner = Literal["premailer", "css-inline"]
"""The library that moves the styles of mails to where mail programs want them."""


@dataclass(frozen=True, slots=True)
class SiteSettings:
    """[site]: the publication, and where Dispatch itself answers (`url`)."""

    __pydantic_config__: ClassVar[Strict] = STRICT
    title: str = "Dispatch"
    url: str = "http://127.0.0.1:8000"  # no trailing slash after loading
    home: str = ""
    language: str = "en"
    timezone: str = "UTC"
    live: bool = False
    contact: str = ""
    complaints: str = ""  # takes feedback reports (RFC 9477)
    postal_address: str = ""
    logo: str = ""
    logo_file: Path | None = None  # a picture that travels inside each mail
    inliner: Inliner = "premailer"
    accent: str = "#0b5394"

    @property
    def authority(self) -> str:
        """The host that tag: ids are minted under: the publication's own, or ours."""
        return urlsplit(self.home).hostname or urlsplit(self.url).hostname or ""


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """[store]: sqlite:///FILE or postgresql://USER@HOST/DATABASE."""

    __pydantic_config__: ClassVar[Strict] = STRICT
    url: str = "sqlite:///var/dispatch.db"
    min_free: int = 100  # megabytes on the disk of a SQLite file


@dataclass(frozen=True, slots=True)
class SecretSettings:
    """[secrets]: the key that unsubscribe links and suppressions hang on."""

    __pydantic_config__: ClassVar[Strict] = STRICT
    key_file: Path = Path("var/secret.key")


@dataclass(frozen=True, slots=True)
class OperatorSettings:
    """[operators]: who is told when something needs a human."""

    __pydantic_config__: ClassVar[Strict] = STRICT
    mail: tuple[str, ...] = ()
    webhook: str = ""
    heartbeat: str = ""


@dataclass(frozen=True, slots=True)
class WebSettings:
    """[web]: where the public pages answer."""

    __pydantic_config__: ClassVar[Strict] = STRICT
    listen: str = "127.0.0.1:8000"
    admin_listen: str = ""
    trusted_proxies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SandboxSettings:
    """[sandbox]: the built-in mail catcher, which gets every mail while not live."""

    __pydantic_config__: ClassVar[Strict] = STRICT
    smtp: str = "127.0.0.1:1025"
    listen: str = "127.0.0.1:8025"
    sample_subscribers: tuple[str, ...] = ()  # the demo's; only while not live


@dataclass(frozen=True, slots=True)
class Settings:
    """The whole of config.toml. `folder` is where it lies."""

    __pydantic_config__: ClassVar[Strict] = STRICT
    file: Path = Path("config.toml")
    site: SiteSettings = SiteSettings()
    store: StoreSettings = StoreSettings()
    secrets: SecretSettings = SecretSettings()
    operators: OperatorSettings = OperatorSettings()
    source: tuple[SourceSettings, ...] = ()
    fetch: FetchSettings = FetchSettings()
    feeds: FeedsSettings = FeedsSettings()
    feed: tuple[FeedSettings, ...] = ()
    smtp: RelaySettings = RelaySettings()
    relay: tuple[RelaySettings, ...] = ()
    dkim: tuple[DkimSettings, ...] = ()
    bounces: BounceSettings = BounceSettings()
    newsletter: tuple[NewsletterSettings, ...] = ()
    web: WebSettings = WebSettings()
    sandbox: SandboxSettings = SandboxSettings()

    @property
    def relays(self) -> tuple[RelaySettings, ...]:
        """Every relay; the first takes what is no other's."""
        return (self.smtp, *self.relay)

    @property
    def folder(self) -> Path:
        """The publication's folder: templates/, relative paths."""
        return self.file.parent
