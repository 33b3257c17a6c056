"""The composition root: settings, URLs, Celery, API error mapping. It alone knows every app."""
