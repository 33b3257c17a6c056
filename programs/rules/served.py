"""Which facts and outcomes the house around the rules serves.

A condition or effect says by `needs` what it cannot do without: a fact that a query fills before the rules are asked, or
an outcome that a service carries out afterwards. Of what is only AWAITED nothing may be published: a rule that never
holds, or promises what nobody gives, would be worse than none. Whoever fills a fact or carries an outcome out moves its
name to SERVED; a name never goes back, since versions that use it are published.
"""

from __future__ import annotations

from typing import Any

SERVED = frozenset(
    {
        "purchases",  # how many the member has completed: Facts.purchases
        "spend",  # what the account has accumulated: Facts.spend
        "calendars",  # days with a name: "calendars" of the document
        "ladder",  # tiers over a window or lost again, which must be looked at every night (ladder.py)
        "counters",  # Facts.counters before the sale, and Outcome.counts added with it
        "services",  # told in the answer and on the receipt, and kept with it
        "messages",  # told in the answer
        "gifts",  # offered in a quote, given where the till sells them with the line
        "next_coupons",  # personal coupons, made with the sale
        "windows",  # what was bought in a window of time: Facts.windows, one figure for each of Asked.windows
        "labels",  # of the articles: Line.labels
        "brand",  # of the articles: Line.brand
        "taxes",  # rates as the till sends them: Line.tax_rate, Line.tax_included
        "partner",  # whose store it is: Basket.partner
        "channel",  # how the sale comes in: Basket.channel
        "payments",  # the means of payment: Basket.payments
        # What Asked.traits is told of whoever buys (Buyer), field by field:
        "joined_on",
        "birthday",
        "is_company",
        "interests",
        "address",
        "segments",
    }
)
AWAITED: frozenset[str] = frozenset()  # nothing waits today
EVERYTHING = SERVED | AWAITED


def needs_of(part: Any) -> tuple[str, ...]:
    """What a condition or an effect cannot do without; most need nothing but the basket and the account."""
    needs = getattr(part, "needs", ())
    return (needs,) if isinstance(needs, str) else tuple(needs)
