"""Look at the DNS records that mail of every newsletter is judged by."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from dispatch.actions.operations.check import reserved
from dispatch.deliver import dkim_record, dmarc, mail_exchange, profiles, route, spf
from dispatch.deliver.dkim import Signer
from dispatch.model import Diagnosis, Lookup, RelaySettings, Settings
from dispatch.text import address, urls

SECONDS = 5.0  # for all questions about one domain
MOST_HOSTS = 2  # of those that take its mail

Look = Callable[[], Iterator[Diagnosis]]


@dataclass(frozen=True, slots=True)
class Way:
    """Whose name a newsletter's mail bears, and the domain that it comes back to."""

    sender: str
    envelope: str
    answers: str  # where readers' answers go
    relay: RelaySettings


def ways(settings: Settings) -> tuple[Way, ...]:
    """Return the domains of each newsletter, for every relay it can leave through."""
    routes = route.routes(settings.relays, settings.newsletter)
    found = []
    for letter in settings.newsletter:
        sender = address.sender(letter.sender).address
        reply = address.sender(letter.reply_to).address if letter.reply_to else sender
        for relay in _chain(settings, routes.relay_of(letter.name, sender)):
            back = sender if relay.return_path == "verp" else relay.return_path
            found.append(
                Way(
                    sender=address.domain(sender),
                    envelope=address.domain(back),
                    answers=address.domain(reply),
                    relay=relay,
                )
            )
    return tuple(found)


def _chain(settings: Settings, name: str) -> Iterator[RelaySettings]:
    """Yield a relay and its stand-ins, each once."""
    left = {one.name: one for one in settings.relays}
    while relay := left.pop(name, None):
        yield relay
        name = relay.failover


def looks(
    settings: Settings, signers: Sequence[Signer], lookup: Lookup
) -> Iterator[tuple[str, Look]]:
    """Yield every look to be taken at the DNS, each under its name."""
    found = ways(settings)
    live = settings.site.live

    def add(about: str, domain: str, look: Look) -> tuple[str, Look]:
        if reserved(domain):
            return about, partial(iter, (_reserved(about, domain, live=live),))
        return about, look

    for domain in _once(one.envelope for one in found):
        relays = [one.relay for one in found if one.envelope == domain]
        yield add(f"SPF of {domain}", domain, _spf(domain, relays, lookup))
    for signer in signers:
        name = dkim_record.name(signer)
        yield add(f"DKIM at {name}", signer.domain, _dkim(signer, lookup))
    for domain in _once(one.sender for one in found):
        relays = [one.relay for one in found if one.sender == domain]
        if any(not _signs(signers, domain, relay) for relay in relays):
            unsigned = dkim_record.unsigned(domain)
            yield add(unsigned.about, domain, partial(iter, (unsigned,)))
        yield add(f"DMARC of {domain}", domain, _dmarc(domain, lookup))
    backs = _once(one.envelope for one in found)
    answers = _once(one.answers for one in found)
    for domain in _once((*backs, *answers)):
        kinds = [("bounces", backs), ("answers", answers)]
        what = " and ".join(name for name, those in kinds if domain in those)
        yield add(f"MX of {domain}", domain, _mx(domain, what, lookup))


def _once(domains: Iterator[str] | Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(domains))


def _signs(signers: Sequence[Signer], domain: str, relay: RelaySettings) -> bool:
    """Whether mail from `domain` leaves for this relay with a signature of ours."""
    ours = any(one.aligned(f"@{domain}") for one in signers)
    return ours and not profiles.of(relay.profile).rebuilds


def _reserved(about: str, domain: str, *, live: bool) -> Diagnosis:
    says = f"{domain} is reserved for examples: nothing to look up."
    return Diagnosis("warn" if live else "ok", about, says)


def _spf(domain: str, relays: Sequence[RelaySettings], lookup: Lookup) -> Look:
    known = [spf.INCLUDES.get(one.profile, "") for one in relays]
    includes = _once([*filter(None, known)])
    here = any(
        urls.is_loopback(one.host) for one in relays if one.profile not in spf.INCLUDES
    )

    def look() -> Iterator[Diagnosis]:
        patient = lookup.within(SECONDS)
        records = patient.txt(domain)
        yield spf.judge(domain, records, patient.txt, includes=includes, here=here)

    return look


def _dkim(signer: Signer, lookup: Lookup) -> Look:
    def look() -> Iterator[Diagnosis]:
        records = lookup.within(SECONDS).txt(dkim_record.name(signer))
        yield dkim_record.judge(signer, records)

    return look


def _dmarc(domain: str, lookup: Lookup) -> Look:
    def look() -> Iterator[Diagnosis]:
        patient = lookup.within(SECONDS)
        found = {domain: patient.txt(f"_dmarc.{domain}")}
        if not any(map(dmarc.parse, found[domain])):  # else no other is of interest
            above = dmarc.names(domain)[1:]
            found |= {name: patient.txt(f"_dmarc.{name}") for name in above}
        yield dmarc.judge(domain, found)

    return look


def _mx(domain: str, what: str, lookup: Lookup) -> Look:
    def look() -> Iterator[Diagnosis]:
        patient = lookup.within(SECONDS)
        hosts = patient.mx(domain)
        places = hosts[:MOST_HOSTS] or [domain]
        addresses = [one for host in places if host for one in patient.addresses(host)]
        yield mail_exchange.judge(domain, hosts, addresses, what=what)

    return look
