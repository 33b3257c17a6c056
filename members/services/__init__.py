"""Acts: one public function, one business operation, one transaction."""

from members.services.consents import record_consent
from members.services.identify import (
    KeyReading,
    clean_name,
    clean_text,
    guess_identifiers,
    mask_name,
    one_line,
    read_identifier,
    read_key,
    search_form,
)
from members.services.loading import PersonLoad, load_people
from members.services.people import enrol_member

__all__ = [
    "KeyReading",
    "PersonLoad",
    "clean_name",
    "clean_text",
    "enrol_member",
    "guess_identifiers",
    "load_people",
    "mask_name",
    "one_line",
    "read_identifier",
    "read_key",
    "record_consent",
    "search_form",
]
