"""What imports cannot see: single writers, sizes, signals, and documents that must not fall behind the code."""

from __future__ import annotations

import ast
import importlib
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps

from loyalty_site.api import _CODES
from loyalty_site.ground.api import domain_problem
from loyalty_site.ground.errors import DomainError

ROOT = Path(__file__).resolve().parent.parent
OUR_APPS = ("loyalty_site", "members", "programs", "feedback", "campaigns")
LINES_MAX = 400

# Precious tables and the only places that write them. A place is a folder or a file.
WRITERS: dict[str, tuple[str, ...]] = {
    "LedgerTransaction": ("programs/services/ledger/",),
    "Posting": ("programs/services/ledger/",),
    "Lot": ("programs/services/ledger/",),
    "Account": ("programs/services/ledger/", "programs/services/accounts.py"),
    "AccountAccess": ("programs/services/accounts.py",),
    "TierStanding": ("programs/services/receipts.py",),
    "Purchase": ("programs/services/receipts.py", "programs/services/moving.py", "programs/services/history.py"),
    "PurchaseLine": ("programs/services/receipts.py", "programs/services/history.py"),
    "Award": ("programs/services/receipts.py",),
    "MemberStage": ("programs/services/lifecycle.py",),
    "MemberStageChange": ("programs/services/lifecycle.py",),
    "PurchaseSummary": (
        "programs/services/receipts.py",
        "programs/services/moving.py",
        "programs/services/history.py",
    ),
    "RuleCounter": ("programs/services/counters.py",),
    "Benefit": ("programs/services/receipts.py",),
    "IdempotencyRecord": ("programs/services/idempotency.py",),
    "ProgramVersion": ("programs/services/programs.py",),
    "Member": ("members/services/",),
    "Identifier": ("members/services/",),
    "Consent": ("members/services/",),
    "CurrentConsent": ("members/services/",),
    "Notice": ("members/services/notices.py",),
    "Question": ("feedback/services/surveys.py",),
    "QuestionText": ("feedback/services/surveys.py",),
    "SurveyText": ("feedback/services/surveys.py",),
    "Invitation": ("feedback/services/",),
    "Response": ("feedback/services/answers.py",),
    "Answer": ("feedback/services/answers.py",),
    "Run": ("campaigns/services/approval.py",),
    "Recipient": ("campaigns/services/freezing.py",),
    "Counter": ("loyalty_site/ground/services/counters.py",),
    "Flag": ("programs/services/flags.py",),
    "SpendingPin": ("programs/services/pins.py",),
    "SpendingCode": ("programs/services/codes.py",),
    "CashierShift": ("programs/services/cashiers.py",),
    "Audit": ("loyalty_site/ground/services/audit.py",),
    # An upload that is thrown away takes its waiting job along.
    "Job": ("loyalty_site/ground/services/jobs.py", "programs/services/importing/batches.py"),
}
WRITING_METHODS = {
    "create", "bulk_create", "acreate", "update", "bulk_update", "update_or_create", "get_or_create", "delete",
}  # fmt: skip
WRITING_SQL = re.compile(r"\b(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM|COPY|MERGE\s+INTO|TRUNCATE)\s+\"?([a-z]+_[a-z]+)\"?")


def sources() -> list[Path]:
    """Our own Python, without migrations."""
    found = [path for app in OUR_APPS for path in (ROOT / app).rglob("*.py") if "migrations" not in path.parts]
    assert len(found) > 50
    return found


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def tables() -> dict[str, str]:
    """{'programs_posting': 'Posting', ...}"""
    models = [model for app in ("ground", *OUR_APPS[1:]) for model in apps.get_app_config(app).get_models()]
    return {model._meta.db_table: model.__name__ for model in models if not model._meta.proxy}


def writes_of(text: str) -> Iterator[str]:
    """Names of our models that a source writes: through the ORM, by an instance of its own, or in SQL."""
    model_of = tables()
    tree = ast.parse(text)
    known = set(model_of.values()) - _namesakes(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute) and node.func.attr in WRITING_METHODS:
                root = _root(node.func.value)
                if root in known:
                    yield root
            elif isinstance(node.func, ast.Name) and node.func.id in known:
                yield node.func.id
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            for table in WRITING_SQL.findall(node.value):
                if table in model_of:
                    yield model_of[table]


def _namesakes(tree: ast.Module) -> set[str]:
    """Names that mean something else in this source than a model: REST framework's Response is none of ours."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and "models" not in (node.module or "").split("."):
            found |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.ClassDef) and not any(_root(base) == "models" for base in node.bases):
            found.add(node.name)
    return found


def _root(node: ast.expr) -> str:
    """The name at the left end of `Model.objects.filter(...).exclude(...)`."""
    while not isinstance(node, ast.Name):
        if isinstance(node, ast.Attribute):
            node = node.value
        elif isinstance(node, ast.Call):
            node = node.func
        else:
            return ""
    return node.id


def strangers(path: str, text: str) -> list[str]:
    """Precious tables that this source writes although it is not their writer."""
    return [
        model
        for model in writes_of(text)
        if model in WRITERS and not any(path.startswith(place) for place in WRITERS[model])
    ]


def test_precious_tables_have_one_writer():
    found = {named(path): strangers(named(path), path.read_text()) for path in sources()}
    assert {path: models for path, models in found.items() if models} == {}


def test_the_writers_do_write():
    """A place that writes nothing any more must leave the list, or the list says nothing."""
    written: dict[str, set[str]] = {model: set() for model in WRITERS}
    for path in sources():
        for model in writes_of(path.read_text()):
            if model in written:
                written[model].add(named(path))
    idle = [
        (model, place)
        for model, places in WRITERS.items()
        for place in places
        if not any(path.startswith(place) for path in written[model])
    ]
    assert idle == []


@pytest.mark.parametrize(
    "source",
    [
        "Posting.objects.create(amount=1)",
        "Lot.objects.filter(id=1).exclude(id=2).update(remaining=0)",
        "Account(available=5).save()",
        "SQL = 'INSERT INTO programs_posting (id) VALUES (1)'",
        "SQL = '''\n  UPDATE programs_account\n  SET available = 0'''",
        "Consent.objects.bulk_create([])",
    ],
)
def test_the_watch_over_writers_is_awake(source: str):
    assert strangers("programs/queries/elsewhere.py", source)


@pytest.mark.parametrize(
    "source",
    [
        "from rest_framework.response import Response\nResponse({}, status=200)",
        "class Answer:\n    status: int\nAnswer(200)",
    ],
)
def test_a_namesake_is_no_model(source: str):
    assert strangers("programs/api/elsewhere.py", source) == []


def test_no_file_is_longer_than_a_person_reads():
    paths = [*sources(), *(ROOT / "tests").rglob("*.py")]
    long = {named(path): size for path in paths if (size := len(path.read_text().splitlines())) > LINES_MAX}
    assert long == {}


def test_nothing_listens_to_signals():
    pattern = re.compile(
        r"django\.db\.models\.signals|django\.dispatch|@receiver\b|\bpost_save\b|\bpre_save\b|m2m_changed"
    )
    assert [named(path) for path in sources() if pattern.search(path.read_text())] == []


def refusals() -> list[type[DomainError]]:
    """Every refusal there is."""
    for path in sources():
        if path.name == "errors.py":
            importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))

    def below(kind: type[DomainError]) -> Iterator[type[DomainError]]:
        for child in kind.__subclasses__():
            yield child
            yield from below(child)

    return [kind for kind in below(DomainError) if kind.__module__.split(".")[0] in OUR_APPS]


def documented_errors() -> dict[str, tuple[str, str, str]]:
    """{code: (status, sentence, what to do)} of docs/errors.md."""
    rows = re.findall(
        r"^\| `(\w+)` \| (\d+) \| (.+?) \| (.+?) \|$", (ROOT / "docs/errors.md").read_text(), re.MULTILINE
    )
    codes = Counter(code for code, *_ in rows)
    assert [code for code, count in codes.items() if count > 1] == []
    return {code: (status, sentence, advice) for code, status, sentence, advice in rows}


def test_codes_are_unique():
    codes = Counter(kind.code for kind in refusals())
    assert [code for code, count in codes.items() if count > 1] == []


def test_every_refusal_is_documented_with_its_status_and_sentence():
    documented = documented_errors()
    wrong = {}
    for kind in refusals():
        status, _body = domain_problem(kind())
        if documented.get(kind.code, ("", "", ""))[:2] != (str(status), kind.sentence):
            wrong[kind.code] = (status, kind.sentence)
    assert wrong == {}


def test_nothing_is_documented_that_nobody_says():
    said = {kind.code for kind in refusals()} | set(_CODES.values()) | {"busy"}
    assert set(documented_errors()) == said


def test_the_glossary_names_every_table():
    words = set(re.findall(r"^\| \*\*(.+?)\*\* \|", (ROOT / "docs/glossary.md").read_text(), re.MULTILINE))
    names = {
        str(model._meta.verbose_name)
        for app in ("ground", *OUR_APPS[1:])
        for model in apps.get_app_config(app).get_models()
    }
    assert names - words == set()


def test_every_make_target_in_the_documents_exists():
    targets = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    documents = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    text = "\n".join(path.read_text() for path in documents)
    # In code spans and code blocks only: "make sure" is prose.
    named_targets = set(re.findall(r"(?:`|^\s*\$?\s*)make ([a-z][a-z-]+)", text, re.MULTILINE))
    assert named_targets - targets == set()
