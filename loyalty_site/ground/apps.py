from django.apps import AppConfig


class GroundConfig(AppConfig):
    name = "loyalty_site.ground"
    label = "ground"
    verbose_name = "Settings"
