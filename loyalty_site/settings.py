"""All settings, from the environment, with safe defaults or a loud failure. docs/operations.md lists them."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlparse

from celery.schedules import crontab
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from loyalty_site import catalogues, names
from loyalty_site.embedded import broker, postgres, processes
from loyalty_site.embedded.environment import setting
from loyalty_site.navigation import may_search, sidebar

BASE_DIR = Path(__file__).resolve().parent.parent


def flag(name: str, *, default: bool) -> bool:
    raw = setting(name).lower()
    if raw in {"", "1", "0", "true", "false", "yes", "no", "on", "off"}:
        return raw in {"1", "true", "yes", "on"} if raw else default
    raise ImproperlyConfigured(f"{name} is {raw!r}; write true or false")


def database(url: str) -> dict[str, object]:
    """Django's database dictionary for postgresql://user:password@host:port/name?option=value."""
    parts = urlparse(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured("DATABASE_URL must begin with postgresql://")
    query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or "") or setting("DATABASE_PASSWORD"),
        "HOST": query.pop("host", None) or unquote(parts.hostname or ""),
        "PORT": query.pop("port", None) or parts.port or "",
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            # Server-side binding and prepared statements halve the cost of a sale; see benchmarks/.
            "server_side_binding": True,
            "prepare_threshold": 3,
            # How alike a misspelt name must be: the default of 0.6 misses two wrong letters in ten. For the planner: an
            # index is as cheap as it is on today's disks, and no question of ours is worth compiling for half a second.
            "options": "-c lock_timeout=2s -c idle_in_transaction_session_timeout=60s "
            "-c pg_trgm.word_similarity_threshold=0.5 -c random_page_cost=1.1 -c jit=off",
            "application_name": setting("REGULARS_PROCESS", "regulars"),
            **query,
        },
    }


def secret_key() -> str:
    """SECRET_KEY, or for the embedded installation one made on first use and kept beside its database."""
    given = setting("SECRET_KEY")
    if given:
        return given
    if setting("DATABASE_URL"):
        raise ImproperlyConfigured(
            "SECRET_KEY is not set. Make one and keep it: python -c 'import secrets; print(secrets.token_urlsafe(50))'"
        )
    path = processes.var_folder() / "secret_key"
    processes.make_private(path.parent)
    if not path.exists():
        fresh = path.with_suffix(f".{os.getpid()}")
        fresh.write_text(secrets.token_urlsafe(50))
        fresh.chmod(0o600)
        with contextlib.suppress(FileExistsError):
            os.link(fresh, path)  # atomic: of two first starts, one wins and both read the winner's key
        fresh.unlink()
    return path.read_text().strip()


DEBUG = flag("DEBUG", default=False)
SECRET_KEY = secret_key()
SECRET_KEY_FALLBACKS = [key for key in setting("SECRET_KEY_FALLBACKS").split(",") if key]
ALLOWED_HOSTS = [host for host in setting("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]").split(",") if host]
CSRF_TRUSTED_ORIGINS = [origin for origin in setting("CSRF_TRUSTED_ORIGINS").split(",") if origin]

INSTALLED_APPS = [
    "loyalty_site.ground.site.UnfoldConfig",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "unfold.contrib.import_export",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "pgtrigger",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "import_export",
    "django_celery_beat",
    "loyalty_site.ground",
    "members",
    "programs",
    "feedback",
    "campaigns",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "loyalty_site.middleware.CompressedFilesMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "loyalty_site.middleware.PrincipalMiddleware",
    "loyalty_site.middleware.StaffLocaleMiddleware",
    "loyalty_site.confirming.PasswordAgainMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "loyalty_site.urls"
WSGI_APPLICATION = "loyalty_site.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "libraries": {"crumbs": "loyalty_site.crumbs"},
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

DATABASES = {"default": database(setting("DATABASE_URL") or postgres.url())}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "ground.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
LOGIN_REDIRECT_URL = "admin:index"
SESSION_COOKIE_AGE = 8 * 3600
# So long after it was given the password is not asked for again, before exports, merges and the like (R47).
PASSWORD_MINUTES = int(setting("PASSWORD_MINUTES", "15"))
SESSION_COOKIE_HTTPONLY = True
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if flag("HTTPS", default=False):
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 31_536_000

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("ru", _("Russian")), ("he", _("Hebrew"))]
LOCALE_PATHS = [catalogues.LOCALE]
catalogues.compile_stale()  # so every process finds its translations, whatever started it
TIME_ZONE = "UTC"
USE_TZ = True
USE_THOUSAND_SEPARATOR = True
FORMAT_MODULE_PATH = ["loyalty_site.formats"]

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = Path(setting("STATIC_ROOT") or processes.var_folder() / "static")
MEDIA_ROOT = Path(setting("MEDIA_ROOT") or processes.var_folder() / "media")
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # WhiteNoise warns of a folder that is not there
WHITENOISE_USE_FINDERS = True  # served from the packages too, so a first start needs no collectstatic
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_HANDLERS = [
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "loyalty_site.ground.uploads.RoomyUploadHandler",
]
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024  # an API body; files stream to disk and are not counted
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["programs.api.authentication.TerminalAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["loyalty_site.ground.api.PolicyPermission"],
    "DEFAULT_PARSER_CLASSES": ["loyalty_site.ground.api.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "loyalty_site.api.problem_response",
    "UNAUTHENTICATED_USER": None,
    "COERCE_DECIMAL_TO_STRING": True,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Regulars API for terminals",
    "DESCRIPTION": "Find a member, quote, sell, redeem and return. Every write carries an Idempotency-Key.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_PERMISSIONS": ["loyalty_site.ground.api.PolicyPermission"],
    "SERVE_AUTHENTICATION": [],
    "POSTPROCESSING_HOOKS": ["drf_spectacular.hooks.postprocess_schema_enums", "programs.api.schema.tidy"],
    # Named, so that a second field called "kind" or "status" does not rename the first one's type in generated clients.
    "ENUM_NAME_OVERRIDES": {
        "OfflineKindEnum": ["sale", "return"],
        "OfflineStatusEnum": ["booked", "flagged", "duplicate", "rejected"],
        "OfflineDiscountEnum": ["manual", "promotion", "programme", "coupon"],
    },
}

# Workers write their logs as LOGGING has it: what may not stand in one may not stand in the other.
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_URL = setting("BROKER_URL") or broker.url()
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = (
    {"visibility_timeout": 900, "unacked_restore_throttle": 1, "socket_timeout": 10, "socket_connect_timeout": 2}
    if CELERY_BROKER_URL.startswith("redis")
    else {}
)
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_BEAT_MAX_LOOP_INTERVAL = 1
CELERY_BEAT_SCHEDULE = {
    # One second: an operator's click on "Apply" starts within about that long.
    "tick": {"task": "loyalty_site.ground.tasks.tick", "schedule": 1.0, "options": {"expires": 5}},
    "start campaigns": {"task": "campaigns.tasks.start_due_runs", "schedule": 5.0, "options": {"expires": 20}},
    "tell webhooks": {"task": "programs.tasks.tell_webhooks", "schedule": 5.0, "options": {"expires": 20}},
    # Every operation rolls its own account forward; these are for the accounts nobody touches.
    "recover messages": {"task": "members.tasks.recover_messages", "schedule": crontab()},
    "end holds": {"task": "programs.tasks.end_holds", "schedule": 30.0, "options": {"expires": 30}},
    "roll points forward": {"task": "programs.tasks.roll_accounts_forward", "schedule": crontab(minute="10")},
    "warn of burning points": {"task": "programs.tasks.warn_of_burning", "schedule": crontab(minute="30", hour="7")},
    "seal closed days": {"task": "programs.tasks.seal_closed_days", "schedule": crontab(minute="20", hour="*/3")},
    "look at the books": {"task": "programs.tasks.look_at_the_books", "schedule": crontab(minute="10", hour="2")},
    "forget old answers": {"task": "programs.tasks.forget_old_answers", "schedule": crontab(minute="40", hour="3")},
    "forget old counters": {
        "task": "loyalty_site.ground.tasks.forget_old_counters",
        "schedule": crontab(minute="50", hour="3"),
    },
    "keep no longer": {"task": "loyalty_site.ground.tasks.keep_no_longer", "schedule": crontab(minute="15", hour="3")},
    # Every hour, because a night begins by the programme's own clock; each has one look.
    "look at tiers": {"task": "programs.tasks.look_at_tiers", "schedule": crontab(minute="15")},
    "compute stages": {"task": "programs.tasks.refresh_stages", "schedule": crontab(minute="10", hour="3")},
    # After the stages, by which audiences ask.
    "refresh segments": {"task": "campaigns.tasks.refresh_segments", "schedule": crontab(minute="40", hour="3")},
    "look for duplicates": {"task": "members.tasks.look_for_duplicates", "schedule": crontab(minute="50", hour="4")},
    "forget old exports": {
        "task": "loyalty_site.ground.tasks.forget_old_exports",
        "schedule": crontab(minute="5"),
    },
    "look for misuse": {"task": "programs.tasks.look_for_misuse", "schedule": crontab(minute="20", hour="4")},
}
# What a Job's kind runs. Strings, because the ground that runs jobs knows no app.
JOB_HANDLERS = {
    "ground.export": "loyalty_site.ground.admin.exporting.write_chunk",
    "campaigns.advance_run": "campaigns.services.sending.advance_run",
    "campaigns.refresh_segment": "campaigns.services.segments.refresh_job",
    "members.send_page_code": "members.services.page_codes.deliver_page_code",
    "members.send_page_link": "members.services.page_links.deliver_page_link",
    "members.find_duplicates": "members.services.duplicates.scan_chunk",
    "programs.apply_adjustments": "programs.services.adjusting.work.apply_chunk",
    "programs.read_import": "programs.services.importing.reading.read_uploaded",
    "programs.apply_import": "programs.services.importing.kinds.apply_chunk",
    "programs.send_join": "programs.services.joining.deliver_join",
    "programs.send_code": "programs.services.codes.deliver_code",
    "programs.deliver_webhooks": "programs.services.webhooks.deliver_chunk",
    "programs.check_import": "programs.services.importing.kinds.check_chunk",
    "programs.send_tier_warnings": "programs.services.tier_warnings.send_warnings",
    "programs.look_at_tiers": "programs.services.tiers.look_chunk",
    "programs.send_warnings": "programs.services.warnings.send_warnings",
    "programs.refresh_stages": "programs.services.lifecycle.refresh_job",
    "programs.undo_import": "programs.services.importing.kinds.undo_chunk",
    "programs.reverse_adjustments": "programs.services.adjusting.work.reverse_chunk",
    "programs.replay_draft": "programs.services.replays.replay_chunk",
}

# Personal data that is needed for some time only, and for how many days: {part: (what forgets it, days)}.
# docs/privacy.md tells what each part is. Answers to tills (35 days) and counters (3) go by their own ticks.
RETENTION = {
    "import_files": (
        "programs.services.importing.retention.forget_files",
        int(setting("KEEP_IMPORT_FILES_DAYS", "30")),
    ),
    "import_rows": ("programs.services.importing.retention.forget_rows", int(setting("KEEP_IMPORT_ROWS_DAYS", "180"))),
    "message_details": (
        "members.services.retention.forget_message_details",
        int(setting("KEEP_MESSAGE_DETAILS_DAYS", "180")),
    ),
    "notices": ("members.services.notices.forget_ended_notices", int(setting("KEEP_NOTICES_DAYS", "180"))),
    "page_codes": ("members.services.retention.forget_page_codes", int(setting("KEEP_CODES_DAYS", "30"))),
    "spending_codes": ("programs.services.codes.forget_old_codes", int(setting("KEEP_CODES_DAYS", "30"))),
}

# What acts of the audit, jobs, schedules and purposes of consents are called, for the ground's own pages.
ACT_NAMES, JOB_NAMES, TICK_NAMES, PURPOSE_NAMES = names.ACTS, names.JOBS, names.TICKS, names.PURPOSES

# Who writes the text of a message, by Message.source. Strings, because members knows no higher app.
MESSAGE_RENDERERS = {
    "campaign": "campaigns.services.rendering.render_messages",
    "page_code": "members.services.page_codes.render_page_codes",
    "page_link": "members.services.page_links.render_page_links",
    "burn_warning": "programs.services.warnings.render_messages",
    "tier_warning": "programs.services.tier_warnings.render_messages",
    "spending_code": "programs.services.codes.render_codes",
}
# How many jobs send one campaign at once; each holds one connection to the mail server.
MAIL_LANES = int(setting("MAIL_LANES", "1"))
# A campaign pauses itself when more than this share of its messages fails, judged from so many on (R35).
MAIL_ERRORS_PERCENT = int(setting("MAIL_ERRORS_PERCENT", "20"))
MAIL_ERRORS_LEAST = int(setting("MAIL_ERRORS_LEAST", "50"))
# Ports that webhooks may use. WEBHOOK_ANYWHERE lets plain http and addresses of one's own network pass: development only.
WEBHOOK_PORTS = frozenset(int(port) for port in setting("WEBHOOK_PORTS", "443,8443").split(","))
WEBHOOK_ANYWHERE = flag("WEBHOOK_ANYWHERE", default=False)
# Lists of checks for `manage.py verify`, in the order in which it prints them.
VERIFIERS = ["programs.queries.verify.CHECKS", "members.queries.verify.CHECKS", "campaigns.queries.verify.CHECKS"]
# smtp://user:password@host:587?tls=starttls (or tls=implicit, or none). Empty: nothing can be sent, and the pages say so.
SMTP_URL = setting("SMTP_URL")
# Connect and greet, one command, the answer to the final dot (RFC 5321 asks for ten minutes). A relay of your own answers at once.
SMTP_TIMEOUTS = tuple(float(part) for part in setting("SMTP_TIMEOUTS", "10,60,600").split(","))
# An address a person reads, for mail programs that unsubscribe by mail. Empty: only the one-click address is offered.
UNSUBSCRIBE_MAILBOX = setting("UNSUBSCRIBE_MAILBOX")
# Where members reach this installation: the links in mails begin with it.
PUBLIC_URL = setting("PUBLIC_URL", "http://localhost:8000").rstrip("/")
# A claim older than this belongs to a process that died. Far above the time a group of mails may take.
MESSAGE_LEASE_SECONDS = float(setting("MESSAGE_LEASE_SECONDS", "900"))

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "loyalty_site.logs.DiscreetFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": setting("LOG_LEVEL", "WARNING")},
}

UNFOLD = {
    "SITE_TITLE": "Regulars",
    "SITE_HEADER": "Regulars",
    "SITE_SUBHEADER": _("Customer loyalty"),
    "SITE_SYMBOL": "loyalty",
    "SITE_URL": None,  # there is no other site to return to
    "SITE_FAVICONS": [{"rel": "icon", "href": "/static/loyalty_site/favicon.svg", "type": "image/svg+xml"}],
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_LANGUAGES": False,
    "DASHBOARD_CALLBACK": "loyalty_site.views.today_context",
    "LOGIN": {"form": "loyalty_site.login.GuardedLoginForm"},
    "SIDEBAR": {"show_search": may_search, "show_all_applications": False, "navigation": sidebar},
    "STYLES": ["/static/loyalty_site/regulars.css"],
    "COLORS": {
        # A teal that keeps 4.5:1 contrast on white at 600 and on black at 400.
        "primary": {
            "50": "240, 253, 250",
            "100": "204, 251, 241",
            "200": "153, 246, 228",
            "300": "94, 234, 212",
            "400": "45, 212, 191",
            "500": "20, 184, 166",
            "600": "15, 118, 110",
            "700": "17, 94, 89",
            "800": "19, 78, 74",
            "900": "17, 65, 62",
            "950": "4, 47, 46",
        },
    },
}
