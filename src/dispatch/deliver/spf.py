"""SPF (RFC 7208): who may send for the domain that mail comes back to.

The record is a stranger's text, and so is what it includes: what is read is bounded.
"""

import ipaddress
import itertools
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from dispatch.deliver import dns_text
from dispatch.model import Diagnosis

MOST_LOOKUPS = 10  # section 4.6.4: beyond it receivers take the record for broken
ASK_FOR = "Whoever runs the relay knows what names it (include:, ip4:, ip6:). Publish:"
MECHANISM = re.compile(
    r"([+?~-]?)(all|include|a|mx|ptr|ip4|ip6|exists)([:/].*)?", re.IGNORECASE
)
MODIFIER = re.compile(r"([a-z][a-z0-9_.-]*)=(.*)", re.IGNORECASE)
ASKING = frozenset({"include", "a", "mx", "ptr", "exists"})
UNSEEN = "%"  # where a record leads by a macro
NEEDING = frozenset({"include", "ip4", "ip6", "exists"})  # a value
PLAIN = re.compile(r"[a-z0-9._-]{1,253}", re.IGNORECASE)  # a name that can be asked for

# What well-known relays want included, by their profile; others say it themselves.
INCLUDES: Mapping[str, str] = {
    "ses": "amazonses.com",
    "mailgun": "mailgun.org",
    "gmail": "_spf.google.com",
    "office365": "spf.protection.outlook.com",
    "sendgrid": "sendgrid.net",
    "postmark": "spf.mtasv.net",
}

Ask = Callable[[str], Sequence[str]]
"""Returns the TXT records of a name."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record, read. `broken` is the first part that is none of SPF's."""

    lookups: int = 0  # that it asks for itself, without what it includes
    includes: tuple[str, ...] = ()
    redirect: str = ""
    rest: str = ""  # what becomes of all others: + ? ~ -, or nothing is said
    broken: str = ""


@dataclass(slots=True)
class Walk:
    """A record with all that it includes, as far as can be seen."""

    ask: Ask
    lookups: int = 0
    fault: str = ""
    hidden: bool = False  # whether it leads to names that hang on the mail itself
    seen: set[str] = field(default_factory=set)
    known: dict[str, tuple[int, str]] = field(default_factory=dict)  # lookups, rest

    def follow(self, record: Record) -> str:
        """Count what `record` asks for; return what becomes of all others."""
        self.lookups += record.lookups
        if record.broken:
            self.fault = self.fault or f"{record.broken[:60]!r} is no part of SPF."
        for name in record.includes:
            self._enter(name)
        if record.rest or not record.redirect:
            return record.rest
        return self._enter(record.redirect)

    def _enter(self, name: str) -> str:
        """Follow the record of another name; one with macros cannot be seen."""
        if self.fault or self.lookups > MOST_LOOKUPS:
            return "-"
        if not PLAIN.fullmatch(name):
            self.hidden = True
            return UNSEEN
        if name in self.known:
            lookups, rest = self.known[name]
            self.lookups += lookups
            return rest
        if name in self.seen:
            self.fault = f"{name} includes itself."
            return "-"
        self.seen.add(name)
        found = [one for one in self.ask(name) if is_record(one)]
        if len(found) != 1:
            many = "no SPF record" if not found else f"{len(found)} SPF records"
            self.fault = f"it leads to {name}, which has {many}."
            return ""
        before = self.lookups
        rest = self.follow(parse(found[0]))
        self.known[name] = (self.lookups - before, rest)
        return rest


def is_record(text: str) -> bool:
    """Whether a TXT record is one of SPF."""
    return text.lower() == "v=spf1" or text.lower().startswith("v=spf1 ")


def parse(text: str) -> Record:
    """Read a record for which `is_record` holds; whatever it is, this ends."""
    terms = text.split()[1:]
    modifiers = [found for found in map(MODIFIER.fullmatch, terms) if found]
    read = [(one, *_mechanism(one)) for one in terms if not MODIFIER.fullmatch(one)]
    broken = next((term for term, _, kind, _ in read if not kind), "")
    rest = next((sign or "+" for _, sign, kind, _ in read if kind == "all"), "")
    # After "all" nothing is asked for, though a fault counts wherever it is (4.6).
    before = itertools.takewhile(lambda one: one[2] != "all", read)
    asking = [(kind, value) for _, _, kind, value in before if kind in ASKING]
    includes = [_name(value) for kind, value in asking if kind == "include"]
    leads = [_name(one[2]) for one in modifiers if one[1].lower() == "redirect"]
    redirect = leads[0] if leads and not rest else ""
    return Record(len(asking) + bool(redirect), tuple(includes), redirect, rest, broken)


def _mechanism(term: str) -> tuple[str, str, str]:
    """Return sign, kind and value of a term; no kind if it is none of SPF's."""
    found = MECHANISM.fullmatch(term)
    if found is None:
        return "", "", ""
    sign, kind, value = found[1], found[2].lower(), found[3] or ""
    if (kind in NEEDING and len(value) < 2) or (kind == "all" and value):  # noqa: PLR2004
        return "", "", ""
    if kind in ("ip4", "ip6") and not _network(kind, value.removeprefix(":")):
        return "", "", ""
    return sign, kind, value.removeprefix(":")


def _network(kind: str, text: str) -> bool:
    """Whether it is an address or a network of that kind, and no word of a manual."""
    try:
        return ipaddress.ip_network(text, strict=False).version == int(kind[-1])
    except ValueError:
        return False


def _name(text: str) -> str:
    return text.strip().rstrip(".").lower()


def judge(
    domain: str,
    records: Sequence[str],
    ask: Ask,
    *,
    includes: Sequence[str] = (),
    here: bool = False,
) -> Diagnosis:
    """Say how the SPF of `domain` stands, whose TXT records are `records`.

    `includes` is what the relays in use want to be named in it, where that is known;
    `here`: one of them is this machine, which itself must be named.
    """
    about = f"SPF of {domain}"
    found = [one for one in records if is_record(one)]
    if not found:
        says = f"there is no record, so nothing says that the relay may send. {ASK_FOR}"
        paste = dns_text.line(domain, f"v=spf1 {_wanted(includes, here=here)} -all")
        return Diagnosis("fail", about, says, paste)
    if len(found) > 1:
        says = f"there are {len(found)} records, and receivers take none of them. "
        return Diagnosis("fail", about, says + "Put them into one.")
    walk = Walk(ask, seen={domain})
    rest = walk.follow(parse(found[0]))
    if says := _broken(walk):
        return Diagnosis("fail", about, says)
    if says := _open(rest):
        return Diagnosis("fail" if rest == "+" else "warn", about, says)
    left = [one for one in includes if one not in walk.seen]
    if left and not walk.hidden:
        wanted = _wanted(left)
        says = f"{wanted} is not in it, which the relay wants. Publish instead:"
        return Diagnosis("warn", about, says, _added(domain, found[0], wanted))
    end = "how it ends hangs on the mail" if rest == UNSEEN else f"ends in {rest}all"
    says = f"one record, {walk.lookups} of {MOST_LOOKUPS} lookups, {end}."
    return Diagnosis("ok", about, says)


def _wanted(includes: Sequence[str], *, here: bool = False) -> str:
    """Return what names the relay in a record; capitals are to be filled in."""
    named = [f"include:{one}" for one in includes]
    if here:
        named.append("ip4:ADDRESS-OF-THIS-MACHINE")
    return " ".join(named or ["include:NAME-FROM-THE-PROVIDER"])


def _added(domain: str, record: str, wanted: str) -> str:
    """Return a record with one more part; nothing where it is not plain."""
    if not record.isascii() or not record.isprintable() or '"' in record:
        return ""
    first, _, others = record.partition(" ")
    return dns_text.line(domain, f"{first} {wanted} {others}".rstrip())


def _broken(walk: Walk) -> str:
    if walk.fault:
        return f"receivers take the record for broken: {walk.fault}"
    if walk.lookups > MOST_LOOKUPS:
        return (
            f"it takes more than {MOST_LOOKUPS} lookups, and receivers take it for "
            "broken. Take includes out that are not in use."
        )
    return ""


def _open(rest: str) -> str:
    if rest == "+":
        return "it ends in +all: everybody may send in your name. End it in -all."
    if rest not in ("-", "~", UNSEEN):
        return "it does not say that nobody else may send. End it in -all or ~all."
    return ""
