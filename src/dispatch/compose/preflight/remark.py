"""What preflight says of a message: remarks, and the verdict that they lead to."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How much a remark matters."""

    PASS = "pass"  # noqa: S105 - a word, no password
    WARN = "warn"  # it may go, but somebody should know
    BLOCK = "block"  # it must not go like this

    @property
    def weight(self) -> int:
        """The heavier, the worse."""
        return list(Level).index(self)


@dataclass(frozen=True, slots=True)
class Remark:
    """One sentence about one thing that was looked at."""

    level: Level
    check: str
    says: str

    def __str__(self) -> str:
        return f"{self.level:<5}  {self.check}: {self.says}"


@dataclass(frozen=True, slots=True)
class Preflight:
    """All remarks about one message. `ok` says whether it may go."""

    remarks: tuple[Remark, ...] = ()

    @property
    def level(self) -> Level:
        """The worst of them."""
        levels = (one.level for one in self.remarks)
        return max(levels, key=lambda level: level.weight, default=Level.PASS)

    @property
    def ok(self) -> bool:
        """Whether nothing keeps the message from going."""
        return self.level is not Level.BLOCK

    @property
    def reason(self) -> str:
        """Why it must not go, in a sentence or two; empty when it may."""
        blocks = [one for one in self.remarks if one.level is Level.BLOCK]
        return " ".join(f"{one.check}: {one.says}" for one in blocks)

    def lines(self) -> list[str]:
        """Say the verdict, then what led to it, worst first."""
        worst_first = sorted(self.remarks, key=lambda one: -one.level.weight)
        return [f"Preflight: {self.level}.", *(f"  {one}" for one in worst_first)]

    def to_json(self) -> dict[str, object]:
        """Say it to a machine."""
        return {
            "verdict": self.level.value,
            "remarks": [
                {"level": one.level.value, "check": one.check, "says": one.says}
                for one in self.remarks
            ],
        }

    def __add__(self, other: "Preflight") -> "Preflight":
        """Put the remarks of two looks together."""
        return Preflight(self.remarks + other.remarks)


class Check:
    """Collects what one check finds; a check that finds nothing says so as well."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._found: list[Remark] = []

    def warn(self, says: str) -> None:
        """Note what somebody should know."""
        self._found.append(Remark(Level.WARN, self._name, says))

    def block(self, says: str) -> None:
        """Note what keeps the message from going."""
        self._found.append(Remark(Level.BLOCK, self._name, says))

    def remarks(self, fine: str) -> tuple[Remark, ...]:
        """Return what was found, or that all is `fine`."""
        return tuple(self._found) or (Remark(Level.PASS, self._name, fine),)


def named(things: Iterable[str], most: int = 3) -> str:
    """Name the first few of many, each once."""
    known = list(dict.fromkeys(things))
    more = f" and {len(known) - most} more" if len(known) > most else ""
    return ", ".join(known[:most]) + more
