"""What a site's robots.txt lets us read (RFC 9309), bounded and without regexes."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

AGENT = "dispatch"
MOST_TEXT = 500_000  # characters that count, as the RFC asks for at least 500 KiB
MOST_RULES = 2000
LONGEST_RULE = 500
MOST_STARS = 8
SAFE = "/%:@!$&'()*+,;=~-._?"


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules that are ours: pattern, and whether it allows."""

    rules: tuple[tuple[str, bool], ...] = ()

    def allow(self, url: str) -> bool:
        """Whether a page may be fetched. The longest rule decides, Allow in doubt."""
        parts = urlsplit(url)
        path = quote(parts.path or "/", safe=SAFE)
        path += f"?{quote(parts.query, safe=SAFE)}" if parts.query else ""
        fitting = ((len(p), allows) for p, allows in self.rules if _fits(p, path))
        return max(fitting, default=(0, True))[1]


EVERYBODY = Rules()


def parse(text: str) -> Rules:
    """Return the rules for Dispatch; without a group for it, those for everybody."""
    ours: list[tuple[str, bool]] = []
    common: list[tuple[str, bool]] = []
    named = False
    for agents, rule in _rules(text):
        if any(AGENT in agent for agent in agents):
            named = True
            ours.append(rule)
        elif "*" in agents:
            common.append(rule)
    chosen = ours if named else common
    return Rules(tuple(rule for rule in chosen if rule[0])[:MOST_RULES])


def _rules(text: str) -> Iterator[tuple[frozenset[str], tuple[str, bool]]]:
    """Yield each rule with the agents it is for; an empty rule allows everything."""
    agents: set[str] = set()
    in_rules = False
    for line in text[:MOST_TEXT].splitlines():
        key, colon, value = line.partition("#")[0].partition(":")
        key, value = key.strip().lower(), value.strip()
        if key == "user-agent" and colon:
            agents = set() if in_rules else agents
            agents.add(value.lower())
            in_rules = False
        elif key in {"allow", "disallow"} and colon:
            in_rules = True
            known = len(value) <= LONGEST_RULE and value.count("*") <= MOST_STARS
            pattern = quote(value, safe=SAFE) if known else ""
            yield frozenset(agents), (pattern, key == "allow")


def _fits(pattern: str, path: str) -> bool:
    """Whether a rule fits a path: `*` is anything, a final `$` the end."""
    ends = pattern.endswith("$")
    first, *others = pattern.removesuffix("$").split("*")
    if not path.startswith(first):
        return False
    at = len(first)
    for piece in others[:-1] if ends else others:
        found = path.find(piece, at)
        if found < 0:
            return False
        at = found + len(piece)
    if not ends:
        return True
    last = others[-1] if others else ""
    return path.endswith(last) and (
        at + len(last) <= len(path) if others else at == len(path)
    )
