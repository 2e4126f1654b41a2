"""Get the access token (OAuth 2.0) that a relay wants instead of a password.

It comes from a file that something else keeps fresh, from a command, or from the
provider's token endpoint (RFC 6749): with a refresh token, or for the client itself.
It is kept until shortly before its end. Nothing secret is ever part of a message.
"""

import contextlib
import json
import os
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from dispatch.errors import RelayError, SourceError
from dispatch.model import Ask, RelaySettings
from dispatch.text import urls

LARGEST = 16_384  # bytes of a token; Microsoft's have 2,000 or so
LONGEST = 30.0  # seconds for a command
EARLY = 300.0  # seconds before its end a token is not used any more
SHORT = 600.0  # seconds that a token is kept whose end nobody told
GRANTED = 200


@dataclass(frozen=True, slots=True)
class _Kept:
    token: str
    until: float  # monotonic seconds


class AccessToken:
    """Call it for the token of one relay; True asks for a new one. For any thread."""

    def __init__(self, relay: RelaySettings, ask: Ask) -> None:
        self._relay = relay
        self._ask = ask
        self._lock = threading.Lock()
        self._kept: _Kept | None = None
        self._refresh = relay.refresh_token

    def __call__(self, fresh: bool = False) -> str:
        """Return a token. Raises RelayError with a sentence."""
        with self._lock:
            kept = self._kept
            if kept is None or fresh or kept.until <= time.monotonic():
                kept = self._kept = self._get()
            return kept.token

    def _get(self) -> _Kept:
        if self._relay.token_file:
            return _Kept(self._checked(_read(self._relay)), 0.0)  # look each time
        if self._relay.token_command:
            token = self._checked(_run(self._relay))
            return _Kept(token, time.monotonic() + SHORT)
        return self._granted()

    def _checked(self, text: str) -> str:
        """Require one word, because it is going to stand in a command."""
        token = text.strip()
        if not token or not token.isascii() or not token.isprintable() or " " in token:
            raise RelayError(f"{self._relay.table}: what should be a token is none.")
        return token

    def _granted(self) -> _Kept:
        relay = self._relay
        where = f"{relay.table}.token_url: {urls.shown(relay.token_url)}"
        try:
            answer = self._ask(relay.token_url, self._form())
        except SourceError as error:
            raise RelayError(f"{relay.table}.token_url: {error}") from error
        told = _json(answer.body)
        token = told.get("access_token")
        if answer.status != GRANTED or not isinstance(token, str):
            why = _word(told.get("error")) or "no token in the answer"
            raise RelayError(
                f"{where} gave no token ({answer.status}, {why}). Check client_id, its "
                "secret, the refresh token and scope."
            )
        self._keep_refresh(told.get("refresh_token"))
        left = told.get("expires_in")
        seconds = float(left) if isinstance(left, int | float) else SHORT
        return _Kept(self._checked(token), time.monotonic() + max(0.0, seconds - EARLY))

    def _form(self) -> dict[str, str]:
        relay = self._relay
        fields = {"client_id": relay.client_id, "client_secret": relay.client_secret}
        if relay.scope:
            fields["scope"] = relay.scope
        if self._refresh:
            more = {"grant_type": "refresh_token", "refresh_token": self._refresh}
        else:
            more = {"grant_type": "client_credentials"}
        return {key: value for key, value in (fields | more).items() if value}

    def _keep_refresh(self, renewed: object) -> None:
        """Some providers give another refresh token each time, and end the old."""
        if not isinstance(renewed, str) or renewed in ("", self._refresh):
            return
        if not self._refresh:
            return
        self._refresh = renewed
        if self._relay.refresh_token_file:
            with contextlib.suppress(OSError):  # a folder that is not ours to write
                _replace(self._relay.refresh_token_file, f"{renewed}\n")


def _read(relay: RelaySettings) -> str:
    assert relay.token_file is not None  # noqa: S101 - asked before
    try:
        with relay.token_file.open("rb") as file:
            return file.read(LARGEST).decode("ascii", "replace")
    except OSError as error:
        raise RelayError(
            f"{relay.table}.token_file: {relay.token_file} cannot be read "
            f"({error.strerror})."
        ) from error


def _run(relay: RelaySettings) -> str:
    """Run the operator's own command; what it says on standard error is not ours."""
    try:
        done = subprocess.run(  # noqa: S603 - no shell, and the operator's own words
            relay.token_command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=LONGEST,
            check=True,
        )
    except OSError as error:
        why = f"cannot be run ({error.strerror})"
    except subprocess.TimeoutExpired:
        why = f"gave no token within {LONGEST:.0f} seconds"
    except subprocess.CalledProcessError as error:
        why = f"ended with {error.returncode}"
    else:
        return done.stdout[:LARGEST].decode("ascii", "replace")
    raise RelayError(f"{relay.table}.token_command: {relay.token_command[0]} {why}.")


def _json(body: bytes) -> dict[str, object]:
    with contextlib.suppress(ValueError):
        told = json.loads(body[:LARGEST])
        if isinstance(told, dict):
            return told
    return {}


def _word(text: object) -> str:
    """Return an error's name as RFC 6749 has them (invalid_grant), or nothing."""
    word = text if isinstance(text, str) else ""
    return word if word.replace("_", "").isalnum() and len(word) < 60 else ""  # noqa: PLR2004


def _replace(file: Path, text: str) -> None:
    """Write a secret beside its place, then move it there: whole or not at all."""
    with tempfile.NamedTemporaryFile(
        "w", dir=file.parent, prefix=".token-", delete=False
    ) as made:
        made.write(text)
        made.flush()
        os.fsync(made.fileno())
    Path(made.name).replace(file)
