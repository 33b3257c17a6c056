"""`make demo`: build the demonstration (or find it again), then serve it. `--check`: prove it from outside, and stop."""

from __future__ import annotations

import argparse
import os
import sys

import django

from loyalty_site.demo.mailbox import addresses
from loyalty_site.demo.outside import check_in_a_folder_of_its_own
from loyalty_site.embedded.processes import EmbeddedError, make_private, var_folder
from loyalty_site.serve import HOST, PORT, Stopped, installation, say, stop_on_signals, watch


def main(argv: list[str]) -> int:
    """0 when served until Ctrl-C or proved; 1 when something failed (a sentence says what)."""
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--port", type=int, default=PORT, help="where the web listens (default: %(default)s)")
    parser.add_argument("--host", default=HOST, help="the address it listens on (default: %(default)s, this computer)")
    parser.add_argument("--check", action="store_true", help="in a folder and on a port of its own, and stop")
    parser.add_argument("--last", type=int, default=0, help="with --check: only that many receipts, the newest")
    parser.add_argument("--prove", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(argv)
    stop_on_signals()
    try:
        if options.check:
            return check_in_a_folder_of_its_own(options.last)
        return _run(options.host, options.port, last=options.last if options.prove else 0, prove=options.prove)
    except EmbeddedError as error:
        sys.stderr.write(f"regulars: {error}\n")
        return 1
    except Stopped:
        say("Stopped.")
        return 130 if options.check or options.prove else 0


def _run(host: str, port: int, *, last: int, prove: bool) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loyalty_site.settings")
    make_private(var_folder())
    mailbox = addresses.choose(var_folder())
    _send_mail_to(mailbox, host, port)
    beside = [addresses.child(var_folder(), mailbox)]
    with installation(host, port, word="demo", beside=beside) as (supervisor, running):

        def meanwhile() -> None:
            supervisor.tick()
            running.revive(say)
            if reason := supervisor.hopeless():  # waiting for its work would be waiting for ever
                raise EmbeddedError(reason)

        django.setup()
        from loyalty_site.demo import check, story  # noqa: PLC0415  their models need Django set up

        url = f"http://{host}:{port}"
        told = story.tell(meanwhile, url=url, mailbox_url=mailbox.web_url, last=last)
        if prove:
            return check.prove_from_outside(url, mailbox.web_url, told, meanwhile)
        story.say_where(url, mailbox.web_url, told.logins, logs=var_folder())
        watch(supervisor, running)
    return 0


def _send_mail_to(mailbox: addresses.Addresses, host: str, port: int) -> None:
    """For ourselves and every process we start. Whatever mail server the environment names, it must never get a demo's mail."""
    os.environ.pop("SMTP_URL_FILE", None)
    os.environ["SMTP_URL"] = mailbox.smtp_url
    os.environ.setdefault("PUBLIC_URL", f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}")  # noqa: S104  compared


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
