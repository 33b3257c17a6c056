"""What past receipts do not say and a draft asks all the same: told beside the result instead of guessed. Pure."""

from __future__ import annotations

from loyalty_site.ground.errors import Said
from programs.rules.conditions import inner
from programs.rules.documents import Compiled
from programs.rules.limits import PROGRAM
from programs.rules.matching import Conditioned

_OF_NEEDS = {
    "joined_on": Said("Since when somebody is a member is taken from their record as it is today."),
    "birthday": Said("Birthdays are taken from the members' records as they are today."),
    "is_company": Said("Whether a member is a company is taken from their record as it is today."),
    "interests": Said("Interests are taken from the members' records as they are today."),
    "segments": Said(
        "Who is in which segment is taken as it is today, but for receipts whose own rules asked for the same segments: "
        "those tell how it was."
    ),
    "address": Said("Addresses are taken from the members' records as they are today."),
    "labels": Said("Labels of articles are those of today."),
    "brand": Said("Brands of articles are those of today."),
    "partner": Said("Partners of stores are those of today."),
    "channel": Said(
        "How past sales came in is told by the terminals as they are today; of imported receipts nobody knows."
    ),
    "payments": Said("How past receipts were paid is not known: rules that ask it give nothing here."),
    "next_coupons": Said("Coupons for the next visit are counted as given, and none is presented later."),
}


def gaps_of(version: Compiled) -> list[Said]:
    """Sentences on what a replay of `version` takes for granted, the general ones last."""
    rules = [*version.rules.rules, *version.discounts, *version.excludes, *version.caps, *version.discount_caps]
    rules += [rule for rule in version.benefits if rule not in rules]
    asking: list[Conditioned] = [*rules, *version.rewards]
    conditions = [inner(one) for part in asking for one in (*part.of_receipt, *part.of_line)]
    found = [said for need, said in _OF_NEEDS.items() if need in version.asked.needs]
    if version.asked.fields:
        found.append(Said("Custom fields are taken from the members' records as they are today."))
    if version.asked.redeemed:
        found.append(Said("How often points were spent is not counted: rules that ask it give nothing here."))
    if any(one.type == "coupon" for one in conditions):
        found.append(Said("No coupon is presented: what rules give for one is not in these figures."))
    if any(limit.per == PROGRAM for rule in rules for limit in rule.limits):
        found.append(
            Said(
                "Members are played one by one. A limit for everybody together on points, money or gifts is therefore applied to the sums at the end. One on how often points or discounts are given, one that begins anew every day, month or year, and a cap on several rules are not applied: the true cost is lower."
            )
        )
    found.append(
        Said("Everybody starts with no points, no tier and no purchases before the first receipt that is played.")
    )
    found.append(Said("People buy what they bought: that a programme changes what they buy is an assumption below."))
    return found
