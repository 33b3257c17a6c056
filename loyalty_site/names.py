"""What the ground's codes are called on its pages: acts of the audit, background jobs, ticks of the clock, purposes.

The ground that shows them knows no app, so the settings hand these over. A code without a name shows as it is.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

ACTS = {
    "add": _("added"),
    "add_to_household": _("took into the household"),
    "adjust": pgettext_lazy("an act", "adjusted"),
    "apply_list": _("let the list be applied"),
    "apply_import": _("applied the import"),
    "approve": pgettext_lazy("an act", "approved"),
    "ask": _("asked for a second person"),
    "begin": _("began by itself"),
    "cancel": pgettext_lazy("an act", "cancelled"),
    "change": pgettext_lazy("an act", "changed"),
    "close": pgettext_lazy("an act", "closed"),
    "confirm": _("confirmed"),
    "decide": _("decided"),
    "correct_offline": _("corrected what was sold offline"),
    "delete": _("deleted"),
    "dismiss_offline": _("left an offline conflict as it is"),
    "discard_list": _("threw the list away"),
    "download_own": _("downloaded what we know about them"),
    "draft_list": _("read a list in"),
    "erase": pgettext_lazy("an act", "erased the person"),
    "end_sharing": _("ended the sharing"),
    "enrol": pgettext_lazy("an act", "enrolled"),
    "export_rejected_rows": _("downloaded the rejected rows"),
    "finish": pgettext_lazy("an act", "finished"),
    "freeze": pgettext_lazy("an act", "froze the account"),
    "hold": _("held back: it came too late"),
    "end_hold": _("ended a hold"),
    "issue_coupons": _("made coupons"),
    "issue_code": _("made an enrolment code"),
    "new_secret": _("made a new secret"),
    "open": pgettext_lazy("an act", "opened"),
    "pause": pgettext_lazy("an act", "paused"),
    "publish": pgettext_lazy("an act", "published"),
    "refuse": pgettext_lazy("an act", "refused"),
    "remove_from_household": _("took out of the household"),
    "remove_pin": _("removed the PIN"),
    "reopen": _("took back to the draft"),
    "resend": _("sent again"),
    "resume": _("resumed"),
    "reverse_list": _("took the list back"),
    "reveal": _("looked at phone, e-mail and address"),
    "revoke": pgettext_lazy("an act", "revoked"),
    "rotate": _("replaced the token"),
    "set_pin": _("set a PIN"),
    "set_up": _("set the company up"),
    "share_account": _("shared the account"),
    "start": pgettext_lazy("an act", "started"),
    "test": _("sent a test"),
    "withdraw_coupon": _("withdrew a coupon"),
    "transfer": _("moved points"),
    "unfreeze": pgettext_lazy("an act", "let the account go"),
    "upload_import": _("uploaded a customer file"),
}
JOBS = {
    "campaigns.advance_run": _("Send a campaign"),
    "members.send_page_code": _("Send a code for a member's own page"),
    "programs.apply_adjustments": _("Apply a list of adjustments"),
    "programs.apply_import": _("Apply an import"),
    "programs.deliver_webhooks": _("Tell webhooks"),
    "programs.check_import": _("Check an import"),
    "programs.send_warnings": _("Tell members that points burn"),
    "programs.reverse_adjustments": _("Take a list of adjustments back"),
    "programs.send_code": _("Send a code for spending"),
}
TICKS = {
    "tick": _("start due work"),
    "roll points forward": _("let due points burn or become spendable"),
    "end holds": _("give back points and coupons whose hold has timed out"),
    "start campaigns": _("start campaigns whose time has come"),
    "recover messages": _("settle messages whose sender died"),
    "warn of burning points": _("tell members that points burn soon"),
    "tell webhooks": _("find news for webhooks"),
    "seal closed days": _("seal the movements of closed days"),
    "look at the books": _("freeze accounts whose books do not add up"),
    "forget old answers": _("forget old answers to tills"),
    "forget old counters": _("forget what was counted days ago"),
    "look for misuse": _("look for misuse of points"),
}
PURPOSES = {
    "processing": _("keeping my data for the programme"),
    "marketing": _("offers and news"),
}
