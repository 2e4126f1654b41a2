"""Whether a key that was loaded may still sign: asked again before each issue leaves.

A daemon holds its keys for months. Meanwhile a day can pass, and a file can go or be
replaced; a signature of the key in memory would then be one that no record stands for.
"""

from datetime import datetime, timedelta

from dispatch.deliver import dkim
from dispatch.deliver.dkim import Signer

SOON = timedelta(days=30)  # a new key takes days: the DNS is often another's
RELOAD = "restart, or send the daemon SIGHUP"


def objection(signer: Signer, *, now: datetime) -> str:
    """Return why a key may sign no more, in a sentence; else nothing. Reads its file.

    A key of the environment cannot change while we run: only its last day counts.
    """
    named = f"the key {signer.selector}"
    if signer.expired(now):
        return f"{named} was good until {signer.until}."
    if signer.file is None:
        return ""
    try:
        found = dkim.load(signer.file)
    except ValueError as error:
        return f"{named} has gone since it was loaded: {error}"
    if dkim.record(found) != dkim.record(signer.key):
        return (
            f"{signer.file} holds another key than the {signer.selector} that mail "
            f"is signed with; take it over: {RELOAD}."
        )
    return ""


def warning(signer: Signer, *, now: datetime) -> str:
    """Say that the last day of a key is near; else nothing."""
    if signer.until is None or signer.until - now.date() > SOON:
        return ""
    return (
        f"the key {signer.selector} is good until {signer.until}; later, issues are "
        "held. Make another in time: dispatch dkim generate"
    )
