from typing import override

from django.apps import AppConfig
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _


class GroundConfig(AppConfig):
    name = "loyalty_site.ground"
    label = "ground"
    verbose_name = _("Settings")

    @override
    def ready(self) -> None:
        import_string("loyalty_site.ground.checks.check_database")  # importing registers it
