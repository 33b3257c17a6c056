"""The admin's sidebar: the rooms in their order, each role seeing its own.

Extended with every room that comes to exist; the policy decides what a role may open, so a link
shows exactly when its page would open.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from loyalty_site.ground import policy

if TYPE_CHECKING:
    from django.http import HttpRequest


# (room, [(label, icon, URL name)]) in the order of the sidebar.
ROOMS: list[tuple[Any, list[tuple[Any, str, str]]]] = [
    ("", [(_("Today"), "today", "admin:index")]),
    (
        _("Members"),
        [
            (_("People"), "group", "admin:members_member_changelist"),
            (_("Companies"), "business_center", "admin:members_buyingcompany_changelist"),
            (_("Import"), "upload_file", "admin:programs_importbatch_changelist"),
            (_("Duplicates"), "join_inner", "admin:members_duplicatepair_changelist"),
            (_("Segments"), "label", "admin:members_segment_changelist"),
            (_("Consents"), "verified_user", "admin:members_consent_changelist"),
        ],
    ),
    (
        _("Programmes"),
        [
            (_("Programmes"), "loyalty", "admin:programs_program_changelist"),
            (_("Published versions"), "history", "admin:programs_programversion_changelist"),
            (_("Trials on the past"), "fast_rewind", "admin:programs_replayrun_changelist"),
            (_("Accounts"), "account_balance_wallet", "admin:programs_account_changelist"),
            (_("Lots"), "hourglass_bottom", "admin:programs_lot_changelist"),
            (_("Movements"), "swap_horiz", "admin:programs_ledgertransaction_changelist"),
            (_("Adjustments"), "tune", "admin:programs_adjustment_changelist"),
            (_("Lists of adjustments"), "playlist_add_check", "admin:programs_adjustmentbatch_changelist"),
            (_("Kinds of coupons"), "local_activity", "admin:programs_couponseries_changelist"),
            (_("Coupons"), "confirmation_number", "admin:programs_coupon_changelist"),
            (_("Categories"), "category", "admin:programs_category_changelist"),
            (_("Products"), "shopping_bag", "admin:programs_product_changelist"),
            (_("Calendars"), "event", "admin:programs_calendar_changelist"),
        ],
    ),
    (
        _("Till"),
        [
            (_("Receipts"), "receipt_long", "admin:programs_purchase_changelist"),
            (_("Offline conflicts"), "cloud_off", "admin:programs_offlineconflict_changelist"),
            (_("Holds"), "hourglass_top", "admin:programs_hold_changelist"),
            (_("Stores"), "storefront", "admin:programs_store_changelist"),
            (_("Terminals"), "point_of_sale", "admin:programs_terminal_changelist"),
            (_("Cashiers"), "badge", "admin:programs_cashier_changelist"),
            (_("Flags"), "flag", "admin:programs_flag_changelist"),
            (_("Limits"), "shield", "admin:programs_tillpolicy_changelist"),
            (_("Partners"), "handshake", "admin:programs_partner_changelist"),
            (_("Partners' cards"), "credit_card", "admin:members_cardissuer_changelist"),
        ],
    ),
    (
        _("Campaigns"),
        [
            (_("Audiences"), "groups", "admin:campaigns_audience_changelist"),
            (_("Templates"), "drafts", "admin:campaigns_template_changelist"),
            (_("Campaigns"), "campaign", "admin:campaigns_campaign_changelist"),
            (_("Recipients"), "outgoing_mail", "admin:campaigns_recipient_changelist"),
            (_("Suppressions"), "block", "admin:members_suppression_changelist"),
            (_("Contact budget"), "speed", "admin:members_contactbudget_changelist"),
        ],
    ),
    (
        _("Feedback"),
        [
            (_("NPS and satisfaction"), "sentiment_satisfied", "admin:feedback_survey_nps"),
            (_("Surveys"), "quiz", "admin:feedback_survey_changelist"),
            (_("Answers"), "forum", "admin:feedback_response_changelist"),
        ],
    ),
    (
        _("Reports"),
        [
            (_("Liability"), "account_balance", "admin:programs_account_liability"),
            (_("Base and lifecycle"), "filter_alt", "admin:programs_memberstagechange_base"),
            (_("Moves between stages"), "moving", "admin:programs_memberstagechange_changelist"),
        ],
    ),
    (
        _("Settings"),
        [
            (_("Company"), "domain", "admin:ground_company_changelist"),
            (_("Stages of members"), "stairs", "admin:programs_lifecyclemodel_changelist"),
            (_("What we keep of members"), "checklist", "admin:members_profilepolicy_changelist"),
            (_("Custom fields"), "dashboard_customize", "admin:members_customfield_changelist"),
            (_("Cards and phones"), "badge", "admin:members_identitypolicy_changelist"),
            (_("Consent wordings"), "gavel", "admin:ground_consentwording_changelist"),
            (_("Staff"), "manage_accounts", "admin:ground_user_changelist"),
            (_("Exports"), "download", "admin:ground_exportfile_changelist"),
            (_("Jobs"), "engineering", "admin:ground_job_changelist"),
            (_("Schedules"), "schedule", "admin:django_celery_beat_periodictask_changelist"),
            (_("Audit"), "fact_check", "admin:ground_audit_changelist"),
            (_("Webhooks"), "webhook", "admin:programs_webhookendpoint_changelist"),
            (_("Deliveries to webhooks"), "outbox", "admin:programs_webhookdelivery_changelist"),
        ],
    ),
]


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """unfold's navigation for the person who asks; a room with nothing to open is not shown."""
    rooms = [_room(request, title, links) for title, links in ROOMS]
    shown = [room for room in rooms if room["items"]]
    # unfold lights up every link that the address begins with; a page below another page's address has its own.
    items = [item for room in shown for item in room["items"]]
    here = max((item["link"] for item in items if request.path.startswith(item["link"])), key=len, default="")
    today = reverse("admin:index")
    for item in items:
        item["active"] = item["link"] == here and (here != today or request.path == today)
    return shown


def may_search(request: HttpRequest) -> bool:
    """Whether the field that finds a member from every page is shown: where the list it leads to would open."""
    return policy.may_open(request.principal, "admin:members_member_changelist")  # type: ignore[attr-defined]


def _room(request: HttpRequest, title: Any, links: list[tuple[Any, str, str]]) -> dict[str, Any]:
    return {
        "title": title,
        "items": [
            {"title": label, "icon": icon, "link": reverse(route)}
            for label, icon, route in links
            if policy.may_open(request.principal, route)  # type: ignore[attr-defined]
        ],
    }
