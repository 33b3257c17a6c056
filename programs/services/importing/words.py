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
    "points_unreadable_or_not_allowed": _(
        "the points cannot be read for certain, or have more decimals than the programme counts"
    ),
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
    "store_code_missing": _("neither a code nor a name to know the store by"),
    "store_code_unreadable": _("the store's code may have Latin letters, digits and strokes only"),
    "store_code_too_long": _("the store's code is longer than 40 characters"),
    "partner_unknown": _("no partner has this name or code; add the partner first"),
    "partner_missing": _("it does not say whose store it is; choose the partner on the second step"),
    "time_zone_unreadable": _("the time zone is not known and was left as it is; write it as Europe/London"),
    "is_open_unreadable": _("whether the store is open was not understood; write yes or no"),
    "coupon_code_missing": _("no code"),
    "coupon_code_unreadable": _("the code has other signs than letters and digits, or a spreadsheet has cut it"),
    "coupon_code_too_long": _("the code is longer than 24 letters and digits"),
    "coupon_of_other_kind": _("another kind of coupon has this code already"),
    "coupon_of_other_member": _("somebody else has this code already"),
    "coupon_without_member": _("no phone, card, e-mail or code says whose coupon it is"),
    "valid_until_unreadable": _("the last day cannot be read"),
    "valid_until_ambiguous": _("day and month are not certain in the last day; choose the order on the second step"),
    "valid_until_over": _("the last day is over already"),
    "name_missing": _("it is new, and without a name it cannot be made"),
    "said_otherwise_above": _("an earlier line of this file says something else of the same"),
    "cost_unreadable": _("what a piece costs cannot be read for certain and was left as it was"),
    "product_price_unreadable": _("the price cannot be read for certain and was left as it was"),
    "price_too_fine": _("the price has more decimals than the currency and was left as it was"),
    "barcodes_unreadable": _(
        "the barcodes cannot be read (a spreadsheet may have cut them) or are too long or too many; they were left as they were"
    ),
    "barcode_of_other_product": _(
        "another product has one of these barcodes; give it to one product only. They were not taken from here"
    ),
    "gone_since_checked": _("it was there when the file was checked, and is gone"),
    "text_cut": _("a text is too long and was cut"),
    "more_than_one_phone_in_cell": _("several phones in one cell; the first was taken"),
    "hebrew_turned": _("its Hebrew was stored from left to right, and was turned round"),
    "other_phone_taken": _("the first phone is missing or unreadable; the other one was taken"),
    "other_email_taken": _("the first e-mail is missing or unreadable; the other one was taken"),
    "more_than_one_email_in_cell": _("several e-mails in one cell; the first was taken"),
    "tier_unknown": _("the programme has no tier of this name; the row loads without it"),
    "tier_lower": _("this person stands on a higher tier already and keeps it"),
    "points_rounded": _("the points were rounded down to what the programme counts"),
    "could_be_thousands": _("could also be meant as thousands"),
    "read_as_other_encoding": _(
        "this line was in another encoding than the rest of the file; look whether it reads well"
    ),
    "letters_guessed": _(
        "the file has too few letters to tell for certain in which encoding they are; look whether this line reads well"
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
    # Receipts.
    "number_missing": _("no number to tell this receipt from others"),
    "number_unreadable": _("the number of the receipt cannot be read; a spreadsheet may have cut it"),
    "number_too_long": _("the number of the receipt is longer than 60 characters"),
    "register_unreadable": _("the register cannot be read; a spreadsheet may have cut it"),
    "register_too_long": _("the register is longer than 40 characters"),
    "original_unreadable": _("the number of the receipt whose goods came back cannot be read"),
    "original_too_long": _("the number of the receipt whose goods came back is longer than 60 characters"),
    "day_missing": _("it has no day"),
    "day_unreadable": _("the day cannot be read, or has not come yet"),
    "day_ambiguous": _("day and month are not certain; say under Meaning which comes first"),
    "day_in_future": _("the day has not come yet"),
    "time_unreadable": _("the time cannot be read and was left out"),
    "quantity_unreadable": _("the quantity cannot be read for certain"),
    "price_unreadable": _("the price cannot be read for certain"),
    "amount_unreadable": _("the sum cannot be read for certain"),
    "discount_unreadable": _("the discount cannot be read for certain"),
    "amount_missing": _("neither a sum nor a price"),
    "amount_too_fine": _("the sum has more decimals than the currency, or is beyond reason"),
    "amount_against_quantity": _(
        "a sum below zero for a quantity above it: goods that came back have both below zero, and a discount belongs "
        "into its own column"
    ),
    "amount_is_not_price_times_quantity": _("the sum is not the price times the quantity; the sum was taken"),
    "is_return_unreadable": _("the column that tells sales from returns says neither"),
    "store_missing": _("it does not say in which store"),
    "store_unknown": _("no store has this code or name; make it first, or mend the file"),
    "store_ambiguous": _("two stores have this code or name; use a code that only one has"),
    "member_missing": _(
        "no row of this receipt says who bought; such receipts are kept only when asked for under Meaning"
    ),
    "member_unknown": _("nobody has this phone, card, code or e-mail; bring your customers first"),
    "product_unknown": _(
        "no product has this SKU or name; bring your products first, or let them be made under Meaning"
    ),
    "product_made": _("a new product is made for it"),
    "receipt_incomplete": _("another row of this receipt is rejected, and a receipt is taken whole or not at all"),
    "receipt_differs": _("a receipt with this number, day and store is there already, with another total"),
    "receipt_of_two_members": _("the rows of this receipt name two members"),
    "receipt_too_long": _("a receipt of more than 1,000 rows: is the column with its number the right one?"),
    "return_without_sale": _("the sale that these goods came from was not found, so the return stands by itself"),
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
