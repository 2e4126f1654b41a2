"""What an operator can do about a refusal that blames us: a sentence for each kind."""

import re
from collections.abc import Callable

from dispatch.model import Said

AUTHENTICATION = frozenset({"5.7.26", "5.7.27", "5.7.30", "5.7.515"})
"""Codes that no single reader's filter gives: one is enough to tell operators."""

Sign = Callable[[Said], bool]


def remedy(said: Said) -> str:
    """Return what would do against a refusal of class sender."""
    return next(words for applies, words in REMEDIES if applies(said))


def _code(*codes: str) -> Sign:
    return lambda said: said.enhanced in codes


def _words(pattern: str) -> Sign:
    compiled = re.compile(pattern, re.IGNORECASE)
    return lambda said: bool(compiled.search(said.text))


REMEDIES: tuple[tuple[Sign, str], ...] = (
    (
        _code("5.7.26", "5.7.515", "4.7.26"),
        "check the DNS records of SPF, DKIM and DMARC, and that our mail is signed",
    ),
    (_code("5.7.27", "4.7.27"), "add the relay's addresses to the domain's SPF record"),
    (
        _code("5.7.30", "4.7.30"),
        "sign with DKIM: `dispatch dkim generate`, then publish its DNS record",
    ),
    (
        _code("5.7.25", "4.7.25"),
        "the relay's address needs a PTR record whose name leads back to it",
    ),
    (_code("5.7.29", "4.7.29"), "the relay must use TLS towards them"),
    (
        _words(r"\bTSS\d\d\b|deferred due to|unexpected volume|rate|too many"),
        "they slow us down; it is tried again by itself. Lower `rate` if it lasts",
    ),
    (
        _words(r"spamhaus|spamcop|barracuda|block ?list|black ?list|\brbl\b|dnsbl"),
        "the relay's address is on a block list: ask for removal at the list they name",
    ),
    (
        _words(r"relay(ing)? (access )?denied|unable to relay|authentication required"),
        "the relay does not take mail for them from us: check its login and address",
    ),
    (
        lambda _: True,
        "check SPF, DKIM and DMARC of the sender's domain, and the relay's reputation",
    ),
)
