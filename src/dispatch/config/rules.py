"""What a single value of config.toml must be, key by key.

A rule takes a value of the right type and raises ValueError with a sentence. Empty
texts are looked at only where a key may not be empty.
"""

import ipaddress
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from dispatch.compose import due
from dispatch.config import durations, newsletter_sections
from dispatch.config.faults import Fault, UnfitError, shorten
from dispatch.deliver import quiet
from dispatch.subscribe import tokens
from dispatch.text import address, urls

Rule = Callable[[Any], None]

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
CATEGORY = re.compile(r"[A-Z][A-Za-z& -]{1,40}( > [A-Z][A-Za-z& -]{1,40})?")
RATE = re.compile(r"[1-9][0-9]{0,8}/[smhd]")
HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?")
GHOST_KEY = re.compile(r"[0-9a-f]{26}")
SQLITE = re.compile(r"sqlite:///[^?#]+")
STAR = "*"
LOCAL = 64  # characters before the @, RFC 5321 4.5.3.1.1
POSTGRES = re.compile(r"postgresql://\S+")
HIGHEST_PORT = 65535


def faults(
    file: str, table: str, at: str, values: Mapping[str, Any]
) -> Iterator[Fault]:
    """Yield what is wrong with the values of one table; `at` is its name."""
    for key, value in values.items():
        rule = RULES.get(f"{ALIKE.get(table, table)}.{key}")
        try:
            if rule is not None:
                rule(value)
        except UnfitError as unfit:
            yield unfit.at(file, f"{at}.{key}")
        except ValueError as error:
            yield Fault(file, f"{at}.{key}", _sentence(value, str(error)))


def _sentence(value: object, reason: str) -> str:
    """Make sure that a message names the value and ends like a sentence."""
    text = reason if str(value) in reason else f"{shorten(value)}: {reason}"
    return text if text.endswith((".", "!", '"')) else f"{text}."


def shaped(pattern: re.Pattern[str], what: str, remedy: str, value: str) -> None:
    """Require a pattern, if there is anything at all."""
    if value and not pattern.fullmatch(value):
        raise UnfitError(f"{value!r} is not {what}.", remedy)


def filled(rule: Rule, value: str) -> None:
    """Require something, and that it passes `rule`."""
    if not value.strip():
        raise UnfitError(
            "is empty.", "Fill it in, or take the line out for the default."
        )
    rule(value)


def each(rule: Rule, values: object) -> None:
    """Require every text of a list to be there once and to pass `rule`."""
    seen: list[str] = []
    for value in values if isinstance(values, list | tuple) else ():
        filled(rule, value)
        if value in seen:
            raise UnfitError(f"{value!r} is there twice.", "Take one of them out.")
        seen.append(value)


def between(low: float, high: float, value: int) -> None:
    """Require a number within bounds, both allowed."""
    if not low <= value <= high:
        raise UnfitError(f"{value} is out of bounds.", f"Write {low} to {high}.")


def lasting(low: str, high: str, value: timedelta) -> None:
    """Require a length of time within bounds, both allowed."""
    if not durations.parse(low) <= value <= durations.parse(high):
        shown = durations.write(value)
        raise UnfitError(f'"{shown}" is out of bounds.', f'Write "{low}" to "{high}".')


def anything(value: object) -> None:
    """Require nothing."""


def zone(value: str) -> None:
    """Require a time zone by its IANA name, if any."""
    try:
        if value:
            ZoneInfo(value)
    except (KeyError, ValueError, OSError) as error:
        remedy = 'Write a name such as "America/New_York", "Europe/Berlin" or "UTC".'
        raise UnfitError(f"{value!r} is not a time zone.", remedy) from error


def day(value: str) -> None:
    """Require a date, if any."""
    try:
        if value:
            date.fromisoformat(value)
    except ValueError as error:
        remedy = 'Write year, month and day, as in "2027-12-31".'
        raise UnfitError(f"{value!r} is no date.", remedy) from error


def web(value: str) -> None:
    """Require an absolute http or https address, if any."""
    if value and not urls.is_web(value):
        remedy = 'Write it whole, for example "https://www.example.org".'
        raise UnfitError(f"{urls.shown(value)!r} is not a web address.", remedy)


def hubs(values: object) -> None:
    """Require web addresses, each once, that readers' programs can post to."""
    each(web, values)
    for value in values if isinstance(values, list | tuple) else ():
        if "#" in value or urlsplit(value).username is not None:
            what = f"{urls.shown(value)!r} has a # part or a user name in it."
            raise UnfitError(what, "Write the hub's address as its operator gives it.")


def token_url(value: str) -> None:
    """Require an encrypted address, or one of this machine: secrets are sent there."""
    web(value)
    parts = urlsplit(value)
    if parts.scheme == "http" and not urls.is_loopback(parts.hostname or ""):
        what = f"{urls.shown(value)!r} would send secrets in the clear."
        raise UnfitError(what, 'Write its "https://" address.')


def site_url(value: str) -> None:
    """Require an address that paths can be appended to."""
    web(value)
    parts = urlsplit(value)
    if parts.query or parts.fragment or "?" in value or "#" in value:
        what = "has a ? or # part, and every link is made by adding a path to it."
    elif parts.username is not None:
        what = "has a user name in it, and readers would see it in every link."
    elif "//" in parts.path or {".", ".."} & set(parts.path.split("/")):
        what = "has an ambiguous path."
    else:
        return
    remedy = 'Write scheme and host, for example "https://news.example.org".'
    raise UnfitError(f"{value!r} {what}", remedy)


def mailbox(value: str) -> None:
    """Require one plain address, if any."""
    try:
        if value:
            address.parse(value)
    except ValueError as error:
        raise UnfitError(f"{value!r} is not an address.", str(error)) from error


def sender(value: str) -> None:
    """Require "Display Name <address>", or an address alone."""
    try:
        address.sender(value)
    except ValueError as error:
        raise UnfitError(f"{value!r} is not a sender.", str(error)) from error


def return_path(value: str) -> None:
    """Require verp, an address with a star, or an address."""
    if value == "verp":
        return
    try:
        starred(value) if STAR in value else address.parse(value)
    except ValueError as error:
        what = f'{value!r} is neither "verp" nor an address.'
        raise UnfitError(
            what,
            'Write "verp", an address such as "bounces+*@bounces.example.org", or '
            "one whose mail you read.",
        ) from error


def starred(value: str) -> None:
    """Require an address with one star before the @, where a token goes, if any."""
    local, at, host = value.rpartition("@")
    if not value:
        return
    if local.count(STAR) != 1 or STAR in host or not at:
        raise UnfitError(
            f"{value!r} has no star before the @.",
            'Write it as in "leave+*@bounces.example.org"; * becomes a token.',
        )
    room = LOCAL - tokens.LENGTH
    if len(local) > room + len(STAR):
        remedy = f"There is room for {room} characters besides the star."
        raise UnfitError(f"{value!r} is too long before the @.", remedy)
    address.parse(value.replace(STAR, "t"))


def listen(value: str) -> None:
    """Require HOST:PORT, if any; an IPv6 host in brackets."""
    if not value:
        return
    host, colon, port = value.rpartition(":")
    if not colon or not port.isdecimal() or int(port) > HIGHEST_PORT or not _host(host):
        remedy = 'Write it as in "127.0.0.1:8000" or "[::1]:8000".'
        raise UnfitError(f"{value!r} is not HOST:PORT.", remedy)


def _host(host: str) -> bool:
    if host.startswith("[") and host.endswith("]"):
        return _network(host[1:-1])
    return bool(HOST.fullmatch(host))


def relay_host(value: str) -> None:
    """Require a host's name or address; an IPv6 address without brackets."""
    if not _network(value) or "/" in value:
        host(value)


def relay_place(value: str) -> None:
    """Require a host, or the absolute path of a socket."""
    if not value.startswith("/"):
        relay_host(value)


def own_network(value: str) -> None:
    """Require a host, an address or a network."""
    if not _network(value) and not HOST.fullmatch(value):
        remedy = 'Write it as in "cms.lan", "10.1.2.3" or "10.0.0.0/8".'
        raise UnfitError(f"{value!r} is neither a host nor a network.", remedy)


def trusted_sender(value: str) -> None:
    """Require an address, or a whole domain as in "@news.example.org"."""
    try:
        address.parse(f"desk{value}" if value.startswith("@") else value)
    except ValueError as error:
        remedy = 'Write an address, or a whole domain as in "@news.example.org".'
        raise UnfitError(f"{value!r} is no sender of mail.", remedy) from error


def sending_place(value: str) -> None:
    """Require an address, or a domain as in "example.org"."""
    try:
        address.parse(value if "@" in value.lstrip("@") else f"x@{value.lstrip('@')}")
    except ValueError as error:
        remedy = 'Write an address, or a whole domain as in "news.example.org".'
        raise UnfitError(f"{value!r} is no sender of mail.", remedy) from error


def domain_rate(value: str) -> None:
    """Require a domain, or * for any other, and a pace."""
    domain, _, pace = value.partition(" ")
    paced = re.fullmatch(r"[1-9][0-9]{0,8}/[sm]", pace.strip())
    if not paced or not (domain == "*" or HOST.fullmatch(domain)):
        remedy = 'Write it as in "gmail.com 20/s" or "* 300/m".'
        raise UnfitError(f"{value!r} is no pace of a domain.", remedy)


def hours(value: str) -> None:
    """Require a stretch of hours, if any."""
    try:
        quiet.parse(value)
    except ValueError as error:
        raise UnfitError(str(error), 'Write it as in "22:00-06:00".') from error


def proxy_network(value: str) -> None:
    """Require an address or a network: names are not looked up for this."""
    if not _network(value):
        remedy = 'Write it as in "127.0.0.1" or "10.0.0.0/8".'
        raise UnfitError(f"{value!r} is neither an address nor a network.", remedy)


def _network(value: str) -> bool:
    try:
        ipaddress.ip_network(value, strict=False)
    except ValueError:
        return False
    return True


def database(value: str) -> None:
    """Require sqlite:///FILE or postgresql://…."""
    if SQLITE.fullmatch(value) and ":memory:" not in value:
        return
    if not POSTGRES.fullmatch(value):
        shown = value.partition("://")[0]  # the rest may hold a password
        remedy = 'Write "sqlite:///FILE" or "postgresql://USER@HOST/DATABASE".'
        raise UnfitError(f"{shown!r} is not the start of a database's address.", remedy)


name = partial(
    filled,
    partial(
        shaped,
        NAME,
        "a name",
        "Use a to z, 0 to 9 and hyphens, at most 40 characters.",
    ),
)
named = partial(shaped, NAME, "a name", "Write the name of another [[relay]].")
language = partial(
    shaped, LANGUAGE, "a language tag", 'Write it as in "en" or "pt-BR".'
)
colour = partial(shaped, COLOUR, "a colour", 'Write it as in "#0b5394".')
rate = partial(
    shaped, RATE, "a rate", 'Write it as in "14/s", "600/m", "9000/h" or "50000/d".'
)
ghost_key = partial(
    shaped,
    GHOST_KEY,
    "a Content API key",
    "Copy it from Ghost's page Settings, Integrations: 26 digits and letters a to f.",
)
host = partial(shaped, HOST, "a host", 'Write it as in "mail.example.org".')
schedule = partial(filled, due.check_schedule)
texts = partial(each, anything)
mailboxes = partial(each, mailbox)

ALIKE = {"relay": "smtp"}  # tables of the same settings
RULES: Mapping[str, Rule] = {
    "site.title": partial(filled, anything),
    "site.url": partial(filled, site_url),
    "site.home": web,
    "site.language": partial(filled, language),
    "site.timezone": partial(filled, zone),
    "site.contact": mailbox,
    "site.complaints": mailbox,
    "site.logo": web,
    "site.accent": partial(filled, colour),
    "store.url": database,
    "operators.mail": mailboxes,
    "operators.webhook": web,
    "operators.heartbeat": web,
    "source.name": name,
    "source.url": web,
    "source.language": language,
    "source.timezone": zone,
    "source.settle": partial(lasting, "0s", "1d"),
    "source.ignore": texts,
    "source.every": partial(lasting, "1m", "7d"),
    "source.priority": partial(between, -1000, 1000),
    "source.key": ghost_key,
    "source.host": relay_host,
    "source.port": partial(between, 1, HIGHEST_PORT),
    "source.mailbox": partial(filled, anything),
    "source.senders": partial(each, trusted_sender),
    "source.authserv": host,
    "fetch.allow_private": partial(each, own_network),
    "fetch.proxy": web,
    "feeds.hubs": hubs,
    "feed.name": name,
    "feed.sections": texts,
    "feed.tags": texts,
    "feed.authors": texts,
    "feed.sources": texts,
    "feed.languages": texts,
    "feed.limit": partial(between, 1, 500),
    "feed.window": partial(lasting, "0s", "366d"),
    "feed.podcast_category": partial(
        shaped,
        CATEGORY,
        "a podcast category",
        'Write one of Apple\'s, as in "News" or "News > Politics".',
    ),
    "feed.podcast_image": web,
    "smtp.name": name,
    "smtp.host": partial(filled, relay_place),
    "smtp.port": partial(between, 1, HIGHEST_PORT),
    "smtp.token_command": texts,
    "smtp.token_url": token_url,
    "smtp.connections": partial(between, 1, 100),
    "smtp.messages_per_connection": partial(between, 1, 100_000),
    "smtp.connection_lifetime": partial(lasting, "10s", "1d"),
    "smtp.rate": partial(each, rate),
    "smtp.domain_rates": partial(each, domain_rate),
    "smtp.quiet": hours,
    "smtp.warm_up": partial(lasting, "0s", "366d"),
    "smtp.warm_up_start": day,
    "smtp.warm_up_first": partial(between, 1, 10_000_000),
    "smtp.senders": partial(each, sending_place),
    "smtp.failover": named,
    "smtp.return_path": partial(filled, return_path),
    "smtp.helo": host,
    "smtp.timeout": partial(lasting, "5s", "1h"),
    "bounces.listen": listen,
    "bounces.unsubscribe": starred,
    "bounces.hooks": texts,
    "bounces.host": relay_host,
    "bounces.port": partial(between, 1, HIGHEST_PORT),
    "bounces.mailbox": partial(filled, anything),
    "bounces.every": partial(lasting, "1m", "1d"),
    "dkim.domain": partial(filled, host),
    "dkim.selector": partial(filled, host),
    "dkim.until": day,
    "store.min_free": partial(between, 0, 1_000_000),
    "newsletter.name": name,
    "newsletter.sender": partial(filled, sender),
    "newsletter.schedule": schedule,
    "newsletter.reply_to": mailbox,
    "newsletter.timezone": zone,
    "newsletter.sections": texts,
    "newsletter.relay": named,
    "newsletter.section": newsletter_sections.check,
    "newsletter.not_if_in": texts,
    "newsletter.min_articles": partial(between, 1, 200),
    "newsletter.max_articles": partial(between, 1, 200),
    "newsletter.lookback": partial(lasting, "0s", "366d"),
    "newsletter.max_lateness": partial(lasting, "1m", "31d"),
    "newsletter.expires": partial(lasting, "10m", "31d"),
    "newsletter.proof_to": mailboxes,
    "newsletter.proof": partial(lasting, "0s", "1d"),
    "newsletter.undo": partial(lasting, "0s", "1d"),
    "newsletter.canary": partial(between, 0, 10_000),
    "newsletter.canary_wait": partial(lasting, "0s", "7d"),
    "web.listen": partial(filled, listen),
    "web.admin_listen": listen,
    "web.trusted_proxies": partial(each, proxy_network),
    "sandbox.smtp": partial(filled, listen),
    "sandbox.listen": partial(filled, listen),
    "sandbox.sample_subscribers": mailboxes,
}
