"""The client of openapi-generator, driven. Run by tests/clients/__main__.py in the generators' environment."""
# mypy: ignore-errors

from __future__ import annotations

import datetime as dt
import sys
import uuid

import regulars_pydantic as regulars


def key() -> str:
    return str(uuid.uuid4())


def main(url: str, token: str) -> None:
    client = regulars.ApiClient(regulars.Configuration(host=url, access_token=token))
    sales, returns = regulars.SalesApi(client), regulars.ReturnsApi(client)
    holds, offline = regulars.HoldsApi(client), regulars.OfflineBatchesApi(client)
    member = regulars.MemberKeyRequest(card="900102")
    lines = [
        regulars.LineRequest(sku="COFFEE", quantity="2", amount="7.00"),
        regulars.LineRequest(sku="BREAD", quantity="1", amount="3"),
    ]
    assert regulars.LookupApi(client).lookup(lookup_request=regulars.LookupRequest(any="900102")).member.name
    request = regulars.SaleRequest(lines=lines, receipt_number=key(), member=member)
    same = key()
    sale = sales.sell(same, request)
    assert sale.points_earned in {"10", "20"}, sale
    assert sales.sell(same, request).sale == sale.sale
    back = returns.return_goods(
        key(),
        any_return_request=regulars.AnyReturnRequest(
            regulars.ReturnRequest(
                sale=regulars.SaleKeyRequest(id=sale.sale),
                lines=[regulars.PieceRequest(line=1, quantity="1")],
                receipt_number=key(),
            )
        ),
    )
    assert back.refund_money == "3.50", back
    wanted = regulars.HoldRequest(lines=lines, member=member, redeem_points="2")
    held = holds.hold(key(), wanted)
    done = holds.commit_hold(key(), held.hold.id, regulars.CommitRequest(receipt_number=key()))
    assert done.paid_with_points == "0.02", done
    other = holds.hold(key(), wanted)
    released = holds.release_hold(key(), other.hold.id)
    assert released.points_released == "2", released
    receipt = regulars.OfflineReceiptRequest(
        client_id=key(),
        kind=regulars.OfflineKindEnum.SALE,
        occurred_at=dt.datetime.now(dt.UTC) - dt.timedelta(hours=1),
        receipt_number=key(),
        lines=[regulars.OfflineLineRequest(sku="CHEESE", quantity="1", amount="12.50")],
        member=member,
    )
    for expected in ("booked", "duplicate"):
        (item,) = offline.upload_offline(
            offline_batch_request=regulars.OfflineBatchRequest(receipts=[receipt])
        ).receipts
        assert item.status == expected, item
    print("openapi-generator: a sale, a return, two holds and an offline upload")


if __name__ == "__main__":
    main(*sys.argv[1:])
