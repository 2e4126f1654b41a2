"""Say in a sentence why a relay cannot be used, and what would do."""

import socket
import ssl

CATCHER = "sandbox"  # its table: where mail goes while the site is not live
REMEDIES: tuple[tuple[type[Exception], str], ...] = (
    (socket.gaierror, "has no address in the DNS. Check {at}.host."),
    (
        TimeoutError,
        "did not answer in time. Check {at}.host, {at}.port and firewalls.",
    ),
    (FileNotFoundError, "is not there. Check {at}.host, or start it."),
    (
        ConnectionRefusedError,
        "is not listening. Check {at}.host and {at}.port, or start it.",
    ),
    (
        ssl.SSLError,
        (
            "cannot speak TLS. Check {at}.port (465 for tls, 587 for starttls) and "
            "{at}.security."
        ),
    ),
)


def reason(error: Exception, *, at: str) -> str:
    """Return the rest of the sentence that starts with the relay's name.

    `at` is the table of config.toml that the relay stands in.
    """
    if isinstance(error, ssl.SSLCertVerificationError):
        return (
            f"has a certificate that is not trusted: {error.verify_message}. "
            f"Check {at}.host, or name its authority in {at}.ca_file."
        )
    if at == CATCHER:
        return "is the mail catcher, and is not there. Start it: dispatch run"
    for kind, remedy in REMEDIES:
        if isinstance(error, kind):
            return remedy.format(at=at)
    return f"cannot be reached ({getattr(error, 'strerror', None) or error})."
