"""Importing files: upload, meaning, check, apply. `files` alone touches the disk; `kinds` knows who does the work."""

from programs.services.importing.batches import (
    Meaning,
    UploadOrder,
    discard_import,
    note_export,
    only_program,
    read_again,
    set_meaning,
    start_check,
    upload_file,
)
from programs.services.importing.confirming import confirm_import
from programs.services.importing.consents import is_declared
from programs.services.importing.files import first_rows
from programs.services.importing.proposing import propose
from programs.services.importing.undoing import start_undo
from programs.services.importing.words import file_error_in_words, reason_in_words

__all__ = [
    "Meaning",
    "UploadOrder",
    "confirm_import",
    "discard_import",
    "file_error_in_words",
    "first_rows",
    "is_declared",
    "note_export",
    "only_program",
    "propose",
    "read_again",
    "reason_in_words",
    "set_meaning",
    "start_check",
    "start_undo",
    "upload_file",
]
