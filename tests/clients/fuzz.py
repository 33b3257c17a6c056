"""`make fuzz`: schemathesis with all its checks against every endpoint of a sandbox, signed in as its terminal."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from tests.clients.sandbox import ROOT, sandbox

FOLDER = ROOT / "var" / "fuzz"


def main(minutes: float) -> int:
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    with sandbox(FOLDER / "sandbox") as (url, token):
        command = [
            str(Path(sys.executable).parent / "schemathesis"),
            f"--config-file={Path(__file__).with_name('schemathesis.toml')}",
            "run",
            f"{url}/api/v1/schema",
            f"--header=Authorization: Bearer {token}",
            f"--max-time={int(minutes * 60)}",
            "--continue-on-failure",
            "--generation-database=none",
        ]
        return subprocess.run(command, cwd=FOLDER, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if len(sys.argv) > 1 else 30))
