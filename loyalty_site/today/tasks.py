"""What needs a person, and what a fresh installation lacks."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from loyalty_site.ground.models import Job, JobState
from loyalty_site.ground.policy import Action, Principal, permits
from loyalty_site.today.charts import list_url
from members.queries.companies import companies_to_win
from programs.models import AdjustmentState, BatchState, ConflictState, FlagState, ImportState, TerminalState
from programs.queries.adjusting import waiting_decisions
from programs.queries.today import Waiting

type Link = dict[str, str]


def tasks_of(principal: Principal, waits: Waiting) -> list[Link]:
    """What needs a person, for those who may do it."""
    tasks: list[Link] = []
    imports, terminals, flags = waits.imports, waits.terminals, waits.flags
    if waits.frozen and permits(principal, Action.ACT, "programs.account"):
        text = ngettext(
            "The books of %(n)s account do not add up; it is frozen",
            "The books of %(n)s accounts do not add up; they are frozen",
            waits.frozen,
        )
        url = list_url("admin:programs_account_changelist", frozen_at__isempty="0")
        tasks.append({"text": text % {"n": waits.frozen}, "url": url})
    if imports and permits(principal, Action.ACT, "programs.importbatch"):
        text = ngettext("%(n)s import waits to be applied", "%(n)s imports wait to be applied", imports)
        url = list_url("admin:programs_importbatch_changelist", state__exact=ImportState.CHECKED)
        tasks.append({"text": text % {"n": imports}, "url": url})
    conflicts = waits.conflicts
    if conflicts and permits(principal, Action.ACT, "programs.offlineconflict"):
        text = ngettext("%(n)s offline conflict to look at", "%(n)s offline conflicts to look at", conflicts)
        url = list_url("admin:programs_offlineconflict_changelist", state__exact=ConflictState.OPEN)
        tasks.append({"text": text % {"n": conflicts}, "url": url})
    tasks += _decisions(principal)
    tasks += _companies(principal)
    tasks += _stopped_jobs(principal)
    if terminals and permits(principal, Action.VIEW, "programs.terminal"):
        text = ngettext("%(n)s terminal waits for its code", "%(n)s terminals wait for their code", terminals)
        url = list_url("admin:programs_terminal_changelist", state__exact=TerminalState.NEW)
        tasks.append({"text": text % {"n": terminals}, "url": url})
    if flags and permits(principal, Action.ACT, "programs.flag"):
        text = ngettext("%(n)s flag to look at", "%(n)s flags to look at", flags)
        url = list_url("admin:programs_flag_changelist", state__exact=FlagState.OPEN)
        tasks.append({"text": text % {"n": flags}, "url": url})
    return tasks


def _stopped_jobs(principal: Principal) -> list[Link]:
    """Background work that goes on only when somebody says so: what failed, and what was paused and forgotten."""
    if not permits(principal, Action.VIEW, "ground.job"):
        return []
    counted = Job.objects.filter(state__in=[JobState.FAILED, JobState.PAUSED]).aggregate(
        failed=Count("id", filter=Q(state=JobState.FAILED)), paused=Count("id", filter=Q(state=JobState.PAUSED))
    )
    texts = {
        JobState.FAILED: ngettext("%(n)s background job failed", "%(n)s background jobs failed", counted["failed"]),
        JobState.PAUSED: ngettext(
            "%(n)s background job is paused", "%(n)s background jobs are paused", counted["paused"]
        ),
    }
    return [
        {"text": text % {"n": counted[state]}, "url": list_url("admin:ground_job_changelist", state__exact=state)}
        for state, text in texts.items()
        if counted[state]
    ]


def _companies(principal: Principal) -> list[Link]:
    """Companies of which nobody who decides is won yet: the first task with each of them."""
    if not permits(principal, Action.ACT, "members.buyingcompany"):
        return []
    count = companies_to_win()
    if not count:
        return []
    text = ngettext(
        "%(n)s company whose decision maker is not won yet",
        "%(n)s companies whose decision makers are not won yet",
        count,
    )
    return [{"text": text % {"n": count}, "url": list_url("admin:members_buyingcompany_changelist", won="no")}]


def _decisions(principal: Principal) -> list[Link]:
    """Adjustments that wait for a second person, which whoever asked for them is not."""
    alone, lists = waiting_decisions(not_by=principal.id)
    tasks: list[Link] = []
    if alone and permits(principal, Action.ACT, "programs.adjustment"):
        text = ngettext("%(n)s adjustment waits for your decision", "%(n)s adjustments wait for your decision", alone)
        url = list_url("admin:programs_adjustment_changelist", state__exact=AdjustmentState.WAITING)
        tasks.append({"text": text % {"n": alone}, "url": url})
    if lists and permits(principal, Action.ACT, "programs.adjustmentbatch"):
        text = ngettext(
            "%(n)s list of adjustments waits for your decision",
            "%(n)s lists of adjustments wait for your decision",
            lists,
        )
        url = list_url("admin:programs_adjustmentbatch_changelist", state__exact=BatchState.WAITING)
        tasks.append({"text": text % {"n": lists}, "url": url})
    return tasks


def first_steps(principal: Principal, page: dict[str, Any], *, has_stores: bool) -> list[Link]:
    """What a fresh installation lacks, in the order in which to do it."""
    steps: list[Link] = []
    if page["company"] is None and permits(principal, Action.CHANGE, "ground.company"):
        steps.append(
            {"text": _("Say who you are: name, country, currency"), "url": list_url("admin:ground_company_changelist")}
        )
    if not page["program"] and permits(principal, Action.ACT, "programs.program"):
        steps.append({"text": _("Publish a programme"), "url": list_url("admin:programs_program_changelist")})
    if "members" in page and not page["members"]["enrolled"] and permits(principal, Action.ACT, "programs.importbatch"):
        steps.append({"text": _("Import your customers"), "url": list_url("admin:programs_importbatch_changelist")})
    if not has_stores and permits(principal, Action.ADD, "programs.store"):
        steps.append({"text": _("Add your stores and their terminals"), "url": list_url("admin:programs_store_add")})
    return steps
