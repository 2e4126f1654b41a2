"""Time zones as people write them: EDT, CEST, ET, +02:00, GMT-5.

Letters mean what a newsroom or a feed most often means by them (IST is India's,
CST is Chicago's). ET, CT, MT and PT know summer time.
"""

import re
from datetime import timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

HOURS = {
    "utc": 0, "gmt": 0, "ut": 0, "z": 0, "wet": 0, "west": 1, "bst": 1, "ist": 5.5,
    "cet": 1, "cest": 2, "met": 1, "mest": 2, "eet": 2, "eest": 3, "msk": 3, "sast": 2,
    "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8,
    "pdt": -7, "akst": -9, "akdt": -8, "hst": -10, "ast": -4, "adt": -3, "nst": -3.5,
    "ndt": -2.5, "sgt": 8, "hkt": 8, "jst": 9, "kst": 9, "awst": 8, "acst": 9.5,
    "acdt": 10.5, "aest": 10, "aedt": 11, "nzst": 12, "nzdt": 13,
}  # fmt: skip
REGIONS = {
    "et": "America/New_York",
    "ct": "America/Chicago",
    "mt": "America/Denver",
    "pt": "America/Los_Angeles",
}
OFFSET = re.compile(r"(?:gmt|utc)?\s?([+-])(\d\d?):?(\d\d)?")


def is_known(name: str) -> bool:
    """Whether a word is the name of a zone."""
    return name.lower() in HOURS or name.lower() in REGIONS


def named(text: str, *, default: tzinfo) -> tzinfo | None:
    """Return the zone that `text` names, `default` for none, None for nonsense."""
    name = text.strip(" ()").lower()
    if not name:
        return default
    if name in REGIONS:
        return ZoneInfo(REGIONS[name])
    if name in HOURS:
        return timezone(timedelta(hours=HOURS[name]))
    found = OFFSET.fullmatch(name)
    if found is None:
        return None
    size = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
    return timezone(size if found[1] == "+" else -size)
