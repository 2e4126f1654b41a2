"""What is known of a story while it is read: each field once, with its rule.

The first rule to offer a field wins, so rules are asked strongest first. What
`explain` prints and the store keeps as `Finding`s is written down here.
"""

from dataclasses import dataclass, field

from dispatch.model import Finding
from dispatch.text import plain

LONGEST_OTHER = 80  # characters of a value that was not taken


@dataclass(slots=True)
class Fields:
    """The fields of one story being read. Values are plain text on one line."""

    findings: list[Finding] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    _values: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def offer(
        self,
        name: str,
        value: str | tuple[str, ...],
        rule: str,
        confidence: float = 1.0,
        note: str = "",
    ) -> bool:
        """Set a field that nothing has set yet; say whether this was it.

        What comes too late is noted, without confidence, where it says otherwise.
        """
        given = (value,) if isinstance(value, str) else value
        kept = tuple(line for line in map(plain.squash, given) if line)
        if kept and name in self._values:
            self._note_other(name, kept, rule)
        if not kept or name in self._values:
            return False
        self._values[name] = kept
        self.note(name, rule, confidence, note)
        return True

    def note(self, name: str, rule: str, confidence: float, note: str = "") -> None:
        """Write down why a field is as it is."""
        self.findings.append(Finding(name, rule, confidence, note))

    def _note_other(self, name: str, value: tuple[str, ...], rule: str) -> None:
        """Note what a weaker rule would have said, if it is not the same."""
        words = plain.excerpt(", ".join(value), LONGEST_OTHER)
        known = {", ".join(self._values[name]).casefold()}
        known |= {one.note.casefold() for one in self.findings if one.field == name}
        if not known & {words.casefold(), f"it saw “{words}”".casefold()}:
            self.note(name, rule, 0.0, f"it saw “{words}”")

    def complain(self, problem: str) -> None:
        """Write down what an editor should mend; the story is taken all the same."""
        self.problems.append(problem)

    def text(self, name: str) -> str:
        """Return a field as one line, or nothing."""
        return ", ".join(self._values.get(name, ()))

    def many(self, name: str) -> tuple[str, ...]:
        """Return a field that holds a list."""
        return self._values.get(name, ())

    def rule(self, name: str) -> str:
        """Return the rule that set a field, or nothing."""
        return next((one.rule for one in self.findings if one.field == name), "")
