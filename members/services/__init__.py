"""Acts: one public function, one business operation, one transaction."""

from members.rules.mime import Mail
from members.services.arrivals import load_arrivals
from members.services.cards import (
    add_identifier,
    block_identifier,
    end_identifier,
    explain_missing,
    issue_card,
    replace_card,
    unblock_identifier,
)
from members.services.consents import record_consent
from members.services.delivery import (
    Claimed,
    Delivered,
    cancel_messages,
    deliver,
    plan_messages,
    recover_stale,
    release_claims,
    send_alone,
    send_test,
)
from members.services.evidence import (
    Claim,
    Done,
    Source,
    forget_evidence,
    judge_claims,
    record_claims,
)
from members.services.forgetting import forget_person, lock_living
from members.services.households import add_to_household, remove_from_household
from members.services.identify import (
    KeyReading,
    clean_name,
    clean_text,
    fold_words,
    guess_identifiers,
    mask_key,
    mask_name,
    one_line,
    quick_key,
    read_identifier,
    read_key,
    search_form,
)
from members.services.lending import lend_card, withdraw_lent
from members.services.links import (
    Links,
    links_of,
    message_token,
    public_url,
    read_message_token,
    read_signed,
    secret_for,
    sign_number,
)
from members.services.loading import PersonLoad, load_people
from members.services.page_codes import send_page_code, use_page_code
from members.services.people import enrol_member
from members.services.preferences import (
    preferences_of,
    save_preferences,
    set_channel_consent,
    set_language,
    unsubscribe,
)
from members.services.reversals import Step, reverse_claims
from members.services.suppressions import erased_among, suppress
from members.services.undoing import TAKEN_BACK, lock_people, remove_people, restore_people, take_keys_back

__all__ = [
    "TAKEN_BACK",
    "Claim",
    "Claimed",
    "Delivered",
    "Done",
    "KeyReading",
    "Links",
    "Mail",
    "PersonLoad",
    "Source",
    "Step",
    "add_identifier",
    "add_to_household",
    "block_identifier",
    "cancel_messages",
    "clean_name",
    "clean_text",
    "deliver",
    "end_identifier",
    "enrol_member",
    "erased_among",
    "explain_missing",
    "fold_words",
    "forget_evidence",
    "forget_person",
    "guess_identifiers",
    "issue_card",
    "judge_claims",
    "lend_card",
    "links_of",
    "load_arrivals",
    "load_people",
    "lock_living",
    "lock_people",
    "mask_key",
    "mask_name",
    "message_token",
    "one_line",
    "plan_messages",
    "preferences_of",
    "public_url",
    "quick_key",
    "read_identifier",
    "read_key",
    "read_message_token",
    "read_signed",
    "record_claims",
    "record_consent",
    "recover_stale",
    "release_claims",
    "remove_from_household",
    "remove_people",
    "replace_card",
    "restore_people",
    "reverse_claims",
    "save_preferences",
    "search_form",
    "secret_for",
    "send_alone",
    "send_page_code",
    "send_test",
    "set_channel_consent",
    "set_language",
    "sign_number",
    "suppress",
    "take_keys_back",
    "unblock_identifier",
    "unsubscribe",
    "use_page_code",
    "withdraw_lent",
]
