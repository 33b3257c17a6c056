"""Every kind of condition and effect, in the words of a shop: what it is called where it is offered, and its settings.

A kind without an entry here fails tests/programs/admin/designer/test_kinds.py; one whose facts or outcomes nobody serves
yet (programs/rules/served.py) is not offered until somebody does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from programs.admin.designer.settings import (
    NUMBER,
    PERCENT,
    POINTS,
    Amount,
    Between,
    Card,
    Choice,
    Clock,
    Count,
    Day,
    FieldAsked,
    Flag,
    Goods,
    Listed,
    Many,
    One,
    Period,
    Setting,
    Steps,
    Takes,
    Texts,
    Weekdays,
    Which,
    YearDay,
)
from programs.queries.rule_choices import (
    CALENDARS,
    CATEGORIES,
    CHANNELS,
    FIELDS,
    PARTNERS,
    PRODUCTS,
    SERIES,
    STORES,
    TIERS,
)
from programs.rules.benefits import BENEFITS
from programs.rules.conditions import CONDITIONS
from programs.rules.discounts import DISCOUNTS, PERSONAL
from programs.rules.effects import CAPS, EFFECTS, Exclude
from programs.rules.served import SERVED


@dataclass(frozen=True)
class Kind:
    """`type` is that of the document, `group` where it is offered, `says` the choice itself."""

    type: str
    group: Any
    says: Any
    settings: Sequence[Setting] = ()
    help: Any = ""


# Groups of conditions and effects, in the order in which they are offered.
WHEN, WHAT, WHERE, WHO, BEFORE = (
    _("The time"),
    _("What is bought"),
    _("Where and how"),
    _("Who buys"),
    _("What they bought before"),
)
GIVES_POINTS, TAKES_OFF, FREE, MORE, AT_MOST = (
    _("Points"),
    _("Money off"),
    _("Free and cheaper pieces"),
    _("Something else"),
    _("At most"),
)

_NO_CATEGORIES = _("There are no categories yet. Add one under Categories, or import your products.")
_CATEGORIES = Many("codes", _("categories"), source=CATEGORIES, none_yet=_NO_CATEGORIES)
_ARTICLES = Many("skus", _("articles"), source=PRODUCTS)
# Narrows what is counted; nothing ticked is the whole receipt.
_OF_GOODS = (
    Many("codes", _("only in these categories"), source=CATEGORIES, required=False, is_rare=True),
    Many("skus", _("only these articles"), source=PRODUCTS, required=False, is_rare=True),
)
_AROUND = (
    Count("before", _("days before"), least=0, default=0),
    Count("after", _("days after"), least=0, default=0),
)

_CONDITIONS = (
    Kind("weekday", WHEN, _("it is a certain day of the week"), [Weekdays("days", _("days"))]),
    Kind(
        "hours",
        WHEN,
        _("it is a certain time of the day"),
        [Clock("from", _("from")), Clock("until", _("until"), ends=True)],
        _("From 22:00 until 02:00 is one night. 00:00 as the end is midnight."),
    ),
    Kind(
        "dates",
        WHEN,
        _("it is between two dates"),
        [
            Day("from", _("from"), required=False),
            Day("to", _("to"), _("Both days count. Empty: open."), required=False),
        ],
    ),
    Kind(
        "season",
        WHEN,
        _("it is a season of every year"),
        [YearDay("from", _("from the")), YearDay("to", _("to the"))],
        _("Both days count. From December to February is one winter."),
    ),
    Kind(
        "holiday",
        WHEN,
        _("it is a holiday, or near one"),
        [One("calendar", _("calendar"), source=CALENDARS), *_AROUND],
    ),
    Kind("category", WHAT, _("the article is of a category"), [_CATEGORIES]),
    Kind("product", WHAT, _("it is a certain article"), [_ARTICLES]),
    Kind(
        "label",
        WHAT,
        _("the article has a label"),
        [Listed("labels", _("labels"), _("With commas between them, such as organic, own brand."))],
    ),
    Kind("brand", WHAT, _("the article is of a brand"), [Listed("codes", _("brands"), _("With commas between them."))]),
    Kind(
        "amount",
        WHAT,
        _("the receipt is worth at least …"),
        [
            Amount("minimum", _("at least")),
            *_OF_GOODS,
            Choice(
                "measured",
                _("counted"),
                options=(("after", _("after the discounts given so far")), ("before", _("before all discounts"))),
                is_rare=True,
            ),
            Choice(
                "tax",
                _("tax"),
                options=(
                    ("as_sent", _("as the till sends the prices")),
                    ("net", _("without tax")),
                    ("gross", _("with tax")),
                ),
                needs={"net": "taxes", "gross": "taxes"},
                is_rare=True,
            ),
        ],
    ),
    Kind(
        "quantity",
        WHAT,
        _("the receipt has at least so many pieces"),
        [Amount("minimum", _("at least (pieces)"), kind=NUMBER), *_OF_GOODS],
    ),
    Kind(
        "store",
        WHERE,
        _("it is bought in a certain store"),
        [Many("codes", _("stores"), source=STORES, none_yet=_("There are no stores yet."))],
    ),
    Kind(
        "partner",
        WHERE,
        _("it is bought at a certain partner"),
        [Many("codes", _("partners"), source=PARTNERS, none_yet=_("There are no partners yet."))],
    ),
    Kind(
        "channel",
        WHERE,
        _("it is bought at the till, on the web or by phone"),
        [Many("channels", _("by"), source=CHANNELS)],
    ),
    Kind(
        "payment",
        WHERE,
        _("it is paid in a certain way"),
        [
            Listed(
                "methods", _("means of payment"), _("As your till names them, with commas between them: card, cash.")
            ),
            Flag("only", _("all of the bill is paid so")),
        ],
    ),
    Kind(
        "coupon",
        WHERE,
        _("a coupon is presented"),
        [
            Many(
                "series",
                _("kinds of coupons"),
                source=SERIES,
                none_yet=_("This programme has no coupons yet. Add them under Kinds of coupons."),
            )
        ],
    ),
    Kind(
        "tier",
        WHO,
        _("the member is on a certain tier"),
        [
            Many(
                "keys",
                _("tiers"),
                source=TIERS,
                none_yet=_("This programme has no tiers yet. Add them on the programme's page."),
            )
        ],
    ),
    Kind(
        "segment",
        WHO,
        _("the member is in a segment"),
        [Many("keys", _("segments"), source="segments", none_yet=_("There are no segments yet."))],
    ),
    Kind(
        "buyer",
        WHO,
        _("the member is a person or a company"),
        [
            Choice(
                "is", _("the member is"), options=(("person", _("a person")), ("company", _("a company"))), is_said=True
            )
        ],
    ),
    Kind(
        "tenure",
        WHO,
        _("the member has been one for some time"),
        [
            Between(),
            Choice(
                "unit",
                _("counted in"),
                options=(("days", _("days")), ("months", _("months")), ("years", _("years"))),
            ),
        ],
    ),
    Kind("birthday", WHO, _("it is the member's birthday, or near it"), _AROUND, _("0 and 0: the day itself.")),
    Kind(
        "anniversary",
        WHO,
        _("it is the day they joined, years later"),
        _AROUND,
        _("0 and 0: the day itself. The first one is a year after joining."),
    ),
    Kind(
        "interest",
        WHO,
        _("the member is interested in something"),
        [Listed("codes", _("interests"), _("With commas between them."))],
    ),
    Kind(
        "lives_in",
        WHO,
        _("the member lives in a certain place"),
        [
            Listed("cities", _("cities"), _("With commas between them."), required=False),
            Listed("postcodes", _("postcodes that begin with"), _("With commas between them."), required=False),
        ],
    ),
    Kind(
        "field",
        WHO,
        _("a field of your own says something"),
        [One("field", _("field"), source=FIELDS), FieldAsked()],
    ),
    Kind("first_purchase", BEFORE, _("it is the member's first purchase")),
    Kind("nth_purchase", BEFORE, _("it is every 5th purchase, or the 2nd …"), [Which()]),
    Kind(
        "accumulated",
        BEFORE,
        _("they have spent or come enough before"),
        [
            Choice(
                "of",
                _("counted"),
                options=(("spend", _("money spent")), ("visits", _("visits")), ("points", _("points earned"))),
                needs={"points": "windows"},
                is_said=True,
            ),
            Amount("minimum", _("at least"), kind=NUMBER),
            Period(),
            Flag("with_this", _("this purchase counts too")),
        ],
    ),
    Kind(
        "stamps",
        BEFORE,
        _("they hold enough stamps of a card"),
        [Card("card", _("card")), Count("at_least", _("at least (stamps)"))],
    ),
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

_EFFECTS = (
    Kind(
        "multiply",
        GIVES_POINTS,
        _("Double points, or more"),
        [
            Amount("factor", _("points times"), _("2 doubles them, 1.5 adds half."), kind=NUMBER, least=Decimal(1)),
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
            Count("every", _("the free piece is number"), _("10: nine are paid, the tenth is free."), least=2),
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
            Count("every", _("of every (pieces)"), _("3: buy three, pay for two.")),
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

CONDITION_KINDS = {kind.type: kind for kind in _CONDITIONS}
EFFECT_KINDS = {kind.type: kind for kind in _EFFECTS}
# What a reward may be: the same for everybody.
REWARD_TYPES = frozenset(one.type for one in DISCOUNTS if one not in PERSONAL)

# Which settings of a rule go with which effects.
_WITHOUT_LIMITS = (Exclude, *CAPS)
_ONLY_LIMITS = ("message", "stamps")


def takes_limits(effect: str) -> bool:
    """Whether what it gives can be limited."""
    return EFFECTS[effect] not in _WITHOUT_LIMITS


def takes_order(effect: str) -> bool:
    """Whether group and priority go with it."""
    return takes_limits(effect) and effect not in _ONLY_LIMITS


def ends_others(effect: str) -> bool:
    """Whether “stop after this rule” goes with it."""
    return takes_order(effect) and EFFECTS[effect] not in BENEFITS


def is_discount(effect: str) -> bool:
    """Whether it takes money off."""
    return EFFECTS[effect] in DISCOUNTS


def limit_sorts(effect: str) -> list[tuple[str, Any]]:
    """What its limits may count."""
    if EFFECTS[effect] in BENEFITS:
        return [("times", _("times"))]
    return (
        [("money", _("money off")), ("times", _("times"))]
        if is_discount(effect)
        else [("points", _("points")), ("times", _("times"))]
    )


def is_served(part: type[Any]) -> bool:
    """Whether somebody fills the facts, or carries out the outcome, that a kind always needs; what only some of its
    settings need is looked at setting by setting."""
    needs = getattr(part, "needs", ())
    if isinstance(needs, property):
        return True
    return {needs} <= SERVED if isinstance(needs, str) else set(needs) <= SERVED


def offered(kinds: dict[str, Kind], parts: dict[str, type[Any]]) -> list[tuple[Any, list[Kind]]]:
    """[(group, kinds)] that can be used now."""
    groups: dict[str, tuple[Any, list[Kind]]] = {}
    for kind in kinds.values():
        if is_served(parts[kind.type]):
            groups.setdefault(str(kind.group), (kind.group, []))[1].append(kind)
    return list(groups.values())


def offered_conditions() -> list[tuple[Any, list[Kind]]]:
    """What a rule may ask now, by groups."""
    return offered(CONDITION_KINDS, dict(CONDITIONS))


def offered_effects() -> list[tuple[Any, list[Kind]]]:
    """What a rule may give now, by groups."""
    return offered(EFFECT_KINDS, dict(EFFECTS))


def offered_rewards() -> list[tuple[Any, list[Kind]]]:
    """What points may buy now, by groups."""
    return offered({kind.type: kind for kind in _EFFECTS if kind.type in REWARD_TYPES}, dict(EFFECTS))
