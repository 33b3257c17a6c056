"""Ready programmes to start from: six documents, each with one goal and one key factor. Pure.

Sums are said for a currency in which a coffee costs about three; `unit` makes them fit another (100 for one in which it
costs about three hundred). Names are Said and become texts in the language of whoever begins.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from loyalty_site.ground.errors import Said
from loyalty_site.ground.rules.money import plain_text
from programs.rules.documents import compile_document
from programs.rules.parsing import ConditionError, DocumentError
from programs.rules.served import AWAITED, EVERYTHING

SCHEMA = 1
ATTRACT, KEEP = "attract", "keep"
TREATMENT, SERVICE, PRICE = "treatment", "service", "price"


@dataclass(frozen=True, slots=True)
class Money:
    """A sum in the currency of a coffee for three."""

    amount: str


@dataclass(frozen=True, slots=True)
class Starter:
    """`parts` go over the plain document; money in them is Money, names are Said. `suits`: for which trade it is meant."""

    key: str
    name: Said
    suits: Said
    goal: str
    factor: str
    parts: dict[str, Any] = field(default_factory=dict)


def starter_document(
    starter: Starter,
    *,
    currency: str,
    exponent: int,
    time_zone: str,
    unit: Decimal = Decimal(1),
    translate: Callable[[str], str] = str,
) -> dict[str, Any]:
    """The document of a starter in a currency with `exponent` decimals, as documents.py describes it."""
    made: dict[str, Any] = {
        "schema": SCHEMA,
        "name": starter.name,
        "currency": currency,
        "currency_exponent": exponent,
        "point_decimals": 0,
        "time_zone": time_zone,
        "earning": {
            "points": "1",
            "per": Money("1"),
            "rounding": "down",
            "on_points": False,
            "before_discounts": False,
        },
        "discounts": {"stacking": "all", "leftover": "largest"},
        "redemption": {
            "point_value": Money("0.01"),
            "minimum": "0",
            "step": "1",
            "max_percent": 50,
            "max_points": None,
            "own_points": False,
            "rewards": [],
        },
        "activation_days": 0,
        "expiry": {"kind": "months", "months": 12, "days": None, "years": 1},
        "idle_months": None,
        "welcome": {"points": "0", "days": None},
        "returns": {"days": None, "grace_days": 0, "gives_back": True},
        "negative": {"policy": "allow", "floor": "0"},
        "tiers": [],
        "rules": [],
    }
    for name, part in starter.parts.items():
        made[name] = made[name] | part if isinstance(part, dict) else part

    def plain(part: Any) -> Any:
        match part:
            case Money(amount):
                return plain_text(Decimal(amount) * unit)
            case Said():
                return part.message(translate)
            case dict():
                return {key: plain(one) for key, one in part.items()}
            case list():
                return [plain(one) for one in part]
        return part

    done: dict[str, Any] = plain(made)
    return done


_COFFEE_COSTS = Decimal(3)
_AWAITED = {"counters": Said("stamps over several receipts cannot be counted yet")}


def unit_for(coffee: Decimal) -> Decimal:
    """The `unit` that makes round sums where a cup of coffee costs about so much: 1, 2 or 5 with noughts."""
    wanted = coffee / _COFFEE_COSTS
    powers = [Decimal(10) ** (wanted.adjusted() + shift) for shift in (0, 1)]
    round_ones = [powers[0] * 1, powers[0] * 2, powers[0] * 5, powers[1]]
    return min(round_ones, key=lambda one: max(one / wanted, wanted / one))


def awaits(starter: Starter) -> list[Said]:
    """What a starter cannot do without and nothing serves yet; empty when it can be published as it is."""
    document = starter_document(starter, currency="XXX", exponent=2, time_zone="UTC")

    def works_without(need: str) -> bool:
        try:
            compile_document(document, served=EVERYTHING - {need})
        except (DocumentError, ConditionError):
            return False
        return True

    missing = [need for need in sorted(AWAITED) if not works_without(need)]
    return [_AWAITED.get(need, Said("nothing serves it yet: %(what)s", what=need)) for need in missing]


def _tier(key: str, name: Said, threshold: str, multiplier: str) -> dict[str, Any]:
    return {"key": key, "name": name, "threshold": Money(threshold), "multiplier": multiplier}


def _rule(key: str, name: Said, effect: dict[str, Any], *conditions: dict[str, Any]) -> dict[str, Any]:
    return {"key": key, "name": name, "conditions": list(conditions), "effect": effect}


_NO_POINTS = {"points": "0"}

COFFEE = Starter(
    "coffee",
    Said("Coffee stamps"),
    Said("for what is bought often and alike: coffee, lunch, a car wash"),
    KEEP,
    PRICE,
    {
        "earning": _NO_POINTS,
        "rules": [
            _rule(
                "tenth",
                Said("Every tenth coffee free"),
                {"type": "stamp_card", "card": "coffee", "every": 10},
                {"type": "category", "codes": ["coffee"]},
            )
        ],
    },
)
CASHBACK = Starter(
    "cashback",
    Said("Cashback"),
    Said("for everyday shops: 5 % comes back and pays up to 30 % of the next bill"),
    KEEP,
    PRICE,
    {
        "earning": {"points": "5", "per": Money("1")},
        "redemption": {"max_percent": 30},
        "welcome": {"points": "100", "days": 90},
    },
)
METALS = Starter(
    "metals",
    Said("Silver, gold, platinum"),
    Said("for shops with few and larger purchases: who buys more earns faster"),
    KEEP,
    TREATMENT,
    {
        "tiers": [
            _tier("silver", Said("Silver"), "0", "1"),
            _tier("gold", Said("Gold"), "500", "1.5"),
            _tier("platinum", Said("Platinum"), "2000", "2"),
        ],
    },
)
MILES = Starter(
    "miles",
    Said("Miles"),
    Said("for hotels and travel: points for every unit of money become a reward"),
    KEEP,
    SERVICE,
    {
        "earning": {"points": "10", "per": Money("1")},
        "expiry": {"kind": "year_end", "months": None, "years": 2},
        "redemption": {
            "point_value": "0",
            "max_percent": 0,
            "rewards": [
                {
                    "key": "small",
                    "name": Said("A small reward"),
                    "cost": "1000",
                    "effect": {"type": "amount_off", "amount": Money("5")},
                },
                {
                    "key": "large",
                    "name": Said("A large reward"),
                    "cost": "5000",
                    "effect": {"type": "amount_off", "amount": Money("30")},
                },
            ],
        },
    },
)
SCALE = Starter(
    "scale",
    Said("Progressive discount"),
    Said("for goods that people plan to buy: the discount grows with what they have spent"),
    KEEP,
    PRICE,
    {
        "earning": _NO_POINTS,
        "rules": [
            _rule(
                "scale",
                Said("Discount by what was spent"),
                {
                    "type": "scale_off",
                    "steps": [
                        {"from": Money("200"), "percent": "3"},
                        {"from": Money("600"), "percent": "5"},
                        {"from": Money("1500"), "percent": "7"},
                    ],
                },
            )
        ],
    },
)
SCHOOL = Starter(
    "school",
    Said("School season"),
    Said("for a season of one sort of goods: uniforms, bags, paper, skis"),
    ATTRACT,
    PRICE,
    {
        "rules": [
            _rule(
                "season",
                Said("Three for the school: the cheapest at half price"),
                {"type": "cheapest_off", "every": 3, "percent": "50"},
                {"type": "category", "codes": ["school"]},
                {"type": "season", "from": "08-01", "to": "09-15"},
            ),
        ],
    },
)
STARTERS = (COFFEE, CASHBACK, METALS, MILES, SCALE, SCHOOL)
# Its goal and key factor are asked for when it is published.
EMPTY = Starter("own", Said("Our programme"), Said("points for money, and everything else as you set it"), "", "")


@dataclass(frozen=True, slots=True)
class Trade:
    """`bought` how something is bought, `keeps` which mechanic keeps those who buy so, `starters` those that have it."""

    bought: Said
    keeps: Said
    starters: tuple[Starter, ...] = ()


TRADES = (
    Trade(
        Said("Often and for little: coffee, bread, lunch, a car wash"),
        Said("collecting, with the first reward soon: stamps or cashback"),
        (COFFEE, CASHBACK),
    ),
    Trade(
        Said("Every week, for more: groceries, a chemist's, fuel"),
        Said("points on everything, which pay a part of the next bill"),
        (CASHBACK,),
    ),
    Trade(
        Said("Seldom and for much: flights, hotels, insurance"),
        Said("tiers with privileges: a status is remembered longer than points"),
        (METALS, MILES),
    ),
    Trade(
        Said("Planned, and by and by: furniture, tools, clothes"),
        Said("a discount that grows with what was spent"),
        (SCALE,),
    ),
    Trade(
        Said("In a season, of one sort: school, skis, gardens"),
        Said("a discount for the season, on these goods only"),
        (SCHOOL,),
    ),
    Trade(
        Said("Where delivery, credit or speed decide: materials, all that companies buy"),
        Said("better terms of service: free delivery from a total on, a privilege, terms for one company"),
    ),
    Trade(
        Said("Where a rival nearby gives the same already"),
        Said("another key factor than theirs: whoever comes second with the same is not noticed"),
    ),
    Trade(
        Said("Where nobody else has it, or serves so well"),
        Said("perhaps nothing: people come back anyway, and a programme pays them for it"),
    ),
)
