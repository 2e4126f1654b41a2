"""The published half of a key for signing: whether it is there, and is that key's."""

from collections.abc import Sequence

from dispatch.deliver import dkim, dns_text
from dispatch.deliver.dkim import Signer
from dispatch.model import Diagnosis


def name(signer: Signer) -> str:
    """Return where the record of a key is published."""
    return f"{signer.selector}._domainkey.{signer.domain}"


def judge(signer: Signer, records: Sequence[str]) -> Diagnosis:
    """Say how the record of a key stands; `records` is the TXT at its name."""
    about = f"DKIM at {name(signer)}"
    wanted = dkim.record(signer.key)
    paste = dns_text.line(name(signer), wanted)
    if not records:
        says = "there is no record, and no signature can be checked. Publish:"
        return Diagnosis("fail", about, says, paste)
    if len(records) > 1:
        says = f"there are {len(records)} records; leave one, which is:"
        return Diagnosis("fail", about, says, paste)
    if says := _objection(records[0], wanted):
        return Diagnosis("fail", about, says, paste)
    if "y" in _listed(records[0], "t"):
        says = "the key is published, as a test (t=y): receivers may disregard it."
        return Diagnosis("warn", about, says)
    return Diagnosis("ok", about, f"the key in use is published ({signer.algorithm}).")


def _objection(record: str, wanted: str) -> str:
    """Return why signatures do not stand before a record; nothing when they do."""
    tags, ours = dns_text.tags(record), dns_text.tags(wanted) or {}
    if tags is None or "p" not in tags or tags.get("v", "DKIM1") != "DKIM1":
        return "the record is no DKIM key. Publish:"
    published = "".join(tags["p"].split())
    if not published:
        return "the key was revoked (p= is empty). Make another one, or publish:"
    if (tags.get("k", "rsa").lower(), published) != (ours["k"], ours["p"]):
        return "another key is published than the one that signs. Publish:"
    if "h" in tags and "sha256" not in _listed(record, "h"):
        return "the record does not allow SHA-256 (h=). Publish:"
    if "s" in tags and not {"*", "email"} & _listed(record, "s"):
        return "the record is not for mail (s=). Publish:"
    return ""


def _listed(record: str, tag: str) -> set[str]:
    values = (dns_text.tags(record) or {}).get(tag, "")
    return {one.strip().lower() for one in values.split(":")}


def unsigned(domain: str) -> Diagnosis:
    """Say of a sender's domain that no key here signs for it."""
    says = (
        "there is no [[dkim]] key for it, so the relay must sign in its name (d= this "
        "domain or one above it). Look at a mail that came through; or make a key: "
        f"dispatch dkim generate {domain}"
    )
    return Diagnosis("warn", f"DKIM of {domain}", says)
