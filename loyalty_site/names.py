"""What the ground's codes are called on its pages: acts of the audit, background jobs, ticks of the clock, purposes.

The ground that shows them knows no app, so the settings hand these over. A code without a name shows as it is.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

ACTS = {
    "add": _("added"),
    "apply_import": _("applied the import"),
    "approve": pgettext_lazy("an act", "approved"),
    "begin": _("began by itself"),
    "cancel": pgettext_lazy("an act", "cancelled"),
    "change": pgettext_lazy("an act", "changed"),
    "close": pgettext_lazy("an act", "closed"),
    "confirm": _("confirmed"),
    "decide": _("decided"),
    "delete": _("deleted"),
    "enrol": pgettext_lazy("an act", "enrolled"),
    "export_rejected_rows": _("downloaded the rejected rows"),
    "finish": pgettext_lazy("an act", "finished"),
    "hold": _("held back: it came too late"),
    "issue_code": _("made an enrolment code"),
    "open": pgettext_lazy("an act", "opened"),
    "pause": pgettext_lazy("an act", "paused"),
    "publish": pgettext_lazy("an act", "published"),
    "remove_pin": _("removed the PIN"),
    "reopen": _("took back to the draft"),
    "resume": _("resumed"),
    "revoke": pgettext_lazy("an act", "revoked"),
    "rotate": _("replaced the token"),
    "set_pin": _("set a PIN"),
    "set_up": _("set the company up"),
    "start": pgettext_lazy("an act", "started"),
    "test": _("sent a test"),
    "upload_import": _("uploaded a customer file"),
}
JOBS = {
    "campaigns.advance_run": _("Send a campaign"),
    "programs.apply_import": _("Apply an import"),
    "programs.check_import": _("Check an import"),
    "programs.send_code": _("Send a code for spending"),
}
TICKS = {
    "tick": _("start due work"),
    "roll points forward": _("let due points burn or become spendable"),
    "start campaigns": _("start campaigns whose time has come"),
    "recover messages": _("settle messages whose sender died"),
    "forget old answers": _("forget old answers to tills"),
    "forget old counters": _("forget what was counted days ago"),
    "look for misuse": _("look for misuse of points"),
}
PURPOSES = {
    "processing": _("keeping my data for the programme"),
    "marketing": _("offers and news"),
}
