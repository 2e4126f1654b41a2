"""The lede: its dateline (T9), and the headline made from it (T11c).

A generated headline is at most 80 characters of the story's own words. It is cut at
the end of a clause, and never inside a quotation or a name, nor before a class year.
"""

import re
from collections.abc import Iterator

from dispatch.collect import class_years
from dispatch.text import plain

LONGEST = 80
SHORTEST = 25  # characters; below, a cut says too little
TELLING = 30  # characters; a shorter clause gives way to a longer phrase
STUMP = 3  # words
CONSIDERED = 600  # characters of a sentence that a headline is looked for in

DATELINE = re.compile(
    r"(?P<place>[A-ZÀ-Þ][A-ZÀ-Þ .’'-]{2,30})(?:,\s(?:[A-Z][a-z]+\.?|[A-Z]\.[A-Z]\.)"
    r"(?:\s[A-Z][a-z]+\.?)?)?(?:\s\([A-Z]{2,4}\))?(?:,\s[A-Z][a-z]+\.?\s\d{1,2})?"
    r"\s*(?:—|–|--|-\s)\s*"
)
ATTRIBUTION = re.compile(
    r",\s(?:according\sto\s[^,“”]{3,60}|(?:[^,“”]{2,50}\s)?(?:said|says|announced"
    r"|reported|told\s[^,“”]{2,40}|wrote|confirmed)(?:\s(?:on\s)?[A-Z]?[a-z]+day)?"
    r"(?:\s(?:morning|afternoon|evening|night))?)$"
)
OPENING = re.compile(
    r"(?:After|As|When|While|Although|Though|Because|Since|If|Before|Despite"
    r"|Following|With|Amid|During|In|On|At|For|By|Until|Once|Hours|Days|Weeks"
    r"|Tras|Cuando|Mientras|Aunque|Desde|En|Nach|Als|Après|Lors)\b[^“”\"(]{2,110}?,\s"
)
ASIDES = (
    re.compile(r"\s?\([^()]{1,120}\)"),
    re.compile(r"\s?[—–]\s?[^—–“”]{2,160}?\s?[—–]\s?(?=[^\W\d_])"),
    re.compile(r",\s(?:who|which|whose|where|a|an|the)\s[^,“”]{2,120},(?=\s[^\W\d_])"),
)
STRONG = re.compile(
    r"[,;:]\s|\s[—–]\s?|—|\s(?=(?:because|after|before|while|when|amid|following|if"
    r"|despite|although|though|unless|until|since|whereas|as|in\slight\sof|according\sto"
    r"|tras|porque|mientras|aunque|cuando|para)\s)"
)
WEAK = re.compile(
    r"\s(?=(?:to|on|at|during|with|by|from|for|over|under|through|along|in|about|who"
    r"|against|which|where|that|en|por|con|desde|de|del)\s)"
)
DANGLING = plain.lexicon(
    "a an the and or but nor of in on at to for from by with as that who which whose "
    "their his her its is are was were will would can could may might has have had be "
    "been not more most than into over under about el la los las un una y o de del en "
    "a al que se su por para con gov sen rep dr mr mrs ms prof st"
)
WORD = re.compile(r"\s")
VERB = re.compile(
    r"\b(?:is|are|was|were|will|would|has|have|had|may|might|can|could|says?|said|ha|han"
    r"|wins?|won|held|met|meets?|began|begins?|took|takes?|made|makes?|fell|rose|left"
    r"|gets?|got|gave|goes|went|came|plans?|opens?|votes?|seeks?|faces?|\w{3,}ed|\w+ó"
    r"|beat|lost|cut|set|put|hit|let|ran|runs|saw|found|built|sold|bought|brought|drew"
    r"|drove|grew|led|paid|sent|spoke|spent|stood|told|threw|wrote|became|chose|broke"
    r"|struck|swept|kept|sat|rode|rowed|sang|flew|fought|taught|caught|returns?|joins?"
    r"|\w{2,}(?:aron|ieron|aba|aban|ían?))\b"
)
ALSO_NOUNS = plain.lexicon("cut set put hit runs saw plan plans votes faces returns")
PAIRS = (("“", "”"), ("(", ")"), ("[", "]"), ("«", "»"), ("‘", "’"))


def without_dateline(paragraph: str) -> str:
    """Return a paragraph without the place it begins with."""
    found = DATELINE.match(paragraph)
    return paragraph[found.end() :] if found else paragraph


def dateline(paragraph: str) -> str:
    """Return the place a paragraph begins with, as written, or nothing."""
    found = DATELINE.match(paragraph)
    return found["place"].strip() if found else ""


def headline(paragraphs: list[str]) -> str:
    """Make a headline from the first paragraph that allows one; may be empty."""
    for paragraph in paragraphs[:5]:
        for sentence in plain.sentences(without_dateline(paragraph[: 4 * CONSIDERED]))[
            :2
        ]:
            made = _from_sentence(sentence[:CONSIDERED])
            if made:
                return made
    return ""


def _from_sentence(sentence: str) -> str:
    bare = sentence.strip().rstrip(".…;:, ")
    bare = ATTRIBUTION.sub("", bare)
    bare = _without_opening(bare)
    if not _is_whole(bare) or len(bare) > LONGEST:
        bare = _shortened(bare)
    bare = bare.strip(" ,;:—–-\u00a0")
    return bare[:1].upper() + bare[1:] if len(bare) >= SHORTEST // 2 else ""


def _without_opening(sentence: str) -> str:
    """Drop a leading subordinate clause, when a whole sentence is left after it."""
    found = OPENING.match(sentence)
    if found is None:
        return sentence
    rest = sentence[found.end() :]
    if class_years.starts_year(rest) or len(rest) < SHORTEST:
        return sentence
    first, comma, beyond = rest.partition(", ")
    if comma and not _has_sure_verb(first):  # "After talk, protest and delay, …"
        rest = beyond
    whole = len(rest) >= SHORTEST and rest[:1] not in "“‘" and VERB.search(rest)
    return rest if whole else sentence


def _has_sure_verb(text: str) -> bool:
    return any(found[0] not in ALSO_NOUNS for found in VERB.finditer(text))


def _shortened(sentence: str) -> str:
    """Leave out asides, one kind after another, then cut."""
    for aside in ASIDES:
        shorter = re.sub(r"\s{2,}", " ", aside.sub(_gap, sentence))
        if _is_whole(shorter):
            sentence = shorter
        if len(sentence) <= LONGEST and _is_whole(sentence):
            return sentence
    return _cut(sentence)


def _gap(found: re.Match[str]) -> str:
    return " " if found[0].rstrip()[-1:] in "—–" else ""


def _cut(sentence: str) -> str:
    """Cut at the last clause that fits, or else the last phrase, or else a word."""
    clauses = [one for one in _cuts(sentence, STRONG) if VERB.search(one)]
    phrases = [one for one in _cuts(sentence, WEAK) if VERB.search(one)]
    if clauses and (len(clauses[-1]) >= TELLING or not phrases):
        return clauses[-1]
    if longest := max(clauses + phrases, key=len, default=""):
        return longest
    phrases = [one for one in _cuts(sentence, WEAK) if len(one) >= TELLING]
    if phrases:
        return phrases[-1]
    words = [one for one in _cuts(sentence, WORD) if len(one) < LONGEST]
    return f"{words[-1]}…" if words else ""


def _has_stump(candidate: str) -> bool:
    """Whether a few words dangle behind the last comma: "…, eleven months"."""
    _, comma, tail = candidate.rpartition(", ")
    return bool(comma) and len(tail.split()) <= STUMP and not VERB.search(tail)


def _cuts(sentence: str, boundary: re.Pattern[str]) -> Iterator[str]:
    for found in boundary.finditer(sentence):
        if found.start() > LONGEST:
            return
        if _may_cut(sentence, found.start()):
            candidate = _without_dangling(sentence[: found.start()])
            if len(candidate) < SHORTEST or _has_stump(candidate):
                continue
            if _is_whole(candidate):
                yield candidate


def _may_cut(sentence: str, at: int) -> bool:
    """Whether a cut at `at` parts neither a name nor a name from its class year."""
    after = sentence[at:]
    if class_years.starts_year(after.lstrip(",;")):
        return False
    before = sentence[:at].rpartition(" ")[2]
    following = after.lstrip(" ")
    if after[:1] in ",;:—–" or re.match(r"\s[—–]", after):
        return not before.isdigit() or not following[:1].isdigit()
    return not (before[:1].isupper() and following[:1].isupper())


def _without_dangling(candidate: str) -> str:
    words = candidate.rstrip(" ,;:—–-").split(" ")
    while words and words[-1].lower().rstrip(".") in DANGLING:
        words.pop()
    return " ".join(words).rstrip(" ,;:—–-")


def _is_whole(text: str) -> bool:
    """Whether no quotation or bracket is left open."""
    if text.count('"') % 2:
        return False
    return all(_closed(text, *pair) for pair in PAIRS)


def _closed(text: str, opening: str, closing: str) -> bool:
    if opening == "‘":  # its closing mark is also the apostrophe
        return "’" in text[text.rfind("‘") :] if "‘" in text else True
    return text.count(opening) == text.count(closing)
