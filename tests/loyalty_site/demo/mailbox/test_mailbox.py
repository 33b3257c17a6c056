"""The mailbox as its users meet it: a process that takes mail over SMTP and shows it over HTTP."""

from __future__ import annotations

import http.client
import json
import re
import signal
import smtplib
import subprocess
import threading
import time
import urllib.request
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path

import pytest

from loyalty_site.demo.mailbox.addresses import FILE, Addresses, child, choose

ROOT = Path(__file__).resolve().parents[4]
HOSTILE = '<img src=x onerror="alert(1)"><script>alert(2)</script>'


def letter(number: int = 1, *, subject: str = "Новости, חדשות", name: str = "מרים כהן") -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Corner Market <news@example.com>"
    message["To"] = f"{name} <m{number}@example.com>"
    message["Subject"] = subject
    message["Message-ID"] = f"<{number}@example.com>"
    message["List-Unsubscribe"] = "<https://example.com/u/1>"
    message.set_content("שלום, как дела?\n" + HOSTILE)
    link = '<a href="https://example.com/f/abc/?score=9&amp;x=1">9</a><a href="javascript:alert(3)">no</a>'
    message.add_alternative(f"<html><head><title>t</title></head><body>שלום {link}{HOSTILE}</body></html>", "html")
    return message


class Running:
    def __init__(self, folder: Path, where: Addresses) -> None:
        self.folder = folder
        self.where = where
        self.process = subprocess.Popen(child(folder, where).command, cwd=ROOT, stderr=subprocess.PIPE, text=True)
        deadline = time.monotonic() + 20
        while not self.is_told():
            assert self.process.poll() is None, self.process.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def is_told(self) -> bool:
        try:
            return json.loads((self.folder / FILE).read_text())["process"] == self.process.pid
        except OSError:
            return False

    def send(self, *messages: EmailMessage) -> None:
        with smtplib.SMTP("127.0.0.1", self.where.smtp_port, timeout=10) as connection:
            for message in messages:
                connection.send_message(message)

    def get(self, path: str) -> str:
        with urllib.request.urlopen(self.where.web_url + path, timeout=10) as answer:
            return answer.read().decode()

    def json(self, path: str) -> dict:
        return json.loads(self.get(path))

    def ask(self, method: str, path: str, **headers: str) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection("127.0.0.1", self.where.web_port, timeout=10)
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        answer.content = answer.read()
        connection.close()
        return answer


@contextmanager
def running(folder: Path):
    made = Running(folder, choose(folder))
    try:
        yield made
    finally:
        made.process.send_signal(signal.SIGTERM)
        errors = made.process.communicate(timeout=20)[1]
    assert made.process.returncode in {0, -signal.SIGKILL}, errors


@pytest.fixture
def mailbox(tmp_path):
    with running(tmp_path) as made:
        yield made


def test_a_mail_is_listed_and_read_with_its_letters_right(mailbox):
    mailbox.send(letter())

    listed = mailbox.json("/api/mails")
    assert listed["count"] == 1
    assert listed["mails"][0] | {"at": "", "size": 0} == {
        "number": 1,
        "at": "",
        "size": 0,
        "sender": "news@example.com",
        "recipient": "m1@example.com",
        "name": "מרים כהן",
        "subject": "Новости, חדשות",
        "message_id": "<1@example.com>",
    }
    one = mailbox.json("/api/mails/1")
    assert one["links"] == ["https://example.com/f/abc/?score=9&x=1"]
    assert "שלום, как дела?" in one["text"]
    assert ["List-Unsubscribe", "<https://example.com/u/1>"] in one["headers"]
    assert ["Delivered-To", "m1@example.com"] in one["headers"]
    page = mailbox.get("/")
    assert "מרים כהן" in page
    assert '<span class="subject"><bdi>Новости, חדשות</bdi></span>' in page


def test_nothing_from_a_mail_ever_runs(mailbox):
    mailbox.send(letter(subject=HOSTILE, name=f'"{HOSTILE}"'.replace('"alert(1)"', "alert(1)")))

    for path in ("/", "/mails/1", "/mails/1/text", "/mails/1/headers", f"/?q={'%3Cscript%3E'}"):
        answer = mailbox.ask("GET", path)
        page = answer.content.decode()
        assert answer.status == 200
        assert not re.search(r"<script|<img", page), path
        assert "script-src" not in answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    framed = mailbox.ask("GET", "/mails/1/html")
    policy = framed.headers["Content-Security-Policy"]
    assert "sandbox allow-popups" in policy
    assert "allow-scripts" not in policy
    assert "default-src 'none'" in policy
    assert '<head><base target="_blank">' in framed.content.decode()
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in mailbox.get("/mails/1")


def test_only_this_computer_asks_and_only_to_read(mailbox):
    mailbox.send(letter())

    assert mailbox.ask("GET", "/", Host="evil.example").status == 421
    assert mailbox.ask("POST", "/").status == 501
    assert mailbox.ask("DELETE", "/mails/1").status == 501
    head = mailbox.ask("HEAD", "/mails/1")
    assert (head.status, head.content) == (200, b"")
    for path in ("/mails/2", "/mails/2/html", "/mails/2/source", "/mails/0/text", "/nothing", "/mailbox.css/../../x"):
        assert mailbox.ask("GET", path).status == 404, path
    assert mailbox.ask("GET", "/mailbox.css").status == 200
    source = mailbox.ask("GET", "/mails/1/source")
    assert "attachment" in source.headers["Content-Disposition"]
    assert source.content.endswith(b"--\r\n")


def test_searching_and_paging(mailbox):
    mailbox.send(*(letter(number, subject="Offer " + ("odd" if number % 2 else "even")) for number in range(1, 121)))

    assert [mail["number"] for mail in mailbox.json("/api/mails?limit=2")["mails"]] == [120, 119]
    assert mailbox.json("/api/mails?q=OFFER+odd")["count"] == 60
    assert mailbox.json("/api/mails?recipient=M7@example.com")["count"] == 1
    assert mailbox.json("/api/mails?q=m7@example.com")["count"] == 1
    assert mailbox.json("/api/mails?after=118")["count"] == 2
    first, last = mailbox.get("/"), mailbox.get("/?page=3")
    assert first.count("<li>") == 50
    assert last.count("<li>") == 20
    assert 'href="/?page=2" rel="next"' in first
    assert "Page 3 of 3" in last
    assert "No mail to such a recipient" in mailbox.get("/?q=nobody")
    assert mailbox.get("/?page=x&q=offer") == mailbox.get("/?q=offer")


def test_mails_survive_and_a_torn_index_is_mended(tmp_path):
    with running(tmp_path) as first:
        first.send(letter(1), letter(2), letter(3))
        before = first.json("/api/mails")
        first.process.kill()
        first.process.wait()
    index = tmp_path / "mail" / "index.jsonl"
    lines = index.read_text().splitlines(keepends=True)
    index.write_text(lines[0] + lines[1][:40])  # the second torn, the third never written
    (tmp_path / "mail" / "cur" / "00000001.eml").unlink()  # somebody has deleted one by hand

    with running(tmp_path) as second:
        assert second.where == first.where  # an open page goes on working
        assert second.json("/api/mails")["mails"] == before["mails"][:2]
        second.send(letter(4))
        assert second.json("/api/mails?limit=1")["mails"][0]["number"] == 4
    with running(tmp_path) as third:
        assert [mail["number"] for mail in third.json("/api/mails")["mails"]] == [4, 3, 2]


def test_several_senders_at_once_lose_nothing(mailbox):
    def many(first: int) -> None:
        mailbox.send(*(letter(number) for number in range(first, first + 100)))

    threads = [threading.Thread(target=many, args=(first,)) for first in range(0, 400, 100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    mails = mailbox.json("/api/mails")["mails"]
    assert sorted(int(mail["recipient"][1:-12]) for mail in mails) == list(range(400))
    assert sorted(mail["number"] for mail in mails) == list(range(1, 401))
