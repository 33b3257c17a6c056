"""The kinds of conditions in the words of a shop: they go on after “when”."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from members.queries.fields import known_cities, known_interests
from programs.admin.designer.compounds import Between, FieldAsked, Which
from programs.admin.designer.kind import (
    BEFORE,
    WHAT,
    WHEN,
    WHERE,
    WHO,
    Kind,
)
from programs.admin.designer.settings import (
    NUMBER,
    Amount,
    Card,
    Choice,
    Count,
    Flag,
    Listed,
    Many,
    Numbers,
    One,
    Reached,
    Words,
)
from programs.admin.designer.times import Clock, Day, LastDay, Period, Weekdays, YearDay
from programs.queries.rule_choices import (
    BRANDS,
    CALENDARS,
    CATEGORIES,
    CHANNELS,
    FIELDS,
    LABELS,
    PARTNERS,
    PRODUCTS,
    REWARDS,
    SEGMENTS,
    SERIES,
    STORES,
    TIERS,
)

_NO_CATEGORIES = _("There are no categories yet. Add one, or import your products.")
_CATEGORIES = Many(
    "codes", _("categories"), source=CATEGORIES, none_yet=_NO_CATEGORIES, adds="admin:programs_category_add"
)
_ARTICLES = Many("skus", _("articles"), source=PRODUCTS)
# Narrows what is counted; nothing ticked is the whole receipt.
_OF_GOODS = (
    Many("codes", _("only in these categories"), source=CATEGORIES, required=False, is_rare=True),
    Many("skus", _("only these articles"), source=PRODUCTS, required=False, is_rare=True),
)
_AROUND = (
    Count("before", _("days before"), least=0, most=182, default=0),
    Count("after", _("days after"), least=0, most=182, default=0),
)

CONDITIONS = (
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
            LastDay("to", _("to"), _("Both days count. Empty: open."), required=False),
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
        [
            Many(
                "labels",
                _("labels"),
                source=LABELS,
                none_yet=_("No article has a label yet. Write them under Products."),
            )
        ],
    ),
    Kind(
        "brand",
        WHAT,
        _("the article is of a brand"),
        [
            Many(
                "codes",
                _("brands"),
                source=BRANDS,
                none_yet=_("No article has a brand yet. Write them under Products."),
            )
        ],
    ),
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
        [
            Many(
                "keys",
                _("segments"),
                source=SEGMENTS,
                none_yet=_("There are no segments yet. Add one under Members, Segments."),
            )
        ],
        _("Who is in a segment is looked up every night. Terms for members do not name it."),
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
        [Words("codes", _("interests"), known=known_interests)],
    ),
    Kind(
        "lives_in",
        WHO,
        _("the member lives in a certain place"),
        [
            Words("cities", _("cities"), required=False, known=known_cities, beside="postcodes"),
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
    Kind(
        "nth_purchase",
        BEFORE,
        _("it is every 5th purchase, or the 2nd …"),
        [Which(these=Numbers("numbers", _("or only these"), _("Such as 1, 3, 10"), required=False))],
    ),
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
            Reached("minimum", _("at least"), kind=NUMBER),
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
    Kind(
        "redeemed",
        BEFORE,
        _("they have spent points several times before"),
        [
            Count("at_least", _("at least (times)")),
            One("reward", _("by claiming"), _("Empty: any purchase paid with points."), source=REWARDS, required=False),
        ],
        _("Counted from the day on which a rule with this question is published."),
    ),
)
