"""Importing customer files: upload, meaning, check, apply. `files` alone touches the disk."""

from programs.services.importing.batches import (
    Meaning,
    UploadOrder,
    confirm_import,
    discard_import,
    note_export,
    only_program,
    read_again,
    set_meaning,
    start_check,
    upload_file,
)
from programs.services.importing.files import first_rows
from programs.services.importing.undoing import start_undo

__all__ = [
    "Meaning",
    "UploadOrder",
    "confirm_import",
    "discard_import",
    "first_rows",
    "note_export",
    "only_program",
    "read_again",
    "set_meaning",
    "start_check",
    "start_undo",
    "upload_file",
]
