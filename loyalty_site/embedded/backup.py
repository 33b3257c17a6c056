"""`make backup`: the embedded database as one file that pg_restore reads."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys

from loyalty_site.embedded import postgres, processes
from loyalty_site.embedded.environment import setting
from loyalty_site.embedded.processes import EmbeddedError


def main() -> int:
    """0 when the file is whole. It appears under its name only then."""
    if setting("DATABASE_URL"):
        print("regulars: DATABASE_URL names a server of your own. Back it up with its pg_dump.", file=sys.stderr)
        return 1
    target = processes.var_folder() / f"backup-{dt.datetime.now(dt.UTC):%Y-%m-%d-%H%M%S}.dump"
    unfinished = target.with_suffix(".part")
    unfinished.touch(mode=0o600)
    command = [postgres.binary("pg_dump"), "--format=custom", f"--file={unfinished}", f"--dbname={postgres.url()}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        unfinished.unlink()
        raise EmbeddedError(f"the backup failed: {done.stderr.strip()}")
    unfinished.rename(target)
    print(f"{target} ({target.stat().st_size:,} bytes)")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except EmbeddedError as error:
        print(f"regulars: {error}", file=sys.stderr)
        sys.exit(1)
