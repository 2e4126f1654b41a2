"""The lists in a file: a CSV is one, Mailchimp's ZIP holds three.

Names inside a ZIP are labels and never paths; what it unpacks to is read as a stream
and bounded, so that a bomb costs a little time and no memory.
"""

import re
import struct
import zipfile
import zlib
from collections.abc import Generator, Iterator, Mapping
from pathlib import PurePosixPath
from typing import BinaryIO, cast

from dispatch.errors import UsageError
from dispatch.model import SuppressionReason
from dispatch.subscribe import importer
from dispatch.subscribe.columns import Field
from dispatch.subscribe.importer import Refused, Row

MOST_LISTS = 20
MOST_BYTES = 2 * 1024**3  # all lists of one archive, unpacked
STEEPEST = 200  # times: lists shrink 3 to 20 times, a bomb a thousand times
SMALL = 1024 * 1024  # what is not worth calling a bomb
ENCRYPTED = 0x1  # the flag bit of a member with a password

OPT_OUTS = {
    "unsubscribed": SuppressionReason.UNSUBSCRIBED,
    "unsubscribers": SuppressionReason.UNSUBSCRIBED,
    "cleaned": SuppressionReason.BOUNCED,
    "bounced": SuppressionReason.BOUNCED,
}
# All that zipfile was seen to raise for noise.
DAMAGED = (
    *(zipfile.BadZipFile, zlib.error, struct.error, NotImplementedError),
    *(EOFError, OSError, ValueError),
)
NEVER_AGREED = frozenset({"nonsubscribed", "transactional", "unconfirmed"})


def rows(
    stream: BinaryIO,
    name: str,
    *,
    mapping: Mapping[Field, str] | None = None,
    opt_out: SuppressionReason | None = None,
) -> Generator[Row | Refused, None, None]:
    """Yield the rows of a CSV file, or of every list in a ZIP file.

    A list's name says what its people are, as Mailchimp names them: subscribed_…,
    unsubscribed_…, cleaned_…. Raises UsageError for a file that cannot be used.
    """
    zipped = zipfile.is_zipfile(stream)
    stream.seek(0)
    if not zipped:
        yield from importer.rows(
            stream, name, mapping=mapping, opt_out=opt_out or OPT_OUTS.get(_kind(name))
        )
        return
    try:
        with zipfile.ZipFile(stream) as archive:
            for member in _members(archive, name):
                yield from _list(archive, member, name, mapping, opt_out)
    except DAMAGED as error:
        raise UsageError(f"{name}: the archive is damaged: {error}.") from error


def _members(archive: zipfile.ZipFile, name: str) -> list[zipfile.ZipInfo]:
    """Return the lists of an archive. Raises UsageError if they cannot be read."""
    found = [
        member
        for member in archive.infolist()
        if _label(member).casefold().endswith((".csv", ".txt"))
    ]
    if not found:
        raise UsageError(f"{name}: there is no .csv file in this archive.")
    if any(member.flag_bits & ENCRYPTED for member in found):
        raise UsageError(f"{name}: the archive has a password. Unpack it first.")
    if len(found) > MOST_LISTS or any(_bomb(member) for member in found):
        raise UsageError(f"{name}: this does not look like an export of addresses.")
    if sum(member.file_size for member in found) > MOST_BYTES:
        raise UsageError(f"{name}: the lists are over 2 GB. Import them one by one.")
    return found


def _list(
    archive: zipfile.ZipFile,
    member: zipfile.ZipInfo,
    name: str,
    mapping: Mapping[Field, str] | None,
    opt_out: SuppressionReason | None,
) -> Iterator[Row | Refused]:
    """Yield the rows of one list; one that cannot be used spoils no other."""
    label = _label(member)
    file = f"{name}/{label}"
    if _kind(label) in NEVER_AGREED:
        yield Refused(file, 1, "the people in this list never agreed to get mail")
        return
    with archive.open(member) as inner:
        try:
            yield from importer.rows(
                cast("BinaryIO", inner),
                file,
                mapping=mapping,
                opt_out=opt_out or OPT_OUTS.get(_kind(label)),
            )
        except UsageError as error:
            yield Refused(file, 1, str(error).removeprefix(f"{file}: ").rstrip("."))


def _bomb(member: zipfile.ZipInfo) -> bool:
    """Whether a member unpacks to far more than a list would.

    zipfile never unpacks more than the archive declares.
    """
    return member.file_size > max(SMALL, STEEPEST * member.compress_size)


def _label(member: zipfile.ZipInfo) -> str:
    return PurePosixPath(member.filename.replace("\\", "/")).name


def _kind(name: str) -> str:
    """Return the first word of a file name, in lower case."""
    return re.split(r"[^a-z]", name.casefold(), maxsplit=1)[0]
