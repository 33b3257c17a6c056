"""Why a receipt was not written: each case is rare, so it is found out afterwards."""

from __future__ import annotations

from typing import NoReturn

from members.errors import MemberNotFound
from members.queries.identifiers import is_erased
from members.services.lending import refuse_withdrawn
from programs.errors import ReceiptExists
from programs.services.accounts import refuse_ended_contact
from programs.services.receipts import ReceiptRow


def refuse_unwritten(receipt: ReceiptRow) -> NoReturn:
    """Raises MemberNotFound (forgotten meanwhile), IdentifierWithdrawn, ContactEnded or ReceiptExists."""
    if receipt.member_id is not None and is_erased(receipt.member_id):
        raise MemberNotFound
    if receipt.lent_id is not None:
        refuse_withdrawn(receipt.lent_id)
    if receipt.contact_id is not None:
        refuse_ended_contact(receipt.contact_id, receipt.member_id)
    raise ReceiptExists(receipt=receipt.receipt_number, register=receipt.register, day=receipt.business_on.isoformat())
