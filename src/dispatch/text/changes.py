"""How much two versions of a text differ, by their words alone."""

from collections import Counter

from dispatch.text import fingerprints


def share_of_words(before: str, after: str) -> float:
    """Return which share of the words changed, from 0 to 1.

    Words are counted, not compared in their order: a paragraph that moved is no
    change, one that came or went is as much as its share of the longer version.
    """
    old, new = Counter(fingerprints.words(before)), Counter(fingerprints.words(after))
    most = max(old.total(), new.total())
    return 1 - (old & new).total() / most if most else 0.0
