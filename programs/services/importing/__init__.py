"""Importing customer files: upload, meaning, check, apply. `files` alone touches the disk."""

from programs.services.importing.batches import (
    Meaning,
    UploadOrder,
    confirm_import,
    discard_import,
    only_program,
    read_again,
    set_meaning,
    start_check,
    upload_file,
)

__all__ = [
    "Meaning",
    "UploadOrder",
    "confirm_import",
    "discard_import",
    "only_program",
    "read_again",
    "set_meaning",
    "start_check",
    "upload_file",
]
