"""The pages of the designer, under a programme: its rules as sentences, and one page for each rule and reward."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext

from loyalty_site.ground import policy
from loyalty_site.ground.admin import principal_of
from loyalty_site.ground.errors import DomainError
from loyalty_site.ground.policy import Action
from programs.admin.designer import kinds
from programs.admin.designer.basket import BasketForm, in_words
from programs.admin.designer.rows import draft_page
from programs.admin.designer.sheet import RewardSheet, Sheet
from programs.admin.designer.sight import Sight
from programs.models import Program, Reward, Rule
from programs.queries.publishing import draft_difference
from programs.rules.conditions import ConditionError
from programs.rules.documents import DocumentError
from programs.services import drafts
from programs.services.programs import draft_document, raw_reward, raw_rule

_ADD_CONDITION, _ADD_LIMIT = "condition", "limit"


class DesignerPages:
    """Mixed into the programme's admin: what is under programme / rules."""

    admin_site: Any
    opts: Any

    def designer_urls(self) -> list[URLPattern]:
        """Routes, all with the programme's id in front."""
        views = [
            ("rules/", self.rules_page, "rules"),
            ("rules/add/", self.rule_add_page, "rule_add"),
            ("rules/<int:rule_id>/", self.rule_page, "rule"),
            ("rules/<int:rule_id>/delete/", self.rule_delete_page, "rule_delete"),
            ("rewards/add/", self.reward_add_page, "reward_add"),
            ("rewards/<int:reward_id>/", self.reward_page, "reward"),
            ("rewards/<int:reward_id>/delete/", self.reward_delete_page, "reward_delete"),
        ]
        return [
            path(f"<int:object_id>/{where}", self.admin_site.admin_view(view), name=f"programs_program_{name}")
            for where, view, name in views
        ]

    def rules_page(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """The draft as sentences, and a basket to try it on."""
        program = _opened(request, "rules", object_id)
        if request.method == "POST" and "try" not in request.POST:
            return self._deed(request, program)
        document = draft_document(program)
        page = draft_page(program, document, now=timezone.now())
        who = principal_of(request)
        basket = BasketForm(
            page.sight,
            data=request.POST if request.method == "POST" else None,
            may_see_members=policy.permits(who, Action.VIEW, "members.member"),
            now=timezone.now(),
        )
        answer = problem = None
        if request.method == "POST" and basket.is_valid():
            try:
                answer = in_words(basket.ask(document, now=timezone.now()), page.sight)
            except (DocumentError, ConditionError) as error:
                problem = error.said.message(gettext)
            except DomainError as refusal:  # points may not pay so
                problem = refusal.message(gettext)
        is_changed = bool(draft_difference(program, document))
        is_ready = is_changed and bool(page.rules)
        context = {
            "page": page,
            "basket": basket,
            "answer": answer,
            "basket_problem": problem,
            "who": basket.cleaned_data.get("member") if answer else None,
            "may_add": policy.permits(who, Action.ADD, "programs.rule"),
            "may_change": policy.permits(who, Action.CHANGE, "programs.rule"),
            "may_delete": policy.permits(who, Action.DELETE, "programs.rule"),
            "may_publish": policy.permits(who, Action.ACT, "programs.program"),
            "may_change_program": policy.permits(who, Action.CHANGE, "programs.program"),
            "is_changed": is_changed,
            # One next step stands out: to publish what is there, or to begin with a rule.
            "publish_look": "primary" if is_ready else "default",
            "add_look": "default" if is_ready else "primary",
        }
        return self._answer(request, program, "rules", gettext("Rules of %(name)s") % {"name": program.name}, context)

    def _deed(self, request: HttpRequest, program: Program) -> HttpResponse:
        who, now = principal_of(request), timezone.now()
        if not policy.permits(who, Action.CHANGE, "programs.rule"):
            raise PermissionDenied
        deed, _colon, said = request.POST.get("do", "").partition(":")
        pk = int(said) if said.isdecimal() and len(said) < 19 else 0
        if deed.startswith("reward-"):
            reward = get_object_or_404(Reward, program=program, pk=pk)
            drafts.switch_reward(reward=reward, is_active=deed == "reward-on", actor=who, now=now)
        else:
            rule = get_object_or_404(Rule, program=program, pk=pk)
            if deed in {"up", "down"}:
                drafts.move_rule(rule=rule, by=-1 if deed == "up" else 1, actor=who, now=now)
            elif deed in {"on", "off"}:
                drafts.switch_rule(rule=rule, is_active=deed == "on", actor=who, now=now)
        return HttpResponseRedirect(
            f"{_url('rules', program)}#{'reward' if deed.startswith('reward-') else 'rule'}-{pk}"
        )

    def rule_add_page(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """First what it gives, then the rest."""
        program = _opened(request, "rule_add", object_id)
        effect = request.POST.get("effect") or request.GET.get("then", "")
        if effect not in kinds.EFFECT_KINDS:
            context = {"groups": kinds.offered_effects(), "url": _url("rule_add", program)}
            return self._answer(request, program, "kinds", gettext("New rule: what does it give?"), context)
        return self._write_rule(request, program, None, effect)

    def rule_page(self, request: HttpRequest, object_id: int, rule_id: int) -> HttpResponse:
        """One rule of the draft."""
        program = _opened(request, "rule", object_id)
        rule = get_object_or_404(Rule, program=program, pk=rule_id)
        effect = request.POST.get("effect") or str(rule.effect.get("type"))
        if effect not in kinds.EFFECT_KINDS:  # it was written by hand, or by a version of ours that knows more
            effect = next(iter(kinds.EFFECT_KINDS))
        return self._write_rule(request, program, rule, effect)

    def _write_rule(self, request: HttpRequest, program: Program, rule: Rule | None, effect: str) -> HttpResponse:
        document = draft_document(program)
        sight = Sight.of(program, document, [*([raw_rule(rule)] if rule else []), *document["rules"]])
        not_saved = ""
        if request.method == "POST":
            do, not_saved = _asked(request)
            is_judged = do == "save" and not request.POST.get("away")
            changed = request.POST.get("then-kind", "")
            if do == "effect" and changed in kinds.EFFECT_KINDS:
                effect = changed
            sheet = Sheet.posted(sight, request.POST, effect=effect, is_judged=is_judged)
            if do == _ADD_CONDITION:
                sheet.add_condition(request.POST.get("when-kind", ""))
            elif do == _ADD_LIMIT:
                sheet.add_limit()
            elif is_judged:
                if sheet.is_valid():
                    return self._save_rule(request, program, rule, sheet)
                not_saved = "wrong"
        elif rule is None or rule.effect.get("type") != effect:
            sheet = Sheet.blank(sight, effect)
        else:
            sheet = Sheet.of(sight, name=rule.name, conditions=rule.conditions, effect=rule.effect)
        context = {
            "rule": rule,
            "sheet": sheet,
            "not_saved": not_saved,
            "kind": kinds.EFFECT_KINDS[effect],
            "condition_groups": kinds.offered_conditions(),
            "effect_groups": kinds.offered_effects(),
            "may_delete": rule and policy.permits(principal_of(request), Action.DELETE, "programs.rule"),
        }
        title = rule.name if rule else gettext("New rule: %(effect)s") % {"effect": kinds.EFFECT_KINDS[effect].says}
        return self._answer(request, program, "rule", title, context)

    def _save_rule(self, request: HttpRequest, program: Program, rule: Rule | None, sheet: Sheet) -> HttpResponse:
        who, now = principal_of(request), timezone.now()
        if rule is None:
            taken = set(program.rules.values_list("key", flat=True))
            key = drafts.key_from(sheet.rule.cleaned_data["name"], taken, otherwise="rule")
            saved = drafts.add_rule(program=program, wish=sheet.wish(key=key), key=key, actor=who, now=now)
        else:
            drafts.change_rule(rule=rule, wish=sheet.wish(key=rule.key), actor=who, now=now)
            saved = rule
        messages.success(
            request,
            gettext("“%(name)s” is saved in the draft. Tills follow it once the draft is published.")
            % {"name": sheet.rule.cleaned_data["name"]},
        )
        return HttpResponseRedirect(f"{_url('rules', program)}#rule-{saved.pk}")

    def rule_delete_page(self, request: HttpRequest, object_id: int, rule_id: int) -> HttpResponse:
        """Ask, then throw away."""
        program = _opened(request, "rule_delete", object_id)
        rule = get_object_or_404(Rule, program=program, pk=rule_id)
        if request.method == "POST":
            drafts.remove_rule(rule=rule, actor=principal_of(request), now=timezone.now())
            messages.success(request, gettext("“%(name)s” is out of the draft.") % {"name": rule.name})
            return HttpResponseRedirect(_url("rules", program))
        return self._answer(request, program, "delete", gettext("Delete %(name)s") % {"name": rule.name}, {"one": rule})

    def reward_add_page(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """First what it takes off, then its cost."""
        program = _opened(request, "reward_add", object_id)
        effect = request.POST.get("effect") or request.GET.get("then", "")
        if effect not in kinds.REWARD_TYPES:
            context = {"groups": kinds.offered_rewards(), "url": _url("reward_add", program)}
            return self._answer(request, program, "kinds", gettext("New reward: what do points buy?"), context)
        return self._write_reward(request, program, None, effect)

    def reward_page(self, request: HttpRequest, object_id: int, reward_id: int) -> HttpResponse:
        """One reward of the draft."""
        program = _opened(request, "reward", object_id)
        reward = get_object_or_404(Reward, program=program, pk=reward_id)
        effect = request.POST.get("effect") or str(reward.effect.get("type"))
        return self._write_reward(
            request, program, reward, effect if effect in kinds.REWARD_TYPES else next(iter(kinds.REWARD_TYPES))
        )

    def _write_reward(self, request: HttpRequest, program: Program, reward: Reward | None, effect: str) -> HttpResponse:
        document = draft_document(program)
        sight = Sight.of(program, document, [*([raw_reward(reward)] if reward else []), *document["rules"]])
        not_saved = ""
        if request.method == "POST":
            do, not_saved = _asked(request)
            is_judged = do == "save" and not request.POST.get("away")
            sheet = RewardSheet.posted(sight, request.POST, effect=effect, is_judged=is_judged)
            if do == _ADD_CONDITION:
                sheet.add_condition(request.POST.get("when-kind", ""))
            elif is_judged:
                if sheet.is_valid():
                    self._save_reward(request, program, reward, sheet)
                    return HttpResponseRedirect(f"{_url('rules', program)}#rewards")
                not_saved = "wrong"
        elif reward is not None and reward.effect.get("type") == effect:
            initial = {"name": reward.name, "cost": _shown(reward.cost, program.point_decimals)}
            sheet = RewardSheet.of(sight, reward.effect, initial, reward.conditions)
        else:
            sheet = RewardSheet.of(sight, {"type": effect})
        kind = kinds.EFFECT_KINDS[effect]
        title = reward.name if reward else gettext("New reward: %(effect)s") % {"effect": kind.says}
        may_delete = reward and policy.permits(principal_of(request), Action.DELETE, "programs.reward")
        known = {"reward": reward, "sheet": sheet, "kind": kind, "not_saved": not_saved}
        context = known | {"condition_groups": kinds.offered_conditions(), "may_delete": may_delete}
        return self._answer(request, program, "reward", title, context)

    def _save_reward(self, request: HttpRequest, program: Program, reward: Reward | None, sheet: RewardSheet) -> None:
        who, now = principal_of(request), timezone.now()
        wish = sheet.wish()
        if reward is None:
            key = drafts.key_from(wish.name, set(program.rewards.values_list("key", flat=True)), otherwise="reward")
            drafts.add_reward(program=program, wish=wish, key=key, actor=who, now=now)
        else:
            drafts.change_reward(reward=reward, wish=wish, actor=who, now=now)
        messages.success(
            request,
            gettext("“%(name)s” is saved in the draft. Tills follow it once the draft is published.")
            % {"name": wish.name},
        )

    def reward_delete_page(self, request: HttpRequest, object_id: int, reward_id: int) -> HttpResponse:
        """Ask, then throw away."""
        program = _opened(request, "reward_delete", object_id)
        reward = get_object_or_404(Reward, program=program, pk=reward_id)
        if request.method == "POST":
            drafts.remove_reward(reward=reward, actor=principal_of(request), now=timezone.now())
            messages.success(request, gettext("“%(name)s” is out of the draft.") % {"name": reward.name})
            return HttpResponseRedirect(f"{_url('rules', program)}#rewards")
        title = gettext("Delete %(name)s") % {"name": reward.name}
        return self._answer(request, program, "delete", title, {"one": reward})

    def _answer(
        self, request: HttpRequest, program: Program, page: str, title: str, context: Mapping[str, Any]
    ) -> HttpResponse:
        known = {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            "original": program,
            "program": program,
            **context,
        }
        return TemplateResponse(request, f"programs/designer/{page}.html", known)


def _asked(request: HttpRequest) -> tuple[str, str]:
    """What the page's button wants, and why nothing is saved yet ("": nothing hinders)."""
    do = request.POST.get("do", "")
    if do == "save" and request.POST.get("when-kind", "") in kinds.CONDITION_KINDS:
        # Chosen and not added: without it the rule would always count.
        return _ADD_CONDITION, "chosen"
    return do, ""


def _opened(request: HttpRequest, route: str, object_id: int) -> Program:
    """The programme, for whoever may open the page."""
    if not policy.may_open(principal_of(request), f"admin:programs_program_{route}"):
        raise PermissionDenied
    return get_object_or_404(Program, pk=object_id)


def _url(route: str, program: Program) -> str:
    return reverse(f"admin:programs_program_{route}", args=[program.pk])


def _shown(cost: Any, decimals: int) -> str:
    return f"{cost:.{decimals}f}"
