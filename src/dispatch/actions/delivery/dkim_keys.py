"""Make a key that mail is signed with, and say what goes where."""

import os
from dataclasses import dataclass
from pathlib import Path

from dispatch.deliver import dkim, dns_text
from dispatch.errors import UsageError


@dataclass(frozen=True, slots=True)
class KeyReport:
    """A new key: where it lies, its DNS record, the lines for config.toml."""

    domain: str
    selector: str
    file: Path
    record: str

    @property
    def ok(self) -> bool:
        """A key that could not be made is an error instead."""
        return True

    @property
    def name(self) -> str:
        """The name of the DNS record."""
        return f"{self.selector}._domainkey.{self.domain}"

    def lines(self) -> list[str]:
        """Say it in the order in which it is to be done."""
        return [
            f"The private key is in {self.file}; only its owner can read it.",
            "1. Publish this record in the DNS:",
            dns_text.line(self.name, self.record),
            "2. When it can be found, add to config.toml:",
            "[[dkim]]",
            f'domain = "{self.domain}"',
            f'selector = "{self.selector}"',
            f'key_file = "{self.file}"',
            "3. Take it over: restart, or send the daemon SIGHUP.",
        ]

    def to_json(self) -> dict[str, object]:
        """Say it to a machine."""
        return {
            "domain": self.domain,
            "selector": self.selector,
            "file": str(self.file),
            "name": self.name,
            "record": self.record,
        }


def generate(domain: str, selector: str, algorithm: str, file: Path) -> KeyReport:
    """Make a key in a new `file`. An old key is never written over: UsageError."""
    pem, record = dkim.generate(algorithm)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        with os.fdopen(os.open(file, flags, 0o600), "wb") as opened:
            opened.write(pem)
            opened.flush()
            os.fsync(opened.fileno())
    except FileExistsError as error:
        raise UsageError(
            f"{file} is there already, and mail may be signed with it. "
            "Name another --selector or --file."
        ) from error
    except OSError as error:
        raise UsageError(f"{file} cannot be written ({error.strerror}).") from error
    return KeyReport(domain, selector, file, record)
