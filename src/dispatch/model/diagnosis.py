"""What `dispatch doctor` says of one thing it looked at."""

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "warn", "fail"]


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One sentence about one thing; `paste` is a line for the DNS that mends it."""

    state: State
    about: str
    says: str
    paste: str = ""

    def lines(self) -> list[str]:
        """Say it to a person; what is to be pasted has a line of its own."""
        said = f"{self.state:<4}  {self.about}: {self.says}"
        return [said, f"      {self.paste}"] if self.paste else [said]

    def to_json(self) -> dict[str, object]:
        """Say it to a machine."""
        return {
            "state": self.state,
            "about": self.about,
            "says": self.says,
            "paste": self.paste,
        }
