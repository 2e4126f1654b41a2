"""The one wiring place: config in, a ready application out.

Only this file knows which adapter is in use: which clock, which HTTP client,
which relay. Everything else is handed what it needs.
"""

import ipaddress
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from dispatch import config, http, resources
from dispatch.actions.collection.access_tokens import AccessToken
from dispatch.actions.delivery.rounds import Channel
from dispatch.actions.issues.preflight import Gate
from dispatch.actions.operations.doctor_web import Outside
from dispatch.clock import SystemClock
from dispatch.compose import pictures
from dispatch.compose.pictures import Picture
from dispatch.compose.press import Press
from dispatch.compose.templates import Templates
from dispatch.deliver import dkim, folder, route, session
from dispatch.deliver.dkim import Signer
from dispatch.deliver.route import Routes
from dispatch.errors import ConfigError
from dispatch.http.fetcher import Limits
from dispatch.http.lookup import NameService
from dispatch.model import (
    Ask,
    Clock,
    DkimSettings,
    Fetch,
    FetchSettings,
    Links,
    Post,
    RelaySettings,
    Settings,
    Submit,
)
from dispatch.publish.fragments import Fragments
from dispatch.store import Store, open_store, subscribers
from dispatch.store.room import MEGABYTE
from dispatch.subscribe.tokens import Tokens

HASTE = Limits(seconds=5.0)  # where somebody waits at the terminal
GREETING_WAIT = timedelta(seconds=10)  # Postfix holds its greeting back for six


@dataclass(frozen=True)
class App:
    """A publication, opened. Close it; a `with` block does."""

    settings: Settings
    store: Store
    clock: Clock
    fetch: Fetch
    post: Post
    submit: Submit
    press: Press
    tokens: Tokens
    links: Links
    channels: tuple[Channel, ...]  # the first takes what is no other relay's
    routes: Routes
    authority: str  # of tag: ids (RFC 4151)
    signers: tuple[Signer, ...] = ()
    fragments: Fragments = field(default_factory=Fragments)  # of feeds, in memory

    @property
    def relays(self) -> tuple[str, ...]:
        """The names of the relays that mail leaves through."""
        return tuple(one.relay.name for one in self.channels)

    @property
    def relays_used(self) -> tuple[RelaySettings, ...]:
        """The settings of the relays that mail leaves through."""
        return tuple(one.relay for one in self.channels)

    def close(self) -> None:
        """Finish the queued writes and close the database."""
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def open_app(file: Path, *, clock: Clock | None = None) -> App:
    """Read config.toml at `file`, open its database and wire everything.

    Raises ConfigError with every problem of the file, or StoreError.
    """
    settings = config.load(file)
    now = clock or system_clock()
    store = open_store(
        settings.store.url, clock=now, min_free=settings.store.min_free * MEGABYTE
    )
    with store.read() as tx:
        known = subscribers.is_anybody_known(tx)
    if known:
        config.require_key(settings.secrets.key_file)
    return wire(settings, store, now)


def rewire(app: App, settings: Settings) -> App:
    """Return `app` with other settings, on the same open database (SIGHUP)."""
    return replace(wire(settings, app.store, app.clock), fragments=app.fragments)


def wire(settings: Settings, store: Store, clock: Clock) -> App:
    """Put an application together around an open database."""
    links = Links(settings.site.url)
    templates = Templates(resources.template_folders(settings.folder, "email"))
    fetcher = http.Fetcher(settings.fetch, site_url=settings.site.url)
    used = relays_in_use(settings)
    routes = route.routes(used, settings.newsletter)
    signers = _signers(settings.dkim)
    logo, no_logo = _logo(settings.site.logo_file)
    return App(
        settings=settings,
        store=store,
        clock=clock,
        fetch=fetcher,
        post=fetcher.post,
        submit=fetcher.submit,
        press=Press(
            site=settings.site,
            links=links,
            templates=templates,
            gate=Gate(used, signers, no_logo=no_logo, routes=routes),
            logo=logo,
            leave=settings.bounces.unsubscribe,
        ),
        tokens=Tokens(config.load_or_make_key(settings.secrets.key_file)),
        links=links,
        channels=tuple(_channel(relay, settings, fetcher.ask) for relay in used),
        routes=routes,
        signers=signers,
        authority=_host(settings.site.home or settings.site.url),
    )


def fetching(settings: FetchSettings, *, site_url: str = "", also: str = "") -> Fetch:
    """Return what fetches over HTTP, for what runs without a publication.

    `also` is a host that may be asked though it is in a private network.
    """
    allowed = (*settings.allow_private, *filter(None, [also]))
    return http.Fetcher(replace(settings, allow_private=allowed), site_url=site_url)


def _logo(file: Path | None) -> tuple[Picture | None, str]:
    """Read the logo; without one that will do, say why, and mails show the title."""
    try:
        return (None, "") if file is None else (pictures.load(file), "")
    except ValueError as error:
        return None, str(error)


def _signers(keys: Sequence[DkimSettings]) -> tuple[Signer, ...]:
    """Load the keys that mail is signed with. Raises ConfigError."""
    return tuple(map(_signer, keys))


def _signer(key: DkimSettings) -> Signer:
    try:
        return dkim.signer(key)
    except ValueError as error:
        raise ConfigError(f"dkim {key.selector}: {error}") from error


def system_clock() -> Clock:
    """Return the machine's clock, for what runs without a publication."""
    return SystemClock()


def relays_in_use(settings: Settings) -> tuple[RelaySettings, ...]:
    """Return the configured relays, or the catcher while the site is not live."""
    if settings.site.live:
        return settings.relays
    host, _, port = settings.sandbox.smtp.rpartition(":")
    catcher = RelaySettings(
        name="catcher",
        host=host,
        port=int(port),
        connections=settings.smtp.connections,
        return_path=settings.smtp.return_path,
    )
    return (catcher,)


def trying(settings: Settings) -> tuple[Channel, ...]:
    """Return how to try every relay of the config, live or not, with little patience.

    For what runs without a publication: no database is opened.
    """
    ask = http.Fetcher(settings.fetch, limits=HASTE).ask
    return tuple(
        _channel(relay, settings, ask, timeout=GREETING_WAIT)
        for relay in settings.relays
    )


def looking(settings: Settings) -> Outside:
    """Return what `doctor` looks at the world through, with little patience."""
    fetcher = http.Fetcher(settings.fetch, site_url=settings.site.url, limits=HASTE)
    return Outside(NameService(), fetcher, fetcher.submit)


def _channel(
    relay: RelaySettings,
    settings: Settings,
    ask: Ask,
    *,
    timeout: timedelta | None = None,
) -> Channel:
    """Return how to reach one relay; `timeout` is for each of its replies."""
    helo = relay.helo or _greeting(settings.site.url)
    token = AccessToken(relay, ask) if relay.by_token else None
    if relay.protocol == "folder":
        return Channel(relay, lambda: folder.connect(relay))
    return Channel(
        relay,
        lambda: session.connect(relay, helo=helo, token=token, timeout=timeout),
    )


def connecting(relay: RelaySettings, *, helo: str) -> Callable[[], session.Session]:
    """Return what connects to a relay, for what runs without a publication."""
    return lambda: session.connect(relay, helo=helo)


def _greeting(url: str) -> str:
    """Return our name for EHLO; an address that is a number needs its brackets."""
    host = _host(url)
    if ":" in host:
        return f"[IPv6:{host}]"
    with suppress(ValueError):
        return f"[{ipaddress.IPv4Address(host)}]"
    return host


def _host(url: str) -> str:
    return urlsplit(url).hostname or "localhost"
