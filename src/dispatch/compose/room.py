"""How much of an issue a mail has room for, and what is left out when it has not.

Gmail cuts a mail off at about 102 kB, whatever is in it. The ladder is fixed, so that
the same stories always make the same mail: first the full texts become summaries,
then summaries get shorter, pictures go but the lead's, summaries go from the tail
up, and last the stories of the tail themselves, which are linked as "more on the web".
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

SUMMARY = 200  # characters
LEAD_SUMMARY = 340
NO_LIMIT = 1_000_000  # stories

Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Room:
    """The room that stories have: characters of summaries, and numbers of stories.

    Those after the `pictures`-th have no picture, those after the `summaries`-th no
    more than a headline, and those after the `stories`-th are not in the mail.
    """

    summary: int = SUMMARY
    lead_summary: int = LEAD_SUMMARY
    whole: bool = True
    pictures: int = NO_LIMIT
    summaries: int = NO_LIMIT
    stories: int = NO_LIMIT


ALL = Room()
EXCERPTS = replace(ALL, whole=False)
SHORT = replace(EXCERPTS, summary=120, lead_summary=240)
ONE_PICTURE = replace(SHORT, pictures=1)
MILD = (ALL, EXCERPTS, SHORT, ONE_PICTURE)
HEADLINES = replace(ONE_PICTURE, summaries=1)


def fit(
    make: Callable[[Room], Made], fits: Callable[[Made], bool], stories: int
) -> tuple[Made, Room]:
    """Return what is made with the most room that fits, and that room.

    What does not fit even with one headline in it is returned so.
    """
    for room in MILD:
        made = make(room)
        if fits(made):
            return made, room
    bare = make(HEADLINES)
    if fits(bare):
        rooms = [replace(HEADLINES, summaries=n) for n in range(1, stories)]
    else:
        rooms = [replace(HEADLINES, stories=n) for n in range(1, stories)]
    return _largest(rooms or [HEADLINES], make, fits)


def left_out(room: Room, *, shown: int, more: int) -> str:
    """Say what there was no room for, or nothing when there was."""
    parts = [
        (not room.whole and room == EXCERPTS, "full texts became summaries"),
        (room.summary < ALL.summary, "summaries are shorter"),
        (room.pictures < NO_LIMIT, "only the lead story has its picture"),
        (room.summaries < shown, f"{shown - room.summaries} have no summary"),
        (room.stories < NO_LIMIT, f"{more} are only on the web"),
    ]
    said = ", ".join(text for is_so, text in parts if is_so)
    return f"Over 90 kB a mail is cut off, so {said}." if said else ""


def _largest(
    rooms: list[Room], make: Callable[[Room], Made], fits: Callable[[Made], bool]
) -> tuple[Made, Room]:
    """Find the last of growing rooms in which all fits, else take the first."""
    low, high = 0, len(rooms) - 1
    best = make(rooms[low])
    while low < high:
        middle = (low + high + 1) // 2
        made = make(rooms[middle])
        if fits(made):
            best, low = made, middle
        else:
            high = middle - 1
    return best, rooms[low]
