"""What every mail of a publication has in common: names, links, colours, sender."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from dispatch.compose import placeholders, words
from dispatch.compose.letter import Bulk
from dispatch.compose.press import Press
from dispatch.model import NewsletterSettings
from dispatch.text import address, colours, languages
from dispatch.text.address import Sender

DARK_CARD = colours.parse("#1b1f24")


@dataclass(frozen=True, slots=True)
class Letterhead:
    """The sender, what templates are given, and the stand-ins for personal values."""

    sender: Sender
    context: Mapping[str, Any]
    marks: Mapping[str, str]


def make(
    press: Press,
    newsletter: NewsletterSettings | None,
    seed: object,
    *,
    english: bool = False,
) -> Letterhead:
    """Return the letterhead; `seed` is everything else that will be rendered.

    What operators get is `english`, by the shipped words alone: it must come even
    where the publication's own are broken.
    """
    language = "en" if english else press.site.language
    said = words.of("en") if english else press.templates.words(language)
    marks = placeholders.make(repr((press.site, newsletter, said, seed)))
    names = {"newsletter": title(press, newsletter), "site": press.site.title}
    context = {
        "site": _site(press),
        "newsletter": _newsletter(press, newsletter),
        "links": _links(press, marks),
        "say": said,
        "why": words.fill(said["common"]["why"], names),
        "postal": _postal(press),
        "colours": _colours(press.site.accent),
        "language": language,
        "direction": languages.direction(language),
    }
    return Letterhead(sender(press, newsletter), context, marks)


def sender(press: Press, newsletter: NewsletterSettings | None) -> Sender:
    """Return who a mail is from: the newsletter, or the publication itself."""
    if newsletter is not None:
        found = address.sender(newsletter.sender)
        return Sender(found.name or title(press, newsletter), found.address)
    own = _ascii(press.site.contact) or f"dispatch@{urlsplit(press.site.url).hostname}"
    return Sender(press.site.title, own)


def title(press: Press, newsletter: NewsletterSettings | None) -> str:
    """Return the newsletter's title, or the publication's where it has none."""
    return (newsletter.title if newsletter else "") or press.site.title


def bulk(
    press: Press,
    newsletter: NewsletterSettings,
    marks: Mapping[str, str],
    *,
    kind: str,
    issue: str = "",
) -> Bulk:
    """Return the list headers of a newsletter's mail."""
    domain = address.domain(sender(press, newsletter).address)
    owner = f"mailto:{_ascii(press.site.contact)}" if press.site.contact else ""
    by_mail = _leave_by_mail(press, newsletter, marks["unsubscribe"])
    return Bulk(
        title=title(press, newsletter),
        identifier=f"{newsletter.name}.{domain}",
        unsubscribe=press.links.unsubscribe(marks["unsubscribe"]),
        unsubscribe_mail=by_mail,
        subscribe=press.links.subscribe(),
        help=press.links.home(),
        owner=owner,
        archive=press.links.archive(),
        archived_at=press.links.issue(issue) if issue else "",
        feedback_id=f"{issue or kind}:{newsletter.name}:{kind}:{_sender_id(domain)}",
        complaints=_ascii(press.site.complaints),
    )


def _leave_by_mail(press: Press, newsletter: NewsletterSettings, mark: str) -> str:
    """Return where a mail ends the subscription by itself, or else reaches a person."""
    local, _, host = press.leave.rpartition("@")
    if local:
        return (
            f"mailto:{local.replace('*', mark)}@{address.domain(_ascii(f'x@{host}'))}"
        )
    contact = _ascii(press.site.contact)
    words = quote(f"Unsubscribe from {newsletter.name}")
    return f"mailto:{contact}?subject={words}" if contact else ""


def reply_to(newsletter: NewsletterSettings | None) -> str:
    """Return where answers to a newsletter go; empty: to its sender."""
    return _ascii(newsletter.reply_to) if newsletter else ""


def _ascii(mailbox: str) -> str:
    """Return an address as a header can hold it, its domain in ASCII (RFC 5890)."""
    return address.parse(mailbox).address if mailbox else ""


def _sender_id(domain: str) -> str:
    """Return a name for the sender that Gmail's reports are grouped by, constant."""
    return "d" + hashlib.sha256(domain.encode()).hexdigest()[:10]


def _site(press: Press) -> Mapping[str, str]:
    site = press.site
    return {
        "title": site.title,
        "home": site.home or press.links.home(),
        "logo": press.logo.url if press.logo else site.logo,
        "contact": site.contact,
        "postal_address": site.postal_address,
    }


def _postal(press: Press) -> str:
    """Return who the mail is from and where they live, on one line."""
    return " · ".join(filter(None, (press.site.title, press.site.postal_address)))


def _newsletter(
    press: Press, newsletter: NewsletterSettings | None
) -> Mapping[str, str]:
    return {
        "name": newsletter.name if newsletter else "",
        "title": title(press, newsletter),
        "description": newsletter.description if newsletter else "",
    }


def _links(press: Press, marks: Mapping[str, str]) -> Mapping[str, str]:
    links = press.links
    return {
        "home": links.home(),
        "feeds": links.feeds(),
        "rss": links.private_feeds(marks["preferences"]),
        "archive": links.archive(),
        "subscribe": links.subscribe(),
        "unsubscribe": links.unsubscribe(marks["unsubscribe"]),
        "preferences": links.preferences(marks["preferences"]),
        "confirm": links.confirm(marks["confirm"]),
    }


def _colours(accent: str) -> Mapping[str, str]:
    """Return the accent for grounds, and as text on white and on a dark card."""
    ground = colours.parse(accent)
    return {
        "accent": colours.write(ground),
        "on_accent": colours.write(colours.ink_on(ground)),
        "link": colours.write(colours.readable(ground, colours.WHITE)),
        "link_dark": colours.write(colours.readable(ground, DARK_CARD)),
    }
