"""`make sandbox`: build the sample shop (or find it again), print a terminal's token, serve until Ctrl-C."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PORT = 8010
# What could lead to a real installation's data, mail or broker.
FOREIGN = ("DATABASE_URL", "BROKER_URL", "SMTP_URL", "SECRET_KEY", "MEDIA_ROOT", "STATIC_ROOT")


def own_folder(folder: Path) -> None:
    """From here on, this process and those that it starts know only the sandbox's folder."""
    for name in FOREIGN:
        os.environ.pop(name, None)
        os.environ.pop(f"{name}_FILE", None)
    os.environ["REGULARS_VAR"] = str(folder)
    # One's own machine is where an integrator's receiver of webhooks runs.
    os.environ.setdefault("WEBHOOK_ANYWHERE", "true")
    os.environ["DJANGO_SETTINGS_MODULE"] = "loyalty_site.settings"


def main(argv: list[str]) -> int:
    """0 when served until Ctrl-C; 1 when something failed (a sentence says what)."""
    parser = argparse.ArgumentParser(prog="make sandbox", description=__doc__)
    parser.add_argument("--port", type=int, default=PORT, help="where it listens (default: %(default)s)")
    parser.add_argument("--folder", type=Path, default=ROOT / "var" / "sandbox", help="where its data lives")
    options = parser.parse_args(argv)
    own_folder(options.folder.resolve())

    import django  # noqa: PLC0415  the environment had to be set first
    from django.utils import timezone  # noqa: PLC0415

    from loyalty_site.embedded.processes import EmbeddedError, var_folder  # noqa: PLC0415
    from loyalty_site.serve import HOST, Stopped, installation, say, stop_on_signals, watch  # noqa: PLC0415

    stop_on_signals()
    try:
        with installation(HOST, options.port, word="sandbox") as (supervisor, running):
            django.setup()
            from loyalty_site.sandbox import shop  # noqa: PLC0415  its models need Django set up

            try:
                terminal = shop.build(now=timezone.now())
            except shop.NotASandboxError as error:
                raise EmbeddedError(str(error)) from error
            token = shop.token_for(terminal, var_folder() / "terminal_token", now=timezone.now())
            url = f"http://{HOST}:{options.port}"
            say(f"The sandbox is running: {url}/api/v1/docs (stop with Ctrl-C; start afresh: remove {var_folder()})")
            say(f"export REGULARS={url}\nexport TOKEN={token}")
            watch(supervisor, running)
    except EmbeddedError as error:
        sys.stderr.write(f"regulars: {error}\n")
        return 1
    except Stopped:
        say("Stopped.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
