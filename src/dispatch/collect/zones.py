"""Time zones as people write them: EDT, CEST, ET, +02:00, GMT-5.

Letters mean what a newsroom or a feed most often means by them (IST is India's,
CST is Chicago's). ET, CT, MT and PT know summer time.
"""

import re
from datetime import datetime, timedelta, timezone, tzinfo
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
# Where a name holds in one half of the year only.
SEASONAL = {
    "America/New_York": "est edt",
    "America/Chicago": "cst cdt",
    "America/Denver": "mdt",  # MST holds all year in Arizona
    "America/Los_Angeles": "pst pdt",
    "America/Anchorage": "akst akdt",
    "America/Halifax": "adt",
    "America/St_Johns": "nst ndt",
    "Europe/London": "bst",
    "Europe/Lisbon": "west",
    "Europe/Berlin": "cet cest met mest",
    "Europe/Helsinki": "eet eest",
    "Australia/Adelaide": "acdt",
    "Australia/Sydney": "aedt",
    "Pacific/Auckland": "nzst nzdt",
}
REGION_OF = {
    name: region for region, names in SEASONAL.items() for name in names.split()
}
OFFSET = re.compile(r"(?:gmt|utc)?\s?([+-])(\d\d?):?(\d\d)?")


def is_known(name: str) -> bool:
    """Whether a word is the name of a zone."""
    return name.lower() in HOURS or name.lower() in REGIONS


def is_seasonal(name: str) -> bool:
    """Whether a zone's name holds in one half of the year only."""
    return name.lower() in REGION_OF


def out_of_season(name: str, moment: datetime) -> bool:
    """Whether a zone's name does not hold at that moment: EST in July."""
    region = REGION_OF.get(name.lower())
    if region is None:
        return False
    offset = moment.astimezone(ZoneInfo(region)).utcoffset()
    return offset != timedelta(hours=HOURS[name.lower()])


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
