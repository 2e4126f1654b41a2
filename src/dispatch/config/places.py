"""What addresses in config.toml must be: of the web, of hosts, networks and mail."""

import ipaddress
import re
from functools import partial
from urllib.parse import urlsplit

from dispatch.config import literals
from dispatch.config.faults import UnfitError
from dispatch.subscribe import tokens
from dispatch.text import address, urls

HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?")
SQLITE = re.compile(r"sqlite:///[^?#]+")
STAR = "*"
LOCAL = 64  # characters before the @, RFC 5321 4.5.3.1.1
POSTGRES = re.compile(r"postgresql://\S+")
HIGHEST_PORT = 65535


def web(value: str) -> None:
    """Require an absolute http or https address, if any."""
    if value and not urls.is_web(value):
        remedy = 'Write it whole, for example "https://www.example.org".'
        raise UnfitError(f"{urls.shown(value)!r} is not a web address.", remedy)


def hubs(values: object) -> None:
    """Require web addresses, each once, that readers' programs can post to."""
    literals.each(web, values)
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


host = partial(literals.shaped, HOST, "a host", 'Write it as in "mail.example.org".')
mailboxes = partial(literals.each, mailbox)
