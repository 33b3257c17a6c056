"""Refusals: what an operation may say no with. No HTTP here; loyalty_site/api.py maps the three families.

A refusal has a stable code, a sentence for the person in front of the screen that says why and what to
do, and the data the sentence was made of. Codes are listed in docs/errors.md, kept true by a test.
"""

from __future__ import annotations

from typing import Any, ClassVar, override


class Said:
    """An English template (gettext source) and its values, kept apart so that it can be said in any language later.

    Rules know no language, and what they find wrong is read by people of three. A value may be Said itself.
    """

    def __init__(self, sentence: str, **context: Any) -> None:
        self.sentence = sentence
        self.context = context

    def message(self, translate: Any = str) -> str:
        """The text in the language of `translate` (gettext)."""
        return fill(str(translate(self.sentence)), self.context, translate)

    @override
    def __str__(self) -> str:
        return self.message()


def fill(template: str, context: dict[str, Any], translate: Any) -> str:
    """A template with its values, which are translated as well where they are Said. Without values, as it is."""
    values = {key: value.message(translate) if isinstance(value, Said) else value for key, value in context.items()}
    return template % values if values else template


class DomainError(Exception):
    """A refusal. Subclasses set `code` and `sentence`; `sentence` is an English template (gettext source)
    filled from the keyword arguments."""

    code: ClassVar[str] = "refused"
    sentence: ClassVar[str] = "This cannot be done."

    def __init__(self, **context: Any) -> None:
        self.context = context
        super().__init__(self.message())

    def message(self, translate: Any = str) -> str:
        """The sentence in the language of `translate` (gettext), with the context filled in."""
        return fill(str(translate(self.sentence)), self.context, translate)


class NotFound(DomainError):
    """What was asked for does not exist, or is not the asker's to see: the two look alike."""

    code = "not_found"
    sentence = "Not found."


class Invalid(DomainError):
    """The request itself is malformed: a header or field is missing or not of its form."""

    code = "invalid_request"
    sentence = "Some fields are missing or wrong."


class Conflict(DomainError):
    """The state of things changed underneath, or somebody else is doing the same right now."""

    code = "conflict"
    sentence = "Somebody else changed this at the same time. Look again and repeat."


class Refused(DomainError):
    """Understood, and not allowed by a rule of the business."""

    code = "refused"
    sentence = "This is not allowed."


class TooMany(DomainError):
    """More than a limit that protects allows. The context has `seconds`: when to come back."""

    code = "too_many_requests"
    sentence = "Too much in too short a time. Wait %(seconds)s seconds."


class ForbiddenByPolicy(DomainError):
    """The policy does not let this person or terminal do this."""

    code = "forbidden"
    sentence = "Your role does not allow this. Ask an administrator."


class CompanyExists(Refused):
    """An installation serves one company."""

    code = "company_exists"
    sentence = "This installation already serves %(company)s. Its administrators add people under Settings, Staff."


class ExportReasonMissing(Invalid):
    code = "export_reason_missing"
    sentence = "Say what the file is for, in a few words."


class ExportTooLong(Invalid):
    code = "export_too_long"
    sentence = "A workbook holds at most %(rows)s rows. Filter the list, or choose CSV."


class ExportGone(Conflict):
    code = "export_gone"
    sentence = "This file is not there any more, or not yet. Export the list again."


class DiskFull(Conflict):
    """Nothing half written is left behind."""

    code = "disk_full"
    sentence = (
        "There is no room left on the server's disk, so nothing was stored. Free some, or ask whoever runs the server, "
        "and try again."
    )
