"""What config.toml says of mail as values: relays, bounces, keys, newsletters."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import ClassVar, Literal

from dispatch.model.content import Selection, section_key
from dispatch.model.edition import Show
from dispatch.model.source_settings import SourceSettings
from dispatch.model.strict import STRICT, Strict

Design = Literal["briefing", "front-page"]
"""How a digest looks; each is a folder in `templates/email/digest`."""

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
        if self.name == "catcher":
            return "sandbox"
        return "smtp" if self.name == "default" else f"relay.{self.name}"

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
