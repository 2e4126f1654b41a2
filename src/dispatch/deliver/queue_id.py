"""Find the name that a server gave a message it took: what its log is searched for."""

import re

# Most telling first; each server has a habit of its own.
HABITS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\bqueued as ([\w.-]{4,64})",  # Postfix, Haraka, aiosmtpd
        r"\bid=([\w.-]{4,64})",  # Exim
        r"\[InternalId=([\w-]{4,64})",  # Exchange, Microsoft 365
        r"^(?:2\.\d\.\d )?ok:? ([0-9a-f]{8,}-[\w-]{8,80})",  # SES
        r"^(?:2\.\d\.\d )?([0-9A-Za-z]{10,40}) message accepted",  # sendmail
        r"\bok\s+\d{8,12} ([\w.-]{8,80}) - gsmtp",  # Gmail
        r"\bqp (\d{2,12})",  # qmail
    )
)


def find(reply: str) -> str:
    """Return the queue id in a server's words of acceptance, or ""."""
    for habit in HABITS:
        found = habit.search(reply[:1000])
        if found:
            return found[1].rstrip(".")
    return ""
