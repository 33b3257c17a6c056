"""The mailbox's pages, by Django's template engine alone: it escapes by itself and needs no apps."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from django.template import Context, Engine

from loyalty_site.demo.mailbox.box import Found
from loyalty_site.demo.mailbox.letters import Letter, Text

_FOLDER = Path(__file__).resolve().parents[3] / "templates" / "loyalty_site" / "mailbox"
_ENGINE = Engine(dirs=[str(_FOLDER)])


def list_page(found: Found, *, words: str, page: int, page_size: int) -> str:
    """The newest mails, or those that a search found; `page` counts from 1."""
    pages = max(1, -(-found.count // page_size))
    return _render(
        "list.html",
        rows=[{"letter": letter, "time": _time(letter)} for letter in found.letters],
        count=f"{found.count:,}",
        is_one=found.count == 1,
        words=words,
        page=str(page),
        pages=str(pages),
        newer=_address(words, page - 1) if page > 1 else "",
        older=_address(words, page + 1) if page < pages else "",
    )


def mail_page(letter: Letter, text: Text, *, shown: str, around: tuple[Letter | None, Letter | None]) -> str:
    """One mail; `shown` is "read" (its HTML in a frame), "text" or "headers", `around` the newer and the older one."""
    return _render(
        "mail.html",
        letter=letter,
        number=str(letter.number),
        time=_time(letter),
        sender=next((value for name, value in text.headers if name.lower() == "from"), letter.sender),
        text=text,
        shown=shown,
        newer=str(around[0].number) if around[0] else "",
        older=str(around[1].number) if around[1] else "",
    )


def missing_page() -> str:
    """There is nothing at that address."""
    return _render("missing.html")


def _render(name: str, **content: Any) -> str:
    return _ENGINE.get_template(name).render(Context(content, use_l10n=False, use_tz=False))


def _time(letter: Letter) -> dict[str, str]:
    at = dt.datetime.fromisoformat(letter.at)
    return {"iso": letter.at, "shown": at.astimezone().strftime("%Y-%m-%d %H:%M:%S")}


def _address(words: str, page: int) -> str:
    return "/?" + urlencode({"q": words, "page": page} if words else {"page": page})
