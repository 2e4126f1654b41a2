"""config.toml as values. `dispatch.config` reads, checks and builds them.

Field names are the keys of the file; defaults are the documented defaults. Paths
are absolute after loading (relative ones are taken from config.toml's folder).
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import ClassVar, Literal
from urllib.parse import urlsplit

from dispatch.model.content import Selection, section_key
from dispatch.model.edition import Show
from dispatch.model.feed import FeedFamily

Strict = dict[str, str]
"""pydantic's ConfigDict in plain clothes: unknown keys are errors."""

Design = Literal["briefing", "front-page"]
"""How a digest looks; each is a folder in `templates/email/digest`."""

STRICT: Strict = {"extra": "forbid"}


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


SourceKind = Literal["folder", "feed", "wordpress", "ghost", "sitemap", "mailbox"]


@dataclass(frozen=True, slots=True)
class SourceSettings:
    """One [[source]]. Which keys go with which kind: `dispatch.config.kinds`."""

    __pydantic_config__: ClassVar[Strict] = STRICT
    name: str
    kind: SourceKind
    path: Path | None = None  # folder
    url: str = ""  # feed, wordpress, ghost, sitemap
    section: str = ""
    language: str = ""
    timezone: str = ""  # of dates that name none; the site's when empty
    first_contact: Literal["baseline", "mail"] = "baseline"
    generated_headlines: Literal["mail", "hold"] = "mail"
    future: Literal["hold", "clamp", "trust"] = "hold"
    full_text: Literal["never", "teasers"] = "never"
    on_missing: Literal["keep", "ask", "withdraw"] = "keep"
    require_ready: bool = False  # folder
    commit_dates: bool = False  # folder: a file is as old as its first git commit
    settle: timedelta = timedelta(seconds=10)
    ignore: tuple[str, ...] = ("drafts/**", "_*", "~$*", ".*")
    every: timedelta | None = None  # None: as often as the source publishes
    priority: int = 10
    push: bool = True  # WebSub, where the feed names a hub
    key: str = field(default="", repr=False)  # ghost: the Content API key
    key_file: Path | None = None
    host: str = ""  # mailbox
    port: int = 993
    security: Literal["tls", "starttls", "none"] = "tls"
    username: str = ""
    password: str = field(default="", repr=False)
    password_file: Path | None = None
    mailbox: str = "INBOX"
    senders: tuple[str, ...] = ()  # addresses, or domains as "@news.example.org"
    authserv: str = ""  # whose Authentication-Results to believe; empty: nobody's


@dataclass(frozen=True, slots=True)
class FetchSettings:
    """[fetch]: how articles may be fetched over HTTP."""

    __pydantic_config__: ClassVar[Strict] = STRICT
    allow_private: tuple[str, ...] = ()
    proxy: str = ""


@dataclass(frozen=True, slots=True)
class FeedsSettings:
    """[feeds]: the folder that feeds are written to, and what holds for all of them.

    `families` are the kinds that every section, author or tag gets a feed of its own
    of. `hubs` are the WebSub hubs that tell readers' programs of news at once.
    `archives`: keep every story in reach, by closed monthly documents (RFC 5005).
    """

    __pydantic_config__: ClassVar[Strict] = STRICT
    directory: Path = Path("feeds")
    families: tuple[FeedFamily, ...] = ()
    hubs: tuple[str, ...] = ()
    archives: bool = True


@dataclass(frozen=True, slots=True)
class FeedSettings:
    """One [[feed]]: NAME.rss, NAME.atom and NAME.json."""

    __pydantic_config__: ClassVar[Strict] = STRICT
    name: str
    title: str = ""
    description: str = ""
    sections: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    limit: int = 50
    window: timedelta = timedelta(days=14)  # before the newest story
    ids: Literal["tag", "source"] = "tag"
    content: Literal["full", "summary"] = "full"
    podcast_category: str = ""  # "News" or "News > Politics"; makes it a podcast
    podcast_image: str = ""  # its square cover; empty: the site's logo
    podcast_explicit: bool = False

    def __post_init__(self) -> None:
        """Write the sections as articles have them."""
        object.__setattr__(self, "sections", tuple(map(section_key, self.sections)))

    @property
    def selection(self) -> Selection:
        """What this feed carries."""
        return Selection(
            self.sections, self.tags, self.authors, self.sources, self.languages
        )


RelayProfile = Literal[
    "",
    "postfix",
    "exim",
    "mailgun",
    "ses",
    "gmail",
    "office365",
    "postmark",
    "sendgrid",
    "brevo",
]
"""What `deliver.profiles` knows about; a test compares the two."""


@dataclass(frozen=True, slots=True)
class RelaySettings:
    """[smtp], the relay named default, or one [[relay]].

    `host` may be the path of a socket. Which keys go together: `config.relays`.
    """

    __pydantic_config__: ClassVar[Strict] = STRICT
    name: str = "default"
    host: str = "127.0.0.1"
    port: int = 1025
    protocol: Literal["smtp", "lmtp", "sendmail", "folder"] = "smtp"
    command: tuple[str, ...] = ("/usr/sbin/sendmail", "-bs")  # sendmail
    folder: Path | None = None  # folder
    security: Literal["tls", "starttls", "none"] = "none"
    allow_plaintext: bool = False
    username: str = ""
    password: str = field(default="", repr=False)
    password_file: Path | None = None
    # An access token (OAuth 2.0) instead of a password: from a file, from a command,
    # or from `token_url`, with a refresh token or for the client itself.
    token_file: Path | None = None
    token_command: tuple[str, ...] = ()
    token_url: str = ""
    scope: str = ""
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    client_secret_file: Path | None = None
    refresh_token: str = field(default="", repr=False)
    refresh_token_file: Path | None = None
    ca_file: Path | None = None  # trust these certificates instead of the system's
    connections: int = 8
    messages_per_connection: int = 100  # then it is opened anew: relays count them
    connection_lifetime: timedelta = timedelta(minutes=5)
    rate: tuple[str, ...] = ()
    domain_rates: tuple[str, ...] = ()  # "gmail.com 20/s"; "* 5/s" is any other
    quiet: str = ""  # no issues from 22:00 to 06:00: "22:00-06:00"
    warm_up: timedelta = timedelta(0)
    warm_up_start: str = ""  # the first day, as in "2026-03-01"
    warm_up_first: int = 200  # messages on that day
    senders: tuple[str, ...] = ()  # addresses and domains whose mail goes here
    failover: str = ""  # the relay that takes its mail while it is down
    return_path: str = "verp"
    profile: RelayProfile = ""  # what the relay writes anew is left unsigned
    helo: str = ""  # the name given in EHLO; empty: the host part of site.url
    timeout: timedelta = timedelta(minutes=5)  # per reply before the dot

    @property
    def table(self) -> str:
        """Its table in config.toml, as messages to the operator call it."""
        named = self.name not in ("default", "catcher")
        return f"relay.{self.name}" if named else "smtp"

    @property
    def local(self) -> bool:
        """Whether it is no server, but a program or a folder of this machine."""
        return self.protocol in ("sendmail", "folder")

    @property
    def by_token(self) -> bool:
        """Whether an access token stands for the password."""
        return bool(self.token_file or self.token_command or self.token_url)

    @property
    def where(self) -> str:
        """Where it answers, as messages and the ledger name it."""
        if self.protocol == "sendmail":
            return self.command[0] if self.command else ""
        if self.protocol == "folder":
            return str(self.folder)
        if self.host.startswith("/"):
            return self.host
        return f"{self.host}:{self.port}"


HookProvider = Literal["ses", "postmark", "mailgun", "generic"]


@dataclass(frozen=True, slots=True)
class BounceSettings:
    """[bounces]: the ways by which mail that comes back reaches us."""

    __pydantic_config__: ClassVar[Strict] = STRICT
    listen: str = ""  # a listener of our own: HOST:PORT
    protocol: Literal["lmtp", "smtp"] = "lmtp"
    unsubscribe: str = ""  # of List-Unsubscribe by mail; a star stands for the reader
    hooks: tuple[HookProvider, ...] = ()
    mailgun_key: str = field(default="", repr=False)  # signs what Mailgun posts
    mailgun_key_file: Path | None = None
    host: str = ""  # of a mailbox that bounces come to, by IMAP
    port: int = 993
    security: Literal["tls", "starttls", "none"] = "tls"
    username: str = ""
    password: str = field(default="", repr=False)
    password_file: Path | None = None
    mailbox: str = "INBOX"
    done: str = ""  # where a mail goes that was taken in; empty: it is deleted
    every: timedelta = timedelta(minutes=5)

    @property
    def source(self) -> SourceSettings:
        """The mailbox, as what reads mailboxes wants it."""
        return SourceSettings(
            name="bounces",
            kind="mailbox",
            host=self.host,
            port=self.port,
            security=self.security,
            username=self.username,
            password=self.password,
            mailbox=self.mailbox,
        )


@dataclass(frozen=True, slots=True)
class DkimSettings:
    """One [[dkim]]: a key that mail from a domain, and those below, is signed with.

    `pem` is the key where the environment holds it.
    """

    __pydantic_config__: ClassVar[Strict] = STRICT
    domain: str
    selector: str
    key_file: Path | None = None
    until: str = ""  # the last day on which it may sign, as in 2027-12-31
    pem: str = field(default="", repr=False)

    @property
    def last_day(self) -> date | None:
        """The day of `until`, if there is one."""
        return date.fromisoformat(self.until) if self.until else None


@dataclass(frozen=True, slots=True)
class SectionSettings:
    """One [[newsletter.section]]: how a section's stories are shown in its issues."""

    __pydantic_config__: ClassVar[Strict] = STRICT
    name: str
    limit: int | None = None  # stories; the others are headlines under "Also today"
    show: Show = "excerpt"

    def __post_init__(self) -> None:
        """Write the name as articles have it."""
        object.__setattr__(self, "name", section_key(self.name))


@dataclass(frozen=True, slots=True)
class NewsletterSettings:
    """One [[newsletter]]. Its name is its identity."""

    __pydantic_config__: ClassVar[Strict] = STRICT
    name: str
    sender: str  # "Display Name <address>"
    schedule: str  # five cron fields, in `timezone`
    title: str = ""
    description: str = ""
    reply_to: str = ""
    subject: str = ""  # a template; empty: the lead story's headline
    timezone: str = ""  # the site's, after loading, when empty
    sections: tuple[str, ...] = ()
    section: tuple[SectionSettings, ...] = ()  # in the order of the mail
    not_if_in: tuple[str, ...] = ()  # newsletters whose readers had a story there
    design: Design = "briefing"
    min_articles: int = 1
    max_articles: int = 25
    lookback: timedelta = timedelta(days=2)
    catch_up: Literal["latest", "all", "skip"] = "latest"
    max_lateness: timedelta = timedelta(hours=6)
    expires: timedelta = timedelta(hours=20)
    relay: str = ""  # empty: by its sender
    on_unknown: Literal["resend_once", "hold"] = "resend_once"
    preflight: Literal["hold", "tell"] = "hold"
    flood: Literal["hold", "trim"] = "hold"
    approval: Literal["none", "unless_held", "required"] = "none"
    proof_to: tuple[str, ...] = ()
    proof: timedelta = timedelta(minutes=30)
    undo: timedelta = timedelta(0)
    canary: int = 0
    canary_wait: timedelta = timedelta(minutes=15)

    def __post_init__(self) -> None:
        """Write the sections as articles have them."""
        object.__setattr__(self, "sections", tuple(map(section_key, self.sections)))

    @property
    def selection(self) -> Selection:
        """Which articles become entries of this newsletter."""
        return Selection(self.sections)


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
