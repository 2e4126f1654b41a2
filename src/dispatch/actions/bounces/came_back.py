"""What came back, in words: for operators, and for the reader it is about."""

from collections.abc import Mapping

from dispatch.model import Bounce, BounceClass, BounceFate
from dispatch.text.moments import iso

FATES = {
    BounceFate.OPEN: "not decided yet",
    BounceFate.HELD: "held: one of many",
    BounceFate.NOTED: "costs nobody anything",
    BounceFate.COUNTED: "counted against them",
    BounceFate.SUSPENDED: "suspended for it",
    BounceFate.UNSUBSCRIBED: "unsubscribed for it",
    BounceFate.FORGIVEN: "forgiven",
}
CLASSES = {
    BounceClass.DEAD: "no such mailbox",
    BounceClass.FULL: "full or out of reach",
    BounceClass.MESSAGE: "our message malformed or too large",
    BounceClass.SENDER: "our mail refused as such",
    BounceClass.COMPLAINT: "called unwanted",
    BounceClass.AUTO_REPLY: "answered by a machine",
}
TO_READER = {
    BounceClass.DEAD: "it says that there is no such mailbox",
    BounceClass.FULL: "your mailbox was full, or it could not be reached",
    BounceClass.MESSAGE: "it found our mail malformed, which is ours to mend",
    BounceClass.SENDER: "it refuses our mail as such, which is ours to mend",
}


def told(one: Bounce) -> str:
    """Say what came back of one mail, and what that costs."""
    code = f" {one.enhanced}" if one.enhanced else ""
    what = one.issue or "a single mail"
    late = ", delayed" if not one.weight else ""
    said = f": {one.text}" if one.text else ""
    return f"{what}  {one.kind}{code}{late}, {FATES[one.fate]}{said}"


def of_issue(counted: Mapping[BounceClass, int]) -> str:
    """Say what came back of one issue; nothing when nothing did."""
    parts = [
        f"{number:,} {CLASSES[kind]}"
        for kind in BounceClass
        if (number := counted.get(kind))
    ]
    return f"Came back later: {', '.join(parts)}." if parts else ""


def as_json(one: Bounce) -> dict[str, object]:
    """Return a bounce for a machine."""
    return {
        "id": one.id,
        "at": iso(one.at),
        "recipient": one.recipient,
        "issue": one.issue or None,
        "class": one.kind.value,
        "state": one.fate.value or "open",
        "status": one.enhanced,
        "text": one.text,
        "via": one.via,
    }
