"""The product's settings, with what the yardsticks need beside it."""

from loyalty_site.settings import *  # noqa: F403
from loyalty_site.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "rest_framework.authtoken"]
ROOT_URLCONF = "benchmarks.urls"
LOGGING_CONFIG = None
