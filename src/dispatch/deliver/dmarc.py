"""DMARC (RFC 9989): where the policy for a domain is found, and how it stands."""

from collections.abc import Mapping, Sequence

from dispatch.deliver import dns_text
from dispatch.model import Diagnosis

MOST_LABELS = 8  # of a name that the walk goes on with; longer ones jump (section 4.10)
POLICIES = ("none", "quarantine", "reject")


def names(domain: str) -> tuple[str, ...]:
    """Return whose records are asked for, from the domain up, eight at the most."""
    labels = domain.lower().rstrip(".").split(".")
    start = 1 if len(labels) < MOST_LABELS else len(labels) - MOST_LABELS + 1
    return tuple(".".join(labels[n:]) for n in (0, *range(start, len(labels))))


def parse(text: str) -> Mapping[str, str] | None:
    """Read a record by its tags; None for what is no DMARC record."""
    begins, _, _ = text.partition(";")
    name, _, version = begins.partition("=")
    if name.strip().lower() != "v" or version.strip() != "DMARC1":
        return None
    return dns_text.tags(text)


def judge(domain: str, found: Mapping[str, Sequence[str]]) -> Diagnosis:
    """Say how DMARC of `domain` stands; `found` has the TXT at _dmarc of each name.

    A record of the domain itself counts; else that of its organisation, which is the
    highest that has one, where that is no registry's.
    """
    about = f"DMARC of {domain}"
    paste = dns_text.line(f"_dmarc.{domain}", "v=DMARC1; p=none")
    where, records = _applicable(domain, found)
    if not records:
        says = "there is no record; large providers want one of bulk mail. Publish:"
        return Diagnosis("fail", about, says, paste)
    if len(records) > 1:
        says = f"_dmarc.{where} has {len(records)} records: receivers take none."
        return Diagnosis("fail", about, says)
    return _of(domain, where, records[0])


def _applicable(
    domain: str, found: Mapping[str, Sequence[str]]
) -> tuple[str, list[Mapping[str, str]]]:
    """Return whose records count, and these."""
    read = {
        name: [one for one in map(parse, found.get(name, ())) if one is not None]
        for name in names(domain)
    }
    having = [name for name, records in read.items() if records]
    if not having or having[0] == domain:
        return domain, read[domain]
    for name in having:
        if read[name][0].get("psd", "").lower() == "n":
            return name, read[name]
    own = [one for one in having if read[one][0].get("psd", "").lower() != "y"]
    where = (own or having)[-1]
    return where, read[where]


def _of(domain: str, where: str, record: Mapping[str, str]) -> Diagnosis:
    about = f"DMARC of {domain}"
    policy = record.get("p", "").lower()
    if policy not in POLICIES:
        says = f"the record at _dmarc.{where} has no p= of {', '.join(POLICIES)}."
        return Diagnosis("fail", about, says)
    if where != domain:
        below = record.get("sp", "").lower()
        policy = below if below in POLICIES else policy
    place = "" if where == domain else f" by the record of {where}"
    watching = ", which only watches" if policy == "none" else ""
    return Diagnosis("ok", about, f"p={policy}{watching}{place}.")
