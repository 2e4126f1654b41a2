"""Secrets, and the environment: the key file, passwords of the relay and of sources.

A secret is looked for in the environment first, then in the file that config.toml
names, then among systemd's credentials. None is ever part of a message.
"""

import base64
import os
import re
import secrets as randomness
import stat
import tempfile
from pathlib import Path

from dispatch.config.faults import UnfitError
from dispatch.errors import ConfigError

KEY_BYTES = 32
LARGEST = 4096  # bytes of a password file
LARGEST_KEY = 65_536
KEY_VARIABLE = "DISPATCH_SECRET_KEY"

_environment = os.environ  # noqa: TID251 - dispatch.config is where it is read


def load_or_make_key(path: Path) -> bytes:
    """Return the publication's secret key; make the file on first start.

    Unsubscribe links and suppressions hang on it: a file that is there but
    damaged, or open to others, is refused with ConfigError, never replaced.
    """
    given = _environment.get(KEY_VARIABLE) or _credential("secret_key")
    if given:
        return _decode(given, KEY_VARIABLE)
    _make_key(path)
    return check_key(path)


def require_key(path: Path) -> None:
    """Raise ConfigError if there is no key: a lost one is not replaced unasked."""
    given = _environment.get(KEY_VARIABLE) or _credential("secret_key")
    if given or path.exists():
        return
    raise ConfigError(
        f"{path}: the secret key is missing, and the database has readers. Restore it "
        "from your backup: every unsubscribe link that was ever sent hangs on it, and "
        "so does the list of those who must not get mail. If it is lost for good, make "
        f"another: (umask 077; head -c 32 /dev/urandom | base64 > {path})"
    )


def check_key(path: Path) -> bytes:
    """Return the key in the file at `path`. Raises ConfigError; makes nothing."""
    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="ascii", errors="replace")
    except OSError as error:
        raise ConfigError(
            f"{path}: the secret key cannot be read ({error.strerror}). "
            "Let it belong to the user that Dispatch runs as."
        ) from error
    if stat.S_IMODE(mode) & 0o077:
        raise ConfigError(
            f"{path}: other users of this machine can read the secret key, and with "
            f"it make unsubscribe links for anybody. Run: chmod 600 {path}"
        )
    return _decode(text, str(path))


def _decode(text: str, where: str) -> bytes:
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except ValueError:  # binascii.Error, too
        key = b""
    if len(key) < KEY_BYTES:
        raise ConfigError(
            f"{where}: this is not a secret key made by Dispatch. Restore it from "
            "your backup: every unsubscribe link that was ever sent hangs on it."
        )
    return key


def _make_key(path: Path) -> None:
    """Write a new key where there is none yet, whole or not at all."""
    text = base64.b64encode(randomness.token_bytes(KEY_BYTES)).decode() + "\n"
    try:
        if path.exists():
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=".key-") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
            _publish(Path(file.name), path)
    except OSError as error:
        raise ConfigError(
            f"{path}: the secret key cannot be written ({error.strerror}). Make the "
            "folder writable for the user that Dispatch runs as."
        ) from error


def _publish(made: Path, path: Path) -> None:
    """Give the finished file its name; a key that came first, stays."""
    try:
        os.link(made, path)
    except FileExistsError:
        return
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def load(table: str, key: str, file: Path | None) -> str:
    """Return a secret of one table of the config, or "" when none is given anywhere.

    `table` is what messages call it: smtp, source.wire. Raises UnfitError when `file`
    cannot be read.
    """
    given = _environment.get(variable(table, key))
    if given:
        return given
    if file is not None:
        return _read_password(file)
    return _credential(_credential_name(table, key))


def load_pem(selector: str) -> str:
    """Return a key for signing mail from the environment, or "": then it is a file's.

    Raises UnfitError for a credential that cannot be read.
    """
    given = _environment.get(variable(f"dkim.{selector}", "key"))
    if given:
        return given
    file = _credential_file(_credential_name(f"dkim.{selector}", "key"))
    if file is None:
        return ""
    try:
        with file.open("rb") as opened:
            return opened.read(LARGEST_KEY).decode("ascii", errors="replace")
    except OSError as error:
        raise UnfitError(f"{file} cannot be read ({error.strerror}).") from error


def variable(table: str, key: str) -> str:
    """Return the environment variable that holds it: DISPATCH_SOURCE_WIRE_PASSWORD."""
    return "DISPATCH_" + re.sub(r"[^A-Z0-9]+", "_", f"{table}_{key}".upper())


def _read_password(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            data = opened.read(LARGEST + 1)
    except OSError as error:
        raise UnfitError(
            f"{file} cannot be read ({error.strerror}).",
            "Write the password into it, and let it belong to Dispatch's user.",
        ) from error
    if len(data) > LARGEST:
        raise UnfitError(f"{file} is too long for a password.", "Name the right file.")
    text = data.decode("utf-8", errors="replace").rstrip("\r\n")
    if not text or "\n" in text or "�" in text:
        what = f"{file} does not hold one line of text."
        raise UnfitError(what, "Write the password, and nothing else, into it.")
    return text


def _credential(name: str) -> str:
    """Return one of systemd's credentials (LoadCredential=), or ""."""
    file = _credential_file(name)
    return _read_password(file) if file else ""


def _credential_file(name: str) -> Path | None:
    folder = _environment.get("CREDENTIALS_DIRECTORY")
    file = Path(folder) / name if folder else None
    return file if file and file.is_file() else None


def _credential_name(table: str, key: str) -> str:
    return re.sub(r"[^A-Za-z0-9]", "_", f"{table}_{key}")
