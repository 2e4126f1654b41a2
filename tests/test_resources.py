import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from dispatch import resources
from dispatch.errors import StartError

ROOT = Path(__file__).parents[1]
IN_A_WHEEL = (
    "src",
    "templates",
    "articles",
    "config.toml",
    "pyproject.toml",
    "README.md",
)


def test_a_checkout_has_its_files_at_its_root():
    assert resources.shipped("config.toml") == ROOT / "config.toml"
    assert resources.shipped("templates") == ROOT / "templates"


def test_a_file_that_is_missing_is_told(monkeypatch, tmp_path):
    monkeypatch.setattr(resources, "PLACES", (tmp_path,))

    with pytest.raises(StartError, match="Install Dispatch again"):
        resources.shipped("templates")


def test_the_publications_templates_come_first(tmp_path):
    own, ours = resources.template_folders(tmp_path, "email")

    assert own == tmp_path / "templates" / "email"
    assert ours == ROOT / "templates" / "email"


def test_the_demos_templates_are_the_shipped_ones_and_looked_at_once():
    assert resources.template_folders(ROOT, "web") == (ROOT / "templates" / "web",)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, built from a copy of what goes into it."""
    copy = tmp_path_factory.mktemp("source")
    for name in IN_A_WHEEL:
        if (ROOT / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, copy / name, ignore=ignored)
        else:
            shutil.copyfile(ROOT / name, copy / name)
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", "dist"],
        cwd=copy,
        check=True,
        capture_output=True,
    )
    return next((copy / "dist").glob("*.whl"))


def test_the_wheel_holds_every_template_and_the_demo(wheel):
    with zipfile.ZipFile(wheel) as opened:
        names = set(opened.namelist())

    for folder in ("templates", "articles"):
        for file in (ROOT / folder).rglob("*"):
            if file.is_file():
                assert f"dispatch/_shipped/{file.relative_to(ROOT)}" in names
    assert "dispatch/_shipped/config.toml" in names
    assert "dispatch/store/migrations/env.py" in names


def test_a_publication_lives_on_the_wheel_alone(wheel, tmp_path):
    installed = tmp_path / "installed"
    with zipfile.ZipFile(wheel) as opened:
        opened.extractall(installed)
    # -P and the path in front of it: the checkout's own code must not be found.
    start = (
        f"import sys; sys.path.insert(0, {str(installed)!r}); "
        "from dispatch import resources, cli; "
        f"assert str(resources.PACKAGE).startswith({str(installed)!r}); "
        "cli.main(sys.argv[1:])"
    )

    def dispatch(*words):
        return subprocess.run(
            [sys.executable, "-P", "-c", start, *words],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )

    made = dispatch("init", "courier")
    assert made.returncode == 0, made.stderr
    checked = dispatch("--config", "courier/config.toml", "check")
    assert checked.returncode == 0, checked.stdout + checked.stderr
