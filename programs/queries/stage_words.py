"""Stages and scores in words, as the chosen model calls them."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _

from programs.models import LifecycleModel, MemberStage, StageChoice
from programs.queries.lifecycle import MemberLife, lifecycle_model
from programs.rules.lifecycle import ModelKind, stages_of

# Where a model of the source calls a stage otherwise than the full one.
_OWN: dict[str, dict[str, Any]] = {
    ModelKind.A.value: {
        "potential": _("first visit, nothing bought"),
        "first": _("one-off purchase"),
        "attached": _("attached to the shop"),
    },
    ModelKind.B.value: {"potential": _("potential buyer"), "first": _("buyer"), "repeat": _("regular")},
    ModelKind.C.value: {
        "potential": _("has not bought yet"),
        "first": _("satisfied with a purchase"),
        "loyal": _("loyal to the brand"),
        "committed": _("partner"),
    },
}
# Every stage has its line: a label without a colour is shown by its code.
STAGE_COLOURS = dict.fromkeys(StageChoice, "") | {
    StageChoice.ATTACHED: "info",
    StageChoice.LOYAL: "success",
    StageChoice.COMMITTED: "success",
    StageChoice.AT_RISK: "warning",
    StageChoice.LOST: "danger",
}
# Relative to all buyers, as the scores are: in a bakery "lately" is yesterday, in a shoe shop last season.
_RECENCY = {
    5: _("bought more lately than most"),
    4: _("bought more lately than many"),
    3: _("in the middle by the last purchase"),
    2: _("bought longer ago than many"),
    1: _("bought longer ago than most"),
}
_FREQUENCY = {
    5: _("buys more often than most"),
    4: _("buys more often than many"),
    3: _("in the middle by the number of purchases"),
    2: _("buys less often than many"),
    1: _("buys less often than most"),
}
_MONEY = {
    5: _("spends more than most"),
    4: _("spends more than many"),
    3: _("in the middle by money spent"),
    2: _("spends less than many"),
    1: _("spends less than most"),
}


def stage_name(stage: str, model: str) -> str:
    """A stage as the model calls it; one that the model does not know keeps its own name."""
    return str(_OWN.get(model, {}).get(stage) or StageChoice(stage).label)


def stage_choices(model: str) -> list[tuple[str, str]]:
    """(code, name) of every stage of the model, in the order of the funnel."""
    return [(stage.value, stage_name(stage.value, model)) for stage in stages_of(ModelKind(model))]


def stage_names(model: str) -> dict[str, str]:
    """{code: name} of every stage there is, also of those that the model does not know."""
    return {stage: stage_name(stage, model) for stage in StageChoice.values}


def scores_in_words(stage: MemberStage) -> str:
    """'bought more lately than most, buys less often than many, in the middle by money spent'; empty for somebody who never bought."""
    if stage.recency is None or stage.frequency is None or stage.money is None:
        return ""
    words = (_RECENCY[stage.recency], _FREQUENCY[stage.frequency], _MONEY[stage.money])
    return ", ".join(str(word) for word in words)


def score_choices(name: str) -> list[tuple[str, str]]:
    """("5", "5: bought more lately than most") and so on down to 1, for recency, frequency or money."""
    words = {"recency": _RECENCY, "frequency": _FREQUENCY, "money": _MONEY}[name]
    return [(str(value), f"{value}: {words[value]}") for value in sorted(words, reverse=True)]


def band_name(key: str) -> str:
    """A band of days in words."""
    if key == "never":
        return now_("never")
    first, _dash, last = key.partition("-")
    if not last:
        return now_("more than %(days)s days ago") % {"days": int(first) - 1}
    if first == "0":
        return now_("in the last %(days)s days") % {"days": last}
    return now_("%(first)s to %(last)s days ago") % {"first": first, "last": last}


def rules_in_words(model: LifecycleModel) -> str:
    """When somebody counts as silent, in a sentence."""
    if model.silence == "days":
        return now_("At risk after %(risk)s days without a purchase, lost after %(lost)s.") % {
            "risk": model.at_risk_days,
            "lost": model.lost_days,
        }
    return now_(
        "At risk after a silence of %(risk)s times the member's usual gap between purchases, lost after %(lost)s times; "
        "with fewer than %(purchases)s purchases after %(risk_days)s and %(lost_days)s days."
    ) % {
        "risk": f"{model.at_risk_factor:f}",
        "lost": f"{model.lost_factor:f}",
        "purchases": model.rhythm_purchases,
        "risk_days": model.at_risk_days,
        "lost_days": model.lost_days,
    }


def life_context(life: MemberLife | None) -> dict[str, Any]:
    """What the member page says of the lifecycle; `life` is None before the first night that saw the member."""
    model = lifecycle_model()
    if life is None or model.computed_at is None:
        return {"life": None}
    return {
        "life": {
            "stage": stage_name(life.stage.stage, model.model),
            "since": life.stage.since,
            "scores": scores_in_words(life.stage),
            "computed_at": model.computed_at,
            "moves": [
                {
                    "on": move.changed_on,
                    "was": stage_name(move.from_stage, model.model),
                    "became": stage_name(move.to_stage, model.model),
                    "is_redrawn": move.is_redrawn,
                }
                for move in life.moves
            ],
        }
    }
