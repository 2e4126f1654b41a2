"""What config.toml says of where articles come from, as values."""

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import ClassVar, Literal

from dispatch.model.strict import STRICT, Strict

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
