"""The kinds of effects in the words of a shop: what a rule gives."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from programs.admin.designer.compounds import Goods, Steps, Takes, Texts
from programs.admin.designer.kind import (
    AT_MOST,
    FREE,
    GIVES_POINTS,
    MORE,
    TAKES_OFF,
    Kind,
)
from programs.admin.designer.settings import (
    NUMBER,
    PERCENT,
    POINTS,
    Amount,
    Card,
    Choice,
    Count,
    Flag,
    Many,
    One,
)
from programs.admin.designer.times import Period
from programs.queries.rule_choices import (
    CATEGORIES,
    PRODUCTS,
    SERIES,
)

_ROUNDING = Choice(
    "rounding",
    _("rounded"),
    options=(("down", _("down")), ("half_up", _("to the nearest"))),
    is_rare=True,
)
_POINTS_ROUNDING = Choice(
    "rounding",
    _("rounded"),
    options=(
        ("", _("as the programme does")),
        ("down", _("down")),
        ("half_up", _("to the nearest")),
        ("half_even", _("to the nearest, halves to the even one")),
    ),
    is_rare=True,
)
_SCOPE = Choice(
    "scope",
    _("the discount is on"),
    options=(("lines", _("the articles that fit")), ("receipt", _("the whole receipt as soon as one article fits"))),
    is_rare=True,
)
_OFF = Amount("percent", _("how much is taken off"), kind=PERCENT, default="100", required=False, is_rare=True)
_PER = Choice(
    "per",
    _("given"),
    options=(("receipt", _("once on a receipt")), ("piece", _("for every piece"))),
)
CAP_PER = Choice(
    "per",
    _("counted"),
    options=(
        ("receipt", _("on one receipt")),
        ("member", _("for one member")),
        ("program", _("for everybody together")),
    ),
    needs={"member": "counters", "program": "counters"},
)
WITHIN = Choice(
    "within",
    _("in"),
    options=(("ever", _("all the time")), ("day", _("a day")), ("month", _("a month")), ("year", _("a year"))),
    needs={"day": "counters", "month": "counters", "year": "counters"},
    is_rare=True,
)
_CARD = Card(
    "card",
    _("stamp card"),
    _("Rules with the same card fill it together. Empty: a card of its own."),
    required=False,
    is_rare=True,
)
_TAKES = Takes(
    is_rare=True,
    parts=[
        Card("card", _("costs stamps of the card"), _("Empty: it costs no stamps."), required=False),
        Count("stamps", _("how many stamps"), required=False),
    ],
)
_TEXT = Texts("text", _("words"))

EFFECTS = (
    Kind(
        "multiply",
        GIVES_POINTS,
        _("Double points, or more"),
        [
            Amount(
                "factor",
                _("points times"),
                _("2 doubles them, 1.5 adds half."),
                kind=NUMBER,
                least=Decimal(1),
                usual="2",
            ),
            _POINTS_ROUNDING,
        ],
    ),
    Kind(
        "points",
        GIVES_POINTS,
        _("So many points"),
        [Amount("points", _("points"), kind=POINTS), _PER],
    ),
    Kind(
        "points_per_money",
        GIVES_POINTS,
        _("More points for the money"),
        [
            Amount("points", _("so many points more"), kind=POINTS),
            Amount("per", _("for every"), default="1", required=False),
            _POINTS_ROUNDING,
        ],
    ),
    Kind("exclude", GIVES_POINTS, _("No points at all"), help=_("Whatever other rules say.")),
    Kind(
        "percent_off",
        TAKES_OFF,
        _("A percentage off"),
        [
            Amount("percent", _("how much"), kind=PERCENT),
            Amount("most", _("at most"), _("Empty: without limit."), required=False),
            Count("pieces", _("only off the cheapest pieces"), _("Empty: off all."), required=False, is_rare=True),
            _SCOPE,
            Choice(
                "per",
                _("counted"),
                options=(("receipt", _("on the sum")), ("line", _("line by line"))),
                is_rare=True,
            ),
            _ROUNDING,
        ],
    ),
    Kind(
        "amount_off",
        TAKES_OFF,
        _("A sum off"),
        [
            Amount("amount", _("how much")),
            _PER,
            Amount(
                "minimum",
                _("when they are worth at least"),
                _("Empty: always."),
                required=False,
                default="0",
                least=Decimal(0),
                is_rare=True,
            ),
            _SCOPE,
        ],
    ),
    Kind(
        "fixed_price",
        TAKES_OFF,
        _("So many pieces for a price"),
        [
            Count("quantity", _("pieces")),
            Amount("price", _("cost together"), least=Decimal(0)),
            Count("most", _("at most (times)"), _("Empty: as often as it fits."), required=False, is_rare=True),
        ],
    ),
    Kind(
        "piece_off",
        TAKES_OFF,
        _("A sum off each piece"),
        [
            Amount("first", _("off the first piece"), least=Decimal(0)),
            Amount("next", _("off each further one"), _("Empty: the same."), required=False, least=Decimal(0)),
            Count("pieces", _("at most (pieces)"), _("Empty: all of them."), required=False),
            Count("group_of", _("only in full groups of"), default=1, required=False, is_rare=True),
        ],
    ),
    Kind(
        "steps_off",
        TAKES_OFF,
        _("More off the more is on the receipt"),
        [
            Choice(
                "by",
                _("by"),
                options=(("amount", _("what the articles cost")), ("quantity", _("how many pieces"))),
            ),
            Steps("steps", _("steps")),
            _SCOPE,
            _ROUNDING,
        ],
    ),
    Kind(
        "scale_off",
        TAKES_OFF,
        _("More off the more they have bought"),
        [
            Choice(
                "of",
                _("by"),
                options=(("spend", _("money spent")), ("visits", _("visits")), ("points", _("points earned"))),
                needs={"points": "windows"},
            ),
            Period(),
            Steps("steps", _("steps")),
            Flag("with_this", _("this purchase counts too"), is_rare=True),
            _SCOPE,
            _ROUNDING,
        ],
    ),
    Kind(
        "stamp_card",
        FREE,
        _("Every tenth piece free: a stamp card"),
        [
            Count(
                "every", _("the free piece is number"), _("10: nine are paid, the tenth is free."), least=2, usual=10
            ),
            _OFF,
            Choice(
                "free",
                _("of a receipt it is"),
                options=(("cheapest", _("the cheapest piece")), ("dearest", _("the dearest piece"))),
                is_rare=True,
            ),
            _CARD,
        ],
    ),
    Kind(
        "cheapest_off",
        FREE,
        _("The cheapest of several free"),
        [
            Count("every", _("of every (pieces)"), _("3: buy three, pay for two."), usual=3),
            Count("pieces", _("so many are free"), default=1),
            _OFF,
            Count("most", _("at most (pieces)"), _("Empty: without limit."), required=False, is_rare=True),
            Choice(
                "over",
                _("the cheapest"),
                options=(("receipt", _("of the whole receipt")), ("group", _("of each group, dearest first"))),
                is_rare=True,
            ),
            Flag("per_article", _("each article is counted by itself"), is_rare=True),
        ],
    ),
    Kind(
        "buy_get",
        FREE,
        _("Buy this, get that"),
        [
            Goods(
                "buy",
                parts=[
                    Count("pieces", _("for every (pieces)"), default=1),
                    Many("codes", _("bought of the categories"), source=CATEGORIES, required=False),
                    Many("skus", _("or of the articles"), source=PRODUCTS, required=False),
                ],
            ),
            Goods(
                "get",
                parts=[
                    Count("pieces", _("so many pieces"), default=1),
                    Many("codes", _("free of the categories"), source=CATEGORIES, required=False),
                    Many("skus", _("or of the articles"), source=PRODUCTS, required=False),
                ],
            ),
            _OFF,
            Count("most", _("at most (times)"), _("Empty: as often as it fits."), required=False, is_rare=True),
        ],
    ),
    Kind(
        "gift",
        FREE,
        _("A gift"),
        [
            Many("skus", _("one of these articles"), source=PRODUCTS),
            Count("pieces", _("pieces"), default=1),
            Amount("surcharge", _("the member pays"), least=Decimal(0), default="0", required=False),
            Count(
                "every", _("for every (pieces bought)"), _("Empty: once on a receipt."), required=False, is_rare=True
            ),
            Count("stock", _("as long as there are (pieces)"), _("Empty: without limit."), required=False),
            _TAKES,
        ],
    ),
    Kind("free_service", MORE, _("A free service"), [_TEXT, _TAKES], _("Such as delivery or wrapping.")),
    Kind("privilege", MORE, _("A privilege"), [_TEXT, _TAKES], _("Such as a table by the window.")),
    Kind("message", MORE, _("Words for the cashier"), [_TEXT], _("The till shows them when the rule fits.")),
    Kind(
        "next_coupon",
        MORE,
        _("A coupon for the next visit"),
        [
            One("series", _("kind of coupon"), source=SERIES),
            Count("count", _("how many"), default=1),
            Count("after", _("usable after (days)"), least=0, default=0),
            Count("days", _("for (days)"), _("Empty: as the kind of coupon says."), required=False),
            _TAKES,
        ],
    ),
    Kind(
        "stamps",
        MORE,
        _("Stamps on a card"),
        [Card("card", _("card")), Count("stamps", _("how many"), default=1), _PER],
    ),
    Kind(
        "points_cap",
        AT_MOST,
        _("At most so many points"),
        [Amount("points", _("at most"), kind=POINTS, least=Decimal(0)), CAP_PER, WITHIN],
    ),
    Kind(
        "discount_cap",
        AT_MOST,
        _("At most so much money off"),
        [Amount("money", _("at most")), CAP_PER, WITHIN],
    ),
)
