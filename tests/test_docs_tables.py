import re
from pathlib import Path

from dispatch.actions.bounces.returns import Outcome
from dispatch.deliver import standing
from dispatch.model import BounceClass, DeliveryState, IssueState, SlotOutcome
from dispatch.store import issues
from dispatch.subscribe import lifecycle

# Keys of config.toml whose table has the name of a package.
SETTINGS = {("store", "url"), ("store", "min_free"), ("web", "admin_listen")}

DOCS = Path(__file__).parents[1] / "docs"


def architecture():
    return (DOCS / "architecture.md").read_text(encoding="utf-8")


def test_the_subscription_table_in_the_docs_is_the_one_in_the_code():
    text = architecture()
    start = text.index("-->", text.index("<!-- lifecycle:")) + 3
    shown = text[start : text.index("<!-- /lifecycle -->")]

    assert shown.strip() == lifecycle.as_markdown().strip()


def test_the_issue_table_in_the_docs_is_the_one_in_the_code():
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in architecture().splitlines()
        if line.startswith("| ") and line.split("|")[1].strip() in set(IssueState)
    ]
    shown = {IssueState(row[0]): set(row[1].split(", ")) for row in rows}

    for state, targets in issues.TABLE.items():
        assert shown.get(state, set()) == {target.value for target in targets}


def test_what_each_kind_of_bounce_does_is_the_table_in_the_code():
    text = (DOCS / "bounces.md").read_text(encoding="utf-8")
    start = text.index("-->", text.index("<!-- effects:")) + 3
    shown = text[start : text.index("<!-- /effects -->")]

    assert shown.strip() == standing.effects_table().strip()
    assert {kind for kind, _, _ in standing.EFFECTS} == set(BounceClass)


def test_every_slot_outcome_and_delivery_state_is_in_the_docs():
    text = architecture()

    missing = [
        word.value for word in (*SlotOutcome, *DeliveryState) if word.value not in text
    ]
    assert missing == []


def test_every_link_between_the_docs_leads_somewhere():
    root = DOCS.parent
    pages = [root / "README.md", root / "CONTRIBUTING.md", *DOCS.rglob("*.md")]
    broken = [
        (page.name, target)
        for page in pages
        for target in _links(page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]
    assert broken == []


def test_every_module_that_docs_and_docstrings_name_is_there():
    root = DOCS.parent
    source = root / "src" / "dispatch"
    stages = sorted(one.name for one in source.iterdir() if one.is_dir())
    by_path = re.compile(rf"`((?:{'|'.join(stages)})/[\w/]+\.py)`")
    by_name = re.compile(rf"`({'|'.join(stages)})\.(\w+)\b[^`]*`")

    missing = []
    for page in (root / "README.md", root / "CONTRIBUTING.md", *DOCS.rglob("*.md")):
        named = set(by_path.findall(page.read_text(encoding="utf-8")))
        missing += [one for one in named if not (source / one).exists()]
    for module in source.rglob("*.py"):
        for package, name in by_name.findall(module.read_text(encoding="utf-8")):
            place = source / package
            there = (place / name).is_dir() or (place / f"{name}.py").exists()
            known = re.findall(r"\w+", (place / "__init__.py").read_text("utf-8"))
            if not (there or name in known or (package, name) in SETTINGS):
                missing.append(f"{module.name}: {package}.{name}")

    assert missing == ["collect/KIND.py"]  # a place to fill in


def _links(text):
    for piece in text.split("](")[1:]:
        target = piece.split(")")[0].split("#")[0]
        if target and "://" not in target and not target.startswith("mailto:"):
            yield target


def test_every_outcome_of_a_report_is_explained():
    text = (DOCS / "bounces.md").read_text(encoding="utf-8")

    assert [one.value for one in Outcome if f"| `{one}` |" not in text] == []
