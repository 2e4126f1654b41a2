"""Look at the public address as readers and mail programs do; and at the clock."""

import html
import ipaddress
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from dispatch.actions.issues.preflight import NOBODYS
from dispatch.actions.operations.check import reserved
from dispatch.errors import SourceError
from dispatch.model import (
    Clock,
    Diagnosis,
    Fetch,
    Links,
    Lookup,
    Response,
    Settings,
    SiteSettings,
    Submit,
)
from dispatch.text import urls

ADDRESS, LEAVING, CLOCK = "Public address", "Unsubscribe page", "Clock"
LATE = timedelta(seconds=60)
ANSWERED = 200
PAGE = frozenset({200, 404})  # the link is nobody's, and the page says so


@dataclass(frozen=True, slots=True)
class Outside:
    """What the world is looked at through."""

    lookup: Lookup
    fetch: Fetch
    submit: Submit


def look(settings: Settings, outside: Outside, clock: Clock) -> Iterator[Diagnosis]:
    """Yield how the public address stands, and how our clock stands beside its.

    Nothing comes of the link that is asked for: it is nobody's.
    """
    site = settings.site
    if unseen := _unseen(site):
        yield unseen
        return
    host = urlsplit(site.url).hostname or ""
    if fault := _whereabouts(host, outside.lookup):
        yield Diagnosis("fail", ADDRESS, f"{site.url}: {fault}")
        return
    if not site.url.startswith("https:"):
        says = f"{site.url} is plain http: mail programs want https for one click."
        yield Diagnosis("fail" if site.live else "warn", ADDRESS, says)
    links = Links(site.url)
    answer = outside.fetch(f"{links.home()}livez")
    yield _alive(links.home(), answer)
    if answer.status == ANSWERED:
        yield from _leaving(site, links, outside)
    yield _clock(site, answer, outside.fetch, clock)


def _unseen(site: SiteSettings) -> Diagnosis | None:
    """Say that nobody outside can see the address, where it says so itself."""
    host = urlsplit(site.url).hostname or ""
    if urls.is_loopback(host):
        says = f"{site.url}: only this machine sees it. Before you go live, set "
        says += "site.url to an https address that readers can open."
        return Diagnosis("fail" if site.live else "warn", ADDRESS, says)
    if reserved(host):
        says = f"{host} is reserved for examples: nothing to look up."
        return Diagnosis("fail" if site.live else "ok", ADDRESS, says)
    return None


def _whereabouts(host: str, lookup: Lookup) -> str:
    """Return why readers cannot find the host; nothing when they can."""
    try:
        found = [ipaddress.ip_address(host)]
    except ValueError:
        found = [ipaddress.ip_address(one) for one in lookup.addresses(host)]
    if not found:
        return f"the DNS has no address of {host}. Publish an A or AAAA record."
    if not any(one.is_global and not one.is_multicast for one in found):
        return f"{host} is at {found[0]}, which only your own network can reach."
    return ""


def _alive(home: str, answer: Response) -> Diagnosis:
    asked, came = urlsplit(home), urlsplit(answer.url)
    if (asked.scheme, asked.netloc) != (came.scheme, came.netloc):
        says = f"{home} leads to another address. Let site.url be the one that answers."
        return Diagnosis("warn", ADDRESS, says)
    if answer.status == ANSWERED and answer.body.strip() == b"ok":
        return Diagnosis("ok", ADDRESS, f"{home} is Dispatch, and answers.")
    says = f"{home}livez answers {answer.status}, and not as Dispatch does. Is "
    says += "`dispatch run` up, and does the web server before it pass everything on?"
    return Diagnosis("fail", ADDRESS, says)


def _leaving(site: SiteSettings, links: Links, outside: Outside) -> Iterator[Diagnosis]:
    """Ask for the page with a link that is nobody's, and post to it as mail does."""
    url = links.unsubscribe(NOBODYS.format("unsubscribe"))
    answer = outside.fetch(url)
    title = html.escape(site.title).encode()
    ours = title in answer.body or site.title.encode() in answer.body
    if answer.status not in PAGE or not ours:
        says = f"it answers {answer.status}, and not with a page of {site.title}. "
        says += "Let the web server pass /unsubscribe/ on, and look at site.url."
        yield Diagnosis("fail", LEAVING, says)
        return
    status = outside.submit(url, {"List-Unsubscribe": "One-Click"})
    if status != ANSWERED:
        says = f"one click (RFC 8058) is answered with {status}; let POST through."
        yield Diagnosis("fail", LEAVING, says)
        return
    yield Diagnosis("ok", LEAVING, f"it is {site.title}'s, and takes one click.")


def _clock(
    site: SiteSettings, answer: Response, fetch: Fetch, clock: Clock
) -> Diagnosis:
    """Compare our clock with the home page's server, likelier another machine's."""
    home = urlsplit(site.home).hostname or ""
    host = urlsplit(site.url).hostname or ""
    told = _date(answer)
    if home and home != host and not (urls.is_loopback(home) or reserved(home)):
        with suppress(SourceError):  # it is not what was to be looked at
            other = _date(fetch(site.home))
            host, told = (home, other) if other else (host, told)
    if told is None:
        return Diagnosis("warn", CLOCK, f"{host} sends no date to compare it with.")
    apart = clock.now() - told
    if abs(apart) <= LATE:
        return Diagnosis("ok", CLOCK, f"as that of {host}, within a minute.")
    way = "ahead of" if apart > timedelta(0) else "behind"
    says = f"{abs(apart).total_seconds():.0f} seconds {way} that of {host}. "
    return Diagnosis("warn", CLOCK, says + "Let the machine set its clock by NTP.")


def _date(answer: Response) -> datetime | None:
    """Return what the other side's clock says, if it says it; a cache adds an age."""
    age = answer.headers.get("age", "0")
    try:
        read = parsedate_to_datetime(answer.headers.get("date", ""))
        read += timedelta(seconds=int(age[:9]) if age.isdecimal() else 0)
    except (ValueError, OverflowError):
        return None
    return read if read.tzinfo else read.replace(tzinfo=UTC)
