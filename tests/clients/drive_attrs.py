"""The client of openapi-python-client, driven. Run by tests/clients/__main__.py in the generators' environment."""
# mypy: ignore-errors

from __future__ import annotations

import datetime as dt
import sys
import uuid

from regulars_attrs import AuthenticatedClient
from regulars_attrs.api.holds import commit_hold, hold, release_hold
from regulars_attrs.api.lookup import lookup
from regulars_attrs.api.offline_batches import upload_offline
from regulars_attrs.api.returns import return_goods
from regulars_attrs.api.sales import sell
from regulars_attrs.models import (
    CommitRequest,
    HoldRequest,
    LineRequest,
    LookupRequest,
    MemberKeyRequest,
    OfflineBatchRequest,
    OfflineKindEnum,
    OfflineLineRequest,
    OfflineReceiptRequest,
    PieceRequest,
    ReturnRequest,
    SaleKeyRequest,
    SaleRequest,
)


def key() -> str:
    return str(uuid.uuid4())


def main(url: str, token: str) -> None:
    client = AuthenticatedClient(base_url=url, token=token)
    member = MemberKeyRequest(card="900101")
    lines = [LineRequest(sku="COFFEE", quantity="2", amount="7.00"), LineRequest(sku="BREAD", quantity="1", amount="3")]
    assert lookup.sync(client=client, body=LookupRequest(any_="900101")).member.name
    request = SaleRequest(lines=lines, receipt_number=key(), member=member)
    same = key()
    sale = sell.sync(client=client, body=request, idempotency_key=same)
    assert sale.points_earned in {"10", "20"}, sale
    assert sell.sync(client=client, body=request, idempotency_key=same).sale == sale.sale
    back = return_goods.sync(
        client=client,
        body=ReturnRequest(
            sale=SaleKeyRequest(id=sale.sale), lines=[PieceRequest(line=1, quantity="1")], receipt_number=key()
        ),
        idempotency_key=key(),
    )
    assert back.refund_money == "3.50", back
    held = hold.sync(
        client=client, body=HoldRequest(lines=lines, member=member, redeem_points="2"), idempotency_key=key()
    )
    done = commit_hold.sync(
        held.hold.id, client=client, body=CommitRequest(receipt_number=key()), idempotency_key=key()
    )
    assert done.paid_with_points == "0.02", done
    other = hold.sync(
        client=client, body=HoldRequest(lines=lines, member=member, redeem_points="2"), idempotency_key=key()
    )
    released = release_hold.sync(other.hold.id, client=client, idempotency_key=key())
    assert released.points_released == "2", released
    receipt = OfflineReceiptRequest(
        client_id=key(),
        kind=OfflineKindEnum.SALE,
        occurred_at=dt.datetime.now(dt.UTC) - dt.timedelta(hours=1),
        receipt_number=key(),
        lines=[OfflineLineRequest(sku="CHEESE", quantity="1", amount="12.50")],
        member=member,
    )
    for expected in ("booked", "duplicate"):
        (item,) = upload_offline.sync(client=client, body=OfflineBatchRequest(receipts=[receipt])).receipts
        assert item.status.value == expected, item
    print("openapi-python-client: a sale, a return, two holds and an offline upload")


if __name__ == "__main__":
    main(*sys.argv[1:])
