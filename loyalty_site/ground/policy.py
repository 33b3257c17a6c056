"""The one place that decides who may do what: (principal, action, resource), for API, admin and every page.

Pure data and functions; resources are named by strings because the ground knows no app. A generated test
walks every URL with every principal, and a URL that ROUTES or RESOURCES does not know fails it. Row-level
limits (a shop manager's stores, a terminal's partner) are on the Principal and applied by the queries.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

ADMINISTRATOR = "administrator"
MARKETING = "marketing"
SUPPORT = "support"
ACCOUNTANT = "accountant"
SHOP_MANAGER = "shop_manager"
ALL_ROLES = frozenset({ADMINISTRATOR, MARKETING, SUPPORT, ACCOUNTANT, SHOP_MANAGER})


class Kind(StrEnum):
    """What sort of somebody asks."""

    ANONYMOUS = "anonymous"
    STAFF = "staff"
    TERMINAL = "terminal"
    SYSTEM = "system"  # our own worker and commands


class Action(StrEnum):
    """What may be done with a resource. `act` is a page or button that is more than viewing, `export` takes the list
    out of the house as a file."""

    VIEW = "view"
    ADD = "add"
    CHANGE = "change"
    DELETE = "delete"
    ACT = "act"
    EXPORT = "export"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks. `store_ids` None means every store; an empty set means none."""

    kind: Kind
    id: int | None = None
    label: str = ""
    role: str = ""
    scopes: frozenset[str] = frozenset()
    store_ids: frozenset[int] | None = None


ANONYMOUS = Principal(Kind.ANONYMOUS)


def system(label: str) -> Principal:
    """Ourselves, at work for nobody in particular; `label` says which part (it lands in the audit)."""
    return Principal(Kind.SYSTEM, label=label, role=ADMINISTRATOR)


type Grants = dict[Action, frozenset[str]]


def _grants(view: str, add: str = "", change: str = "", delete: str = "", act: str = "", export: str = "") -> Grants:
    """Roles by their first letters: a(dministrator) m(arketing) s(upport) c(ontroller, the accountant) o(utlet manager)."""
    letters = {"a": ADMINISTRATOR, "m": MARKETING, "s": SUPPORT, "c": ACCOUNTANT, "o": SHOP_MANAGER}
    words = zip(Action, (view, add, change, delete, act, export), strict=True)
    return {action: frozenset(letters[letter] for letter in word) for action, word in words}


# The declared table. An action that is not granted is refused, for the administrator too: nobody edits a ledger.
# A list of people leaves the house by an administrator only (R49); of things and money, by who works with them.
RESOURCES: dict[str, Grants] = {
    "ground.today": _grants("amsco"),
    "ground.company": _grants("a", "a", "a"),
    "ground.consentwording": _grants("am", "a"),
    "ground.user": _grants("a", "a", "a"),
    "ground.job": _grants("a"),
    "ground.audit": _grants("a", export="a"),
    # Each sees the own files; a list's own right to be exported decides what becomes one.
    "ground.exportfile": _grants("amc"),
    # To act on a member is to erase them.
    "members.member": _grants("ams", "as", "as", "", "as", export="a"),
    # To view is to see that there is a phone; to act, to see the phone itself or to change keys, which the audit notes.
    "members.identifier": _grants("as", "", "", "", "as"),
    "members.identitypolicy": _grants("as", "a", "a"),
    # Companies that buy. To act is to change their people and what those may do at the till.
    "members.buyingcompany": _grants("ams", "as", "as", "", "as", export="a"),
    "members.cardissuer": _grants("asc", "a", "a", export="a"),
    "members.customfield": _grants("ams", "am", "am", export="a"),
    # To act is to have it refreshed at once.
    "members.segment": _grants("ams", "am", "am", "am", "am"),
    "members.profilepolicy": _grants("ams", "a", "a"),
    "members.relation": _grants("as", "", "", "", "as"),
    "members.duplicatepair": _grants("as", "", "", "", "as", export="a"),
    # To act is to note what somebody said about offers.
    "members.consent": _grants("ams", "", "", "", "as", export="a"),
    "members.message": _grants("ams", export="a"),
    # To act is to write one or take one back.
    "members.notice": _grants("ams", "", "", "", "as"),
    "members.suppression": _grants("ams", export="a"),
    "members.contactbudget": _grants("am", "a", "a", "a"),
    "programs.importbatch": _grants("am", "am", "", "", "am", export="a"),
    "programs.program": _grants("amc", "am", "am", "", "am", export="ac"),
    "programs.tier": _grants("amc", "am", "am", "am"),
    "programs.rule": _grants("amc", "am", "am", "am"),
    "programs.reward": _grants("amc", "am", "am", "am"),
    "programs.calendar": _grants("amc", "am", "am"),
    "programs.calendarday": _grants("amc", "am", "am", "am"),
    "programs.programversion": _grants("amc", export="ac"),
    # To act is to change what a forecast assumes.
    "programs.replayrun": _grants("amc", "am", "", "", "amc", export="ac"),
    "programs.category": _grants("am", "am", "am", export="am"),
    # To act is to see what a product costs us; who may change products as well may change that.
    "programs.product": _grants("amc", "am", "am", "", "amc", export="amc"),
    "programs.partner": _grants("ac", "a", "a", export="ac"),
    "programs.store": _grants("amsco", "a", "a", export="ac"),
    "programs.terminal": _grants("ao", "a", "a", "", "a", export="a"),
    "programs.cashier": _grants("ao", "ao", "ao", export="a"),
    "programs.tillpolicy": _grants("amc", "a", "a"),
    "programs.flag": _grants("aso", "", "", "", "aso", export="a"),
    "programs.purchase": _grants("amsco", export="ac"),
    "programs.offlineconflict": _grants("asco", "", "", "", "as", export="ac"),
    "programs.webhookendpoint": _grants("a", "a", "a", "a", "a"),
    "programs.webhookdelivery": _grants("a", "", "", "", "a", export="a"),
    "programs.account": _grants("amsc", "", "", "", "ac", export="ac"),
    "programs.hold": _grants("amsco", "", "", "", "aso", export="a"),
    "programs.couponseries": _grants("amsc", "am", "am", "", "ams", export="am"),
    "programs.coupon": _grants("amsc", "", "", "", "ams", export="a"),
    "programs.lot": _grants("amsc", export="ac"),
    "programs.ledgertransaction": _grants("asc", export="ac"),
    "programs.lifecyclemodel": _grants("amsc", "am", "am"),
    "programs.memberstagechange": _grants("amsc", export="a"),
    # Support asks; whoever answers for the money decides.
    "programs.adjustment": _grants("asc", "as", "", "", "ac", export="ac"),
    "programs.adjustmentbatch": _grants("amsc", "amsc", "", "", "ac", export="ac"),
    "campaigns.template": _grants("amc", "am", "am", "am", "am", export="am"),
    "campaigns.audience": _grants("amc", "am", "am", export="am"),
    "campaigns.campaign": _grants("amc", "am", "am", "", "am", export="am"),
    "campaigns.recipient": _grants("amc", export="a"),
    "feedback.survey": _grants("ams", "am", "am", "", "am", export="am"),
    "feedback.invitation": _grants("ams", export="a"),
    "feedback.response": _grants("ams", export="a"),
    "django_celery_beat.periodictask": _grants("a", "", "a"),
    "django_celery_beat.intervalschedule": _grants("a", "", "a"),
    "django_celery_beat.crontabschedule": _grants("a", "", "a"),
}


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may open a URL: staff by resource and action, terminals by scope (or any of them), anybody, or any
    signed-in staff."""

    resource: str = ""
    action: Action = Action.VIEW
    scope: str = ""
    anybody: bool = False
    any_staff: bool = False
    any_terminal: bool = False


# URL names that do not follow the admin's app_model_view pattern.
ROUTES: dict[str, Rule] = {
    "admin:index": Rule("ground.today"),
    "admin:login": Rule(anybody=True),
    "admin:logout": Rule(any_staff=True),
    "admin:password_change": Rule(any_staff=True),
    "admin:password_change_done": Rule(any_staff=True),
    "admin:jsi18n": Rule(any_staff=True),
    # Any of the staff may ask; each answer is limited to what the asked rows' own resource allows.
    "admin:autocomplete": Rule(any_staff=True),
    "admin:search": Rule(any_staff=True),
    "admin:view_on_site": Rule(any_staff=True),
    "admin:app_list": Rule(any_staff=True),
    "admin:auth_user_password_change": Rule("ground.user", Action.CHANGE),
    "admin:programs_importbatch_meaning": Rule("programs.importbatch", Action.ACT),
    "admin:programs_importbatch_check": Rule("programs.importbatch"),
    "admin:programs_importbatch_apply": Rule("programs.importbatch", Action.ACT),
    "admin:programs_importbatch_done": Rule("programs.importbatch"),
    "admin:programs_importbatch_progress": Rule("programs.importbatch"),
    "admin:programs_importbatch_pause": Rule("programs.importbatch", Action.ACT),
    "admin:programs_importbatch_discard": Rule("programs.importbatch", Action.ACT),
    "admin:programs_importbatch_rejected": Rule("programs.importbatch", Action.ACT),
    "admin:programs_importbatch_undo": Rule("programs.importbatch", Action.ACT),
    "admin:programs_importbatch_kept": Rule("programs.importbatch", Action.ACT),
    "admin:ground_exportfile_download": Rule("ground.exportfile"),
    "admin:ground_exportfile_progress": Rule("ground.exportfile"),
    "admin:members_segment_refresh": Rule("members.segment", Action.ACT),
    "admin:members_member_adjust": Rule("programs.adjustment", Action.ADD),
    "admin:members_member_reinstate": Rule("programs.adjustment", Action.ADD),
    "admin:members_member_tier": Rule("programs.account", Action.ACT),
    "admin:members_member_reveal": Rule("members.identifier", Action.ACT),
    "admin:members_member_own_page": Rule("members.identifier", Action.ACT),
    "members_member_erase": Rule("members.member", Action.ACT),
    "members_member_timeline": Rule("members.member"),
    "admin:members_duplicatepair_merge": Rule("members.duplicatepair", Action.ACT),
    "admin:members_duplicatepair_apart": Rule("members.duplicatepair", Action.ACT),
    "admin:members_duplicatepair_undo": Rule("members.duplicatepair", Action.ACT),
    "admin:members_duplicatepair_search": Rule("members.duplicatepair", Action.ACT),
    "admin:members_member_key": Rule("members.identifier", Action.ACT),
    "admin:members_member_consents": Rule("members.consent", Action.ACT),
    "admin:members_member_notices": Rule("members.notice", Action.ACT),
    "admin:members_member_lending": Rule("members.relation", Action.ACT),
    "admin:members_buyingcompany_deed": Rule("members.buyingcompany", Action.ACT),
    "admin:members_member_household": Rule("members.relation", Action.ACT),
    "admin:programs_adjustment_approve": Rule("programs.adjustment", Action.ACT),
    "admin:programs_adjustment_refuse": Rule("programs.adjustment", Action.ACT),
    # Whoever may ask may take it back; the service looks whose it is.
    "admin:programs_adjustment_withdraw": Rule("programs.adjustment", Action.ADD),
    "admin:programs_adjustmentbatch_ask": Rule("programs.adjustmentbatch", Action.ADD),
    "admin:programs_adjustmentbatch_discard": Rule("programs.adjustmentbatch", Action.ADD),
    "admin:programs_adjustmentbatch_pause": Rule("programs.adjustmentbatch", Action.ADD),
    "admin:programs_adjustmentbatch_progress": Rule("programs.adjustmentbatch"),
    "admin:programs_adjustmentbatch_approve": Rule("programs.adjustmentbatch", Action.ACT),
    "admin:programs_adjustmentbatch_refuse": Rule("programs.adjustmentbatch", Action.ACT),
    "admin:programs_adjustmentbatch_reverse": Rule("programs.adjustmentbatch", Action.ACT),
    "admin:programs_program_publish": Rule("programs.program", Action.ACT),
    "admin:programs_program_try_on_past": Rule("programs.replayrun", Action.ADD),
    "admin:programs_replayrun_progress": Rule("programs.replayrun"),
    "admin:programs_replayrun_pause": Rule("programs.replayrun", Action.ACT),
    "admin:programs_replayrun_assume": Rule("programs.replayrun", Action.ACT),
    "admin:programs_replayrun_file": Rule("programs.replayrun"),
    "admin:programs_program_readiness": Rule("programs.program", Action.CHANGE),
    "admin:programs_program_draft_terms": Rule("programs.program"),
    "admin:programs_program_start": Rule("programs.program", Action.ADD),
    "admin:programs_programversion_compare": Rule("programs.programversion"),
    "admin:programs_program_design": Rule("programs.rule"),
    "admin:programs_program_rules": Rule("programs.rule"),
    "admin:programs_program_rule_add": Rule("programs.rule", Action.ADD),
    "admin:programs_program_rule": Rule("programs.rule", Action.CHANGE),
    "admin:programs_program_rule_delete": Rule("programs.rule", Action.DELETE),
    "admin:programs_program_reward_add": Rule("programs.reward", Action.ADD),
    "admin:programs_program_reward": Rule("programs.reward", Action.CHANGE),
    "admin:programs_program_reward_delete": Rule("programs.reward", Action.DELETE),
    "admin:programs_program_join_poster": Rule("programs.program"),
    "admin:programs_store_join_poster": Rule("programs.store"),
    "admin:programs_terminal_new_code": Rule("programs.terminal", Action.ACT),
    "admin:programs_webhookendpoint_secret": Rule("programs.webhookendpoint", Action.ACT),
    "admin:programs_webhookdelivery_send_again": Rule("programs.webhookdelivery", Action.ACT),
    "admin:programs_offlineconflict_decide": Rule("programs.offlineconflict", Action.ACT),
    "admin:programs_account_liability": Rule("programs.programversion"),
    "admin:programs_memberstagechange_base": Rule("programs.memberstagechange"),
    "admin:programs_account_unfreeze": Rule("programs.account", Action.ACT),
    "admin:programs_hold_release": Rule("programs.hold", Action.ACT),
    "admin:programs_couponseries_issue": Rule("programs.couponseries", Action.ACT),
    "admin:programs_coupon_withdraw": Rule("programs.coupon", Action.ACT),
    "admin:programs_terminal_revoke": Rule("programs.terminal", Action.ACT),
    "admin:programs_flag_decide": Rule("programs.flag", Action.ACT),
    "admin:members_member_spending_pin": Rule("members.member", Action.CHANGE),
    # With a real member's name and points, so not for everybody who may read the template.
    "admin:campaigns_template_preview": Rule("campaigns.template", Action.ACT),
    "admin:campaigns_template_send_test": Rule("campaigns.template", Action.ACT),
    "admin:campaigns_template_start": Rule("campaigns.template", Action.ADD),
    "admin:campaigns_audience_count": Rule("campaigns.audience"),
    "admin:campaigns_campaign_review": Rule("campaigns.campaign"),
    "admin:campaigns_campaign_progress": Rule("campaigns.campaign"),
    **{
        f"admin:campaigns_campaign_{step}": Rule("campaigns.campaign", Action.ACT)
        for step in ("approve", "send", "reopen", "confirm", "pause", "resume", "cancel")
    },
    "admin:campaigns_campaign_copy": Rule("campaigns.campaign", Action.ADD),
    "admin:feedback_survey_nps": Rule("feedback.survey"),
    "admin:feedback_survey_preview": Rule("feedback.survey"),
    "admin:feedback_survey_open": Rule("feedback.survey", Action.ACT),
    "admin:feedback_survey_close": Rule("feedback.survey", Action.ACT),
    "home": Rule(anybody=True),
    "health": Rule(anybody=True),
    "set_language": Rule(anybody=True),
    # The token in the address is the key.
    "feedback:survey": Rule(anybody=True),
    "feedback:thanks": Rule(anybody=True),
    "campaigns:test_link": Rule(anybody=True),
    "terms": Rule(anybody=True),
    "join": Rule(anybody=True),
    # The till's page and what makes it an app hold no data; of the others the code or the token in the request is the key.
    **dict.fromkeys(
        ("till:home", "till:page", "till:worker", "till:manifest", "till:icon", "till:enrol", "till:leave"),
        Rule(anybody=True),
    ),
    "join_confirm": Rule(anybody=True),
    "members:preferences": Rule(anybody=True),
    "own_page:about": Rule(anybody=True),
    "own_page:download": Rule(anybody=True),
    "own_page:leave": Rule(anybody=True),
    "members:unsubscribe": Rule(anybody=True),
    "api:schema": Rule(anybody=True),
    "api:docs": Rule(anybody=True),
    "api:enrol-terminal": Rule(anybody=True),
    "api:rotate-token": Rule(any_terminal=True),
    "api:workplace": Rule(any_terminal=True),
    "api:cashier-sign-in": Rule(any_terminal=True),
    "api:cashier-sign-out": Rule(any_terminal=True),
    # Names and prices of goods, as on the shelf.
    "api:products": Rule(any_terminal=True),
    "api:spending-code": Rule(scope="redeem"),
    "api:member-pin": Rule(scope="redeem"),
    "api:lookup": Rule(scope="lookup"),
    "api:quote": Rule(scope="earn"),
    "api:sale": Rule(scope="earn"),
    "api:return": Rule(scope="return"),
    # Returns in it ask for their own scope, receipt by receipt.
    "api:offline-batch": Rule(scope="earn"),
    "api:void": Rule(scope="return"),
    "api:find-receipt": Rule(scope="return"),
    # Shown to pick one from and take goods back; a till that only sells has printed its receipts.
    "api:recent-receipts": Rule(scope="return"),
    "api:member": Rule(scope="enrol"),
    "api:member-consents": Rule(scope="enrol"),
    "api:member-own-page": Rule(scope="own_page"),
    "api:notice-done": Rule(scope="hints"),
    "api:hold": Rule(scope="earn"),
    "api:commit-hold": Rule(scope="earn"),
    "api:release-hold": Rule(scope="earn"),
}


@dataclass(frozen=True, slots=True)
class PasswordGuard:
    """The password is asked for again before a request by `method`, from the one after `after` in an hour on."""

    method: str = "POST"
    after: int = 0


# What a screen left open must not do (R47): data of many out of the house, merging, erasing, points by hand. Every
# order of an export is meant by its action.
PASSWORD_AGAIN: dict[str, PasswordGuard] = {
    "members_member_erase": PasswordGuard(),
    "admin:members_duplicatepair_merge": PasswordGuard(),
    "admin:members_duplicatepair_undo": PasswordGuard(),
    "admin:ground_exportfile_download": PasswordGuard("GET"),
    "admin:programs_importbatch_rejected": PasswordGuard("GET"),
    "admin:programs_importbatch_kept": PasswordGuard("GET"),
    # One look is daily work and is audited; many are a copy of the base.
    "admin:members_member_reveal": PasswordGuard(after=20),
    "admin:members_member_own_page": PasswordGuard(after=20),
    "admin:members_member_adjust": PasswordGuard(),
    "admin:members_member_reinstate": PasswordGuard(),
    "admin:members_member_tier": PasswordGuard(),
    "admin:programs_adjustment_approve": PasswordGuard(),
    "admin:programs_adjustmentbatch_ask": PasswordGuard(),
    "admin:programs_adjustmentbatch_approve": PasswordGuard(),
    "admin:programs_adjustmentbatch_reverse": PasswordGuard(),
}


def asks_password(route: str) -> PasswordGuard | None:
    """How the URL of this name is guarded by the password, or None."""
    rule = rule_for(route)
    if rule is not None and rule.action is Action.EXPORT:
        return PasswordGuard()
    return PASSWORD_AGAIN.get(route)


_ADMIN_VIEWS = {
    "changelist": Action.VIEW,
    "add": Action.ADD,
    "change": Action.VIEW,  # the page opens read-only without the right to change
    "delete": Action.DELETE,
    "history": Action.VIEW,
    "export": Action.EXPORT,
}


def rule_for(route: str) -> Rule | None:
    """The rule of a URL name such as 'admin:programs_store_changelist'; None when nobody declared one."""
    if route in ROUTES:
        return ROUTES[route]
    if not route.startswith("admin:"):
        return None
    name, _, view = route.removeprefix("admin:").rpartition("_")
    resource = next((known for known in RESOURCES if known.replace(".", "_") == name), None)
    action = _ADMIN_VIEWS.get(view)
    return Rule(resource, action) if resource and action else None


def permits(principal: Principal, action: Action, resource: str) -> bool:
    """May `principal` do `action` to rows of `resource` at all? Unknown resources are refused."""
    if principal.kind not in {Kind.STAFF, Kind.SYSTEM}:
        return False
    return principal.role in RESOURCES.get(resource, {}).get(action, frozenset())


def may_open(principal: Principal, route: str) -> bool:
    """May `principal` open the URL of this name?"""
    rule = rule_for(route)
    if rule is None:
        return False
    if rule.anybody:
        return True
    if rule.scope:
        return principal.kind is Kind.TERMINAL and rule.scope in principal.scopes
    if rule.any_terminal:
        return principal.kind is Kind.TERMINAL
    if rule.any_staff:
        return principal.kind is Kind.STAFF
    return permits(principal, rule.action, rule.resource)
