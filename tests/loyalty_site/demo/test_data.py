"""The shipped receipts and the invented people: small, whole, the same each time, and nobody's."""

from __future__ import annotations

import datetime as dt
import gzip

import pytest

from loyalty_site.demo import people as invented
from loyalty_site.demo import receipts as shipped
from members.rules.identifiers import read_key

TODAY = dt.date(2026, 3, 10)


@pytest.fixture(scope="module")
def receipts():
    return shipped.read_receipts()


@pytest.fixture(scope="module")
def everybody():
    return invented.people(shipped.households())


def test_the_folder_stays_under_a_megabyte():
    assert sum(path.stat().st_size for path in shipped.FOLDER.rglob("*") if path.is_file()) < 1_000_000


def test_the_shipped_part_is_whole(receipts):
    assert len(receipts) == 8230
    assert sum(len(receipt.items) for receipt in receipts) == 74_602
    assert len(shipped.households()) == 247
    assert {receipt.household for receipt in receipts} <= set(shipped.households())


def test_a_price_is_one_that_stood_on_the_shelf(receipts):
    prices = shipped.read_prices()
    seen = [
        (item.amount + item.discount) / item.quantity
        for receipt in receipts
        for item in receipt.items
        if item.sku == "819594"
    ]
    assert min(seen) <= prices["819594"] <= max(seen)
    assert sum(price <= prices["819594"] for price in seen) * 2 >= len(seen)
    known = [sku for sku, _name, _department in shipped.read_products() if sku in prices]
    assert len(known) > 18_000
    assert min(prices.values()) > 0


def test_source_and_licence_are_named():
    text = (shipped.FOLDER / "README.md").read_text()

    assert "The Complete Journey" in text
    assert "CC0" in text
    assert "Generated" in text


@pytest.mark.parametrize("today", [dt.date(2026, 3, day) for day in range(1, 15)])
def test_dates_move_by_whole_weeks_and_end_yesterday(receipts, today):
    last = receipts[-1].at.date()

    moved = last + dt.timedelta(weeks=shipped.weeks_to(last, today))

    assert moved.weekday() == last.weekday()
    assert 0 <= (moved - (today - dt.timedelta(days=1))).days < 7


def test_what_lies_ahead_is_left_out(receipts):
    until = receipts[100].at

    found = shipped.events(receipts, until=until)

    assert max(event.at for event in found) <= until
    assert [event.at for event in found] == sorted(event.at for event in found)


def test_returns_come_a_day_after_their_sale_and_name_a_line_with_a_piece(receipts):
    returns = [
        event for event in shipped.events(receipts, until=dt.datetime.max.replace(tzinfo=dt.UTC)) if event.is_return
    ]

    assert len(returns) > 100
    for event in returns:
        assert event.at - event.receipt.at == dt.timedelta(days=1)
        assert event.receipt.items[(event.receipt.returned_position or 0) - 1].quantity >= 1


def test_a_share_of_the_baskets_has_no_card(receipts):
    without = sum(not receipt.has_card for receipt in receipts) / len(receipts)

    assert without == pytest.approx(shipped.WITHOUT_CARD_PERCENT / 100, abs=0.02)


def test_the_draws_are_the_same_on_every_machine(receipts):
    first = receipts[0]

    assert (first.number, first.register, first.cashier, first.has_card, first.wants_to_redeem) == (
        "33919307870",
        "2",
        "1",
        False,
        False,
    )


def test_every_invented_phone_is_valid_and_kept_for_fiction(everybody):
    for person in everybody:
        assert read_key("phone", person.phone_value, "US").value == person.phone_value
        assert person.phone[1] == "555"
        assert "0100" <= person.phone[2] <= "0199"


def test_every_invented_key_is_nobody_elses(everybody):
    assert len({person.phone_value for person in everybody}) == len(everybody) == invented.PEOPLE
    assert len({person.card for person in everybody}) == len(everybody)
    addresses = [person.email for person in everybody if person.email]
    assert len(set(addresses)) == len(addresses)
    assert {address.partition("@")[2] for address in addresses} == {"example.com", "example.org"}
    assert all(read_key("email", address, "US").value == address for address in addresses)


def test_the_file_is_messy_labelled_and_the_same_each_time(everybody):
    content = invented.customer_file(everybody)

    assert content == invented.customer_file(invented.people(shipped.households()))
    with pytest.raises(UnicodeDecodeError):
        content.decode("utf-8")
    lines = content.decode(invented.ENCODING).splitlines()
    assert "GENERATED" in lines[0]
    assert len(lines) > invented.PEOPLE + 2


def test_the_shipped_files_carry_no_time_stamp():
    for path in shipped.FOLDER.glob("*.gz"):
        assert path.read_bytes()[4:8] == b"\0\0\0\0", "made by prepare.py, byte for byte the same"
        assert gzip.decompress(path.read_bytes())
