"""The Celery application. Tasks carry ids only; what is due lives in ground.Job."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loyalty_site.settings")

app = Celery("regulars")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["loyalty_site.ground", "members", "programs", "campaigns"])
