from typing import override

from django.apps import AppConfig, apps
from django.contrib.auth.signals import user_logged_in
from django.db.models import ForeignKey
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from loyalty_site.ground.sessions import note_login


class GroundConfig(AppConfig):
    name = "loyalty_site.ground"
    label = "ground"
    verbose_name = _("Settings")

    @override
    def ready(self) -> None:
        import_string("loyalty_site.ground.checks.check_database")  # importing registers it
        user_logged_in.connect(note_login)
        name_links_after_what_they_lead_to()


def name_links_after_what_they_lead_to() -> None:
    """Give every foreign key without a label of its own the translated name of its target.

    Django would make a label of the name in the code, in English for everybody. Migrations do not see this.
    """
    for model in apps.get_models():
        for field in model._meta.local_fields:
            if isinstance(field, ForeignKey) and field._verbose_name is None:  # type: ignore[attr-defined]  # what the code says
                field.verbose_name = field.remote_field.model._meta.verbose_name or ""
