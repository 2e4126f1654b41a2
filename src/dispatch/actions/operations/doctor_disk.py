"""Look at what a publication stands on here: database, disk, backups, secret key."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dispatch import config
from dispatch.errors import ConfigError, StoreError
from dispatch.model import Diagnosis, Settings
from dispatch.store import inspection
from dispatch.store.room import MEGABYTE
from dispatch.text import plain

OLD = timedelta(days=7)


def database(settings: Settings) -> Iterator[Diagnosis]:
    """Yield whether the database can be opened. Nothing is made or changed."""
    try:
        revision = inspection.inspect(settings.store.url)
    except StoreError as error:
        yield Diagnosis("fail", "Database", str(error))
        return
    says = (
        "it can be opened."
        if revision
        else "there is none yet; the first run makes it."
    )
    yield Diagnosis("ok", "Database", says)


def room(settings: Settings) -> Iterator[Diagnosis]:
    """Yield whether the disk has room for the database, and for a copy of it."""
    file = inspection.file_of(settings.store.url)
    folder = _existing(file.parent if file else settings.feeds.directory)
    free = shutil.disk_usage(folder).free
    size = _size(file) if file else 0
    least = settings.store.min_free * MEGABYTE
    told = f"{free // MEGABYTE:,} MB are free"
    told += f", the database has {max(size // MEGABYTE, 1):,} MB" if size else ""
    if free < least:
        says = f"{told}. Below {settings.store.min_free:,} MB (store.min_free) no mail "
        yield Diagnosis("fail", "Disk", says + "is begun: make room.")
    elif free < least + size:
        says = f"{told}. A new version may copy it before a migration: make room."
        yield Diagnosis("warn", "Disk", says)
    else:
        yield Diagnosis("ok", "Disk", f"{told}.")


def _size(file: Path) -> int:
    parts = (file, file.with_name(f"{file.name}-wal"))
    return sum(one.stat().st_size for one in parts if one.exists())


def _existing(folder: Path) -> Path:
    return folder if folder.exists() else _existing(folder.parent)


def backups(settings: Settings, now: datetime) -> Iterator[Diagnosis]:
    """Yield how old the newest copy beside the database is: before migrations only.

    Those that the operator makes lie elsewhere, and cannot be seen.
    """
    file = inspection.file_of(settings.store.url)
    beside = [*file.parent.glob(f"{file.name}.before-*")] if file else []
    made = max((one.stat().st_mtime for one in beside), default=0.0)
    age = now - datetime.fromtimestamp(made, UTC)
    old = f"{plain.count(age.days, 'day')} old"
    remedy = (
        "Dispatch makes none by itself; docs/operating.md says what belongs in one."
    )
    if not beside:
        says = f"none can be seen from here. {remedy}"
    elif age > OLD:
        says = f"the newest beside the database is {old}. {remedy}"
    else:
        says = f"the newest beside the database is {old}."
    fresh = bool(beside) and age <= OLD
    yield Diagnosis(
        "warn" if settings.site.live and not fresh else "ok", "Backups", says
    )


def key(settings: Settings) -> Iterator[Diagnosis]:
    """Yield whether the secret key is its owner's alone, and remind of its backup."""
    file = settings.secrets.key_file
    try:
        if file.exists():
            config.check_key(file)
        elif inspection.has_readers(settings.store.url):
            config.require_key(file)
    except ConfigError as error:
        yield Diagnosis("fail", "Secret key", str(error))
        return
    if file.exists():
        says = f"only its owner reads {file.name}. It must be in the backup: every "
        says += "unsubscribe link hangs on it."
    else:
        says = f"there is no {file}: it is in the environment, or made on first start."
    yield Diagnosis("ok", "Secret key", says)
