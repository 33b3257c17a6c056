"""docs/first-feature.md is followed to the letter on a copy of the house: what a newcomer reads must work."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "first-feature.md"
EDIT = re.compile(
    r'<!-- edit (?P<path>\S+): (?P<how>before|after|replace) "(?P<anchor>[^\n]*)" -->\n```python\n(?P<text>.*?)```\n',
    re.DOTALL,
)


@dataclass(frozen=True)
class Edit:
    path: str
    how: str
    anchor: str
    text: str

    def apply(self, folder: Path) -> None:
        file = folder / self.path
        before = file.read_text()
        assert before.count(self.anchor) == 1, f"{self.path} has {self.anchor!r} {before.count(self.anchor)} times"
        new = {
            "before": self.text + self.anchor,
            "after": self.anchor + self.text,
            "replace": self.text.rstrip("\n"),
        }[self.how]
        file.write_text(before.replace(self.anchor, new))


def edits() -> list[Edit]:
    return [
        Edit(found["path"], found["how"], found["anchor"].replace('\\"', '"').replace("\\n", "\n"), found["text"])
        for found in EDIT.finditer(PAGE.read_text())
    ]


@pytest.fixture
def house(tmp_path):
    for name in ("loyalty_site", "members", "programs", "feedback", "campaigns", "locale", "tests"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "manage.py"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def run(house: Path, *command: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", *command], cwd=house, capture_output=True, text=True, check=False, timeout=240
    )


def ask_conditions(house: Path) -> subprocess.CompletedProcess:
    return run(
        house, "pytest", "tests/programs/rules/test_conditions.py", "-q", "-p", "no:cacheprovider", "--no-header"
    )


def test_the_page_names_every_file_it_touches():
    text = PAGE.read_text()
    touched = {edit.path for edit in edits()}

    assert touched == set(re.findall(r"^## \d\. .*`(\S+)`", text, re.MULTILINE))
    assert len(edits()) == len(re.findall("```python", text))


def test_following_the_page_gives_a_working_condition(house):
    before = ask_conditions(house)
    assert before.returncode == 0, before.stdout

    for edit in edits():
        edit.apply(house)

    formatted = run(house, "ruff", "format", "--quiet", ".")
    assert formatted.returncode == 0, formatted.stderr
    touched = sorted({edit.path for edit in edits()})
    for command in (["ruff", "check", *touched], ["compileall", "-q", "programs/admin/designer/conditions.py"]):
        checked = run(house, *command)
        assert checked.returncode == 0, checked.stdout
    after = ask_conditions(house)
    assert after.returncode == 0, after.stdout
    assert passed(after) == passed(before) + 6


def test_forgetting_the_table_is_noticed(house):
    for edit in edits():
        if not edit.path.startswith("tests/"):
            edit.apply(house)

    done = ask_conditions(house)

    assert done.returncode == 1
    assert "test_every_condition_has_rows_in_the_table" in done.stdout


def passed(done: subprocess.CompletedProcess) -> int:
    found = re.search(r"(\d+) passed", done.stdout)
    assert found, done.stdout
    return int(found.group(1))
