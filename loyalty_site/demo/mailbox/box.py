"""The folder of kept mails, and its index in memory. One process owns it; many threads may ask it.

Like a Maildir: a mail is written in tmp/ and renamed into cur/, so a file in cur/ is whole. The index is a file of
lines that is only ever appended to; a mail that was renamed but not yet noted is found at the next start.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import re
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path

from loyalty_site.demo.mailbox.letters import Letter, letter_of

INDEX = "index.jsonl"
_NAME = re.compile(r"(\d{8})\.eml")
_RETURN_PATH, _DELIVERED_TO, _KEPT_AT = "Return-Path", "Delivered-To", "X-Kept-At"


@dataclass(frozen=True)
class Found:
    """`count` is how many match in all; `letters` the page asked for, newest first."""

    count: int
    letters: list[Letter]


class Box:
    """Everything that came, by number from 1."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        for name in ("tmp", "cur"):
            (folder / name).mkdir(mode=0o700, parents=True, exist_ok=True)
        self._letters: dict[int, Letter] = {}
        self._haystacks: dict[int, str] = {}
        known = {letter.number: letter for letter in self._read_index()}
        self._index = (folder / INDEX).open("a", encoding="utf-8")
        for number in sorted(self._numbers_of_files()):
            if number in known:
                self._remember(known[number])
            else:
                self._note(self._letter_of_file(number))
        self._last = max(self._letters, default=0)

    def keep(self, content: bytes, *, sender: str, recipient: str, now: dt.datetime) -> Letter:
        """Keep one mail to one recipient; when this returns, it survives the end of the process."""
        at = now.isoformat(timespec="milliseconds")
        head = f"{_RETURN_PATH}: <{sender}>\r\n{_DELIVERED_TO}: {recipient}\r\n{_KEPT_AT}: {at}\r\n"
        whole = head.encode("utf-8", errors="surrogateescape") + content
        with self._lock:
            self._last += 1
            number = self._last
        written = self._folder / "tmp" / f"{number:08d}.eml"
        written.write_bytes(whole)
        written.rename(self._path(number))
        letter = letter_of(whole, number=number, at=at, sender=sender, recipient=recipient)
        with self._lock:
            self._note(letter)
        return letter

    def find(self, words: str = "", *, recipient: str = "", after: int = 0, skip: int = 0, limit: int = 50) -> Found:
        """Mails newer than number `after` whose recipient or subject has all the `words`; exactly to `recipient` if given."""
        wanted = words.casefold().split()
        address = recipient.casefold()

        def matching() -> Iterator[Letter]:
            for number in reversed(numbers):
                letter = self._letters[number]
                if address and letter.recipient.casefold() != address:
                    continue
                if all(word in self._haystacks[number] for word in wanted):
                    yield letter

        with self._lock:
            numbers = [number for number in self._letters if number > after]
        if not wanted and not address:
            page = numbers[::-1][skip : skip + limit]
            return Found(len(numbers), [self._letters[number] for number in page])
        found = list(matching())
        return Found(len(found), list(islice(found, skip, skip + limit)))

    def letter(self, number: int) -> Letter | None:
        """The line of that mail; None when there is none."""
        return self._letters.get(number)

    def content(self, number: int) -> bytes:
        """The whole mail as it is kept, with the envelope's addresses in front. Raises KeyError for an unknown number."""
        if number not in self._letters:
            raise KeyError(number)
        return self._path(number).read_bytes()

    def close(self) -> None:
        self._index.close()

    def _path(self, number: int) -> Path:
        return self._folder / "cur" / f"{number:08d}.eml"

    def _note(self, letter: Letter) -> None:
        self._index.write(json.dumps(asdict(letter)) + "\n")
        self._index.flush()
        self._remember(letter)

    def _remember(self, letter: Letter) -> None:
        self._haystacks[letter.number] = letter.haystack
        self._letters[letter.number] = letter

    def _numbers_of_files(self) -> set[int]:
        names = (_NAME.fullmatch(path.name) for path in (self._folder / "cur").iterdir())
        return {int(name[1]) for name in names if name}

    def _read_index(self) -> Iterator[Letter]:
        """The lines that can be read; the mail of a torn one is noted anew from its file."""
        with contextlib.suppress(FileNotFoundError), (self._folder / INDEX).open(encoding="utf-8") as lines:
            for line in lines:
                with contextlib.suppress(ValueError, TypeError):
                    yield Letter(**json.loads(line))

    def _letter_of_file(self, number: int) -> Letter:
        content = self._path(number).read_bytes()
        head = content.partition(b"\r\n\r\n")[0].decode("utf-8", errors="replace").split("\r\n")
        values = dict(line.split(": ", 1) for line in head[:3])
        return letter_of(
            content,
            number=number,
            at=values[_KEPT_AT],
            sender=values[_RETURN_PATH].strip("<>"),
            recipient=values[_DELIVERED_TO],
        )
