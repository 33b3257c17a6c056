"""An import's codes as sentences: what was refused, why, and what to do about it."""

from __future__ import annotations

from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _

FILE_ERRORS = {
    "empty_file": _("The file is empty. Export it again and look whether it has rows."),
    "not_a_table": _("This is not a table of text but another kind of file. Save the list as CSV and upload that."),
    "web_page_not_table": _(
        "This is a web page or XML, whatever its name says. Open it in a spreadsheet, choose “Save as … XLSX” or CSV, "
        "and upload that."
    ),
    "archive_not_table": _("This is an archive. Unpack it and upload the table that is in it."),
    "not_xlsx_workbook": _(
        "This is a document of another kind (XLSB, ODS, DOCX or the like). Open it, choose “Save as … XLSX” or CSV, and "
        "upload that."
    ),
    "damaged_workbook": _(
        "The workbook is damaged and cannot be read. Open it in a spreadsheet, save it again, and upload that."
    ),
    "workbook_locked": _("The workbook is locked with a password. Save it without one and upload that."),
    "workbook_has_dtd": _(
        "The workbook holds a document type definition, which no spreadsheet writes and which could read our files. "
        "It was not opened. Save it again in a spreadsheet."
    ),
    "too_large_when_unpacked": _(
        "The workbook is small on disk but far too large once unpacked, so it was not read. Save the list alone as CSV."
    ),
    "too_many_parts": _("The workbook has more parts than any table needs, so it was not read. Save the list as CSV."),
    "xls_not_supported": _(
        "This is an old Excel workbook (XLS), or one with a password. Open it and choose “Save as … XLSX” or CSV, then upload that."
    ),
    "file_too_large": _("The file is larger than 1 GB. Split it and upload the parts one after the other."),
    "nul_bytes": _("The file is damaged: it holds zero bytes. Export it again."),
    "too_many_columns": _("The table has more than 500 columns. Keep those that matter and upload it again."),
    "no_key_column": _(
        "No column with phones, e-mails, cards or codes was found, so people could not be told apart. "
        "Give that column a heading such as “Phone”."
    ),
    "headings_not_found": _("The headings named in the map are not in the file."),
}
REASONS = {
    "phone_invalid": _("the phone cannot be a real number"),
    "email_unreadable": _("the e-mail address is not one"),
    "email_mixed_scripts": _("the e-mail mixes letters of two alphabets; one of them only looks alike"),
    "card_unreadable": _("the card number cannot be read; a spreadsheet may have cut it"),
    "code_unreadable": _("the code cannot be read"),
    "no_usable_identifier": _("no phone, e-mail, card or code to know the person by"),
    "points_unreadable_or_not_allowed": _("the points cannot be read for certain, or have too many decimals"),
    "erased": _("this person asked to be forgotten; only they can come back, by joining anew"),
    "too_many_cells": _("more cells than headings: a separator inside a text?"),
    "too_few_cells": _("fewer cells than headings"),
    "bad_quotes": _("quotation marks in the wrong place"),
    "unclosed_quote": _("a quotation mark that is never closed"),
    "line_too_long": _("the line is longer than a million letters"),
    "bad_encoding": _("letters that are damaged in the file"),
    "repeated_header": _("the headings again"),
    "total_line": _("the line of sums"),
    "sku_missing": _("no SKU to know the product by"),
    "sku_unreadable": _("the SKU cannot be read; a spreadsheet may have cut it"),
    "sku_too_long": _("the SKU is longer than 60 characters"),
    "name_missing": _("it is new, and without a name it cannot be made"),
    "said_otherwise_above": _("an earlier line of this file says something else of the same"),
    "gone_since_checked": _("it was there when the file was checked, and is gone"),
    "text_cut": _("a text is too long and was cut"),
    "more_than_one_phone_in_cell": _("several phones in one cell; the first was taken"),
    "could_be_thousands": _("could also be meant as thousands"),
    "read_as_other_encoding": _(
        "this line was in another encoding than the rest of the file; look whether it reads well"
    ),
    "mojibake_mended": _("letters that an earlier export had garbled were mended; look whether they read well"),
    "broken_cell": _("a formula without a result; the cell was left empty"),
    "letters_lost": _("all letters of a cell were lost in an earlier export (????); it was left empty"),
    "language_unreadable": _("the language is none of English, Russian, Hebrew and was left empty"),
    "sex_unreadable": _("the sex was not understood and left empty"),
    "birth_date_unreadable": _("the date of birth cannot be read and was left empty"),
    "birth_date_ambiguous": _("day and month (or the century) are not certain; the date of birth was left empty"),
    "birth_date_suspicious": _("the date of birth is long ago; is it a filler?"),
    "joined_on_unreadable": _("the date of joining cannot be read and was left empty"),
    "field_too_long": _("a text is longer than 300 letters and was left out"),
    "field_not_number": _("a cell of a custom field is no number and was left empty"),
    "field_ambiguous_number": _("a number could also be meant as thousands and was left empty"),
    "field_too_large": _("a number is too large and was left empty"),
    "field_too_fine": _("a number has more than four decimals and was left empty"),
    "field_not_day": _("a cell of a custom field is no day and was left empty"),
    "field_ambiguous_day": _("day and month are not certain in a custom field; it was left empty"),
    "field_not_yes_no": _("a cell of a custom field is neither yes nor no and was left empty"),
    "field_not_option": _("a cell says something that is not on the field’s list and was left empty"),
    "field_broken_cell": _("a formula without a result; the cell was left empty"),
    "field_letters_lost": _("all letters of a cell were lost in an earlier export (????); it was left empty"),
    "joined_on_ambiguous": _("day and month are not certain; the date of joining was left empty"),
}
_KINDS = {"phone": _("phone"), "email": _("e-mail"), "card": _("card"), "code": _("code")}


def file_error_in_words(code: str, line: int | None) -> str:
    """A refused file: why, where, and what to do."""
    words = str(FILE_ERRORS.get(code, _("The file cannot be read.")))
    return now_("%(why)s (line %(line)s)") % {"why": words, "line": line} if line else words


def reason_in_words(code: str) -> str:
    """A rejected or warned-about row; pairs of keys are put together here."""
    if code.endswith("_belong_to_different_members"):
        first, _and, second = code.removesuffix("_belong_to_different_members").partition("_and_")
        return now_("the %(first)s is one member's and the %(second)s another's") % {
            "first": _KINDS.get(first, first),
            "second": _KINDS.get(second, second),
        }
    return str(REASONS.get(code, code))
