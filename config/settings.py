"""Settings. Everything that differs between installations comes from the environment; see docs/operating.md."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import bootstrap_wrapper
import environ
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from .logs import take_warnings
from .storage import storage_of

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

TESTING = "pytest" in sys.modules
#: One folder holds everything that must survive a restart: database, files, keys, the broker's log.
VAR_DIR = Path(env.str("CG_VAR", str(BASE_DIR / "var")))


def _key(name: str, variable: str) -> str:
    """A secret from the environment, else from its file in var/keys (made by bin/start), else one for tests only."""
    if value := str(env.str(variable, "")):
        return value
    path = VAR_DIR / "keys" / name
    if path.exists():
        return path.read_text().strip()
    return "for-tests-only-" + name * 4 if TESTING else ""


SECRET_KEY = _key("secret", "SECRET_KEY")
#: Signs the links in mails; kept apart from SECRET_KEY so that sign-in sessions can be voided without voiding links.
LINK_KEY = _key("link", "LINK_KEY")
#: Fernet keys for sealed review answers, newest first, comma separated. Never in the database (docs/operating.md).
SEAL_KEYS = _key("seal", "SEAL_KEYS")
#: A PKCS #12 file that seals the PDFs of signed agreements, or its content after base64:.
#: Empty: the installation makes its own in var/keys.
SEAL_P12 = env.str("SEAL_P12", "")
SEAL_P12_PASSPHRASE = env.str("SEAL_P12_PASSPHRASE", "")

DEBUG = env.bool("DEBUG", False)
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "testserver"])
#: The address people use; links in mails start with it.
SITE_URL = env.str("SITE_URL", "http://127.0.0.1:8000").rstrip("/")
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", default=[SITE_URL])
SECURE = SITE_URL.startswith("https://")

INSTALLED_APPS = [
    "partnerships",
    "lifecycle",
    "evaluation",
    "config",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_htmx",
    "csp",
    "django.forms",
]

MIDDLEWARE = [
    "config.middleware.RequestIdMiddleware",
    "config.operations.metrics.RequestMetricsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.middleware.KeepNothingMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "config.middleware.PersonLanguageMiddleware",
    "config.middleware.PlainAddressMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "config.operations.guard.StaffSecondStepMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "partnerships.people.bar.bar",
            ],
            "builtins": ["partnerships.templatetags.looks", "django.templatetags.i18n", "django.templatetags.static"],
        },
    }
]

# Data -----------------------------------------------------------------------------------------------------------------
DATABASE_URL = env.str("DATABASE_URL", "")
DATABASES: dict[str, dict[str, Any]]
if DATABASE_URL:
    DATABASES = {"default": {**env.db_url_config(DATABASE_URL), "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}}
    if DATABASES["default"]["ENGINE"].endswith("postgresql"):
        # Compiling a statement takes 100 to 300 ms; the longest of a page runs for 5.
        DATABASES["default"].setdefault("OPTIONS", {}).setdefault("options", "-c jit=off")
else:
    # Immediate transactions, WAL and a patient timeout: with Django's defaults a fifth of concurrent writes failed.
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": VAR_DIR / "db.sqlite3",
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
            },
        }
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

#: redis://… or unix:///path/to/socket ; empty only in tests without a broker.
REDIS_URL = env.str("REDIS_URL", "")
CACHES: dict[str, dict[str, Any]]
if REDIS_URL:
    CACHES = {
        "default": {
            "BACKEND": "config.cache.SharedCache",
            "LOCATION": REDIS_URL,
            "KEY_PREFIX": "cg",
            # A page does not wait for a server that says nothing.
            "OPTIONS": {"socket_timeout": 2, "socket_connect_timeout": 2},
        }
    }
else:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://") or "memory://"
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 50
#: In KB: a process that came to hold more is followed by a new one after its task. It begins with 150,000, most of
#: them shared, and a long report takes 25,000 more: nearer to that, each report would end its process.
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 215_000
CELERY_TASK_TIME_LIMIT = 300
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# Without these a killed worker's task waits an hour.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 600,
    "unacked_restore_interval": 2,
    "unacked_restore_throttle": 1,
    # Whoever asks for a PDF does not wait for a broker that says nothing: the sweep finds the row.
    "socket_timeout": 5,
    "socket_connect_timeout": 3,
    "socket_keepalive": True,
}
_looks: dict[str, tuple[str, float]] = {
    "sweep-work": ("work.sweep", env.float("SWEEP_SECONDS", 60.0)),
    "deliver-notices": ("notices.deliver", env.float("DELIVER_SECONDS", 20.0)),
    "portfolio-dates": ("portfolio.dates", env.float("FLAG_SECONDS", 900.0)),
    "sweep-rounds": ("reviews.sweep", env.float("SWEEP_SECONDS", 60.0)),
    "sweep-reports": ("reports.sweep", env.float("DELIVER_SECONDS", 20.0)),
    "sweep-papers": ("agreement.sweep", env.float("DELIVER_SECONDS", 20.0)),
    "sweep-summaries": ("diligence.sweep", env.float("DELIVER_SECONDS", 20.0)),
    "sweep-open-points": ("road.sweep", env.float("FLAG_SECONDS", 900.0)),
    "sweep-screening": ("screening.sweep", env.float("SWEEP_SECONDS", 60.0)),
    "sweep-flags": ("attention.sweep", env.float("FLAG_SECONDS", 900.0)),
    "sweep-files": ("documents.sweep_files", env.float("FLAG_SECONDS", 900.0)),
    "sweep-retention": ("documents.sweep_retention", env.float("FLAG_SECONDS", 900.0)),
}
#: What is due lies in rows, so that a look which no worker took before the next one is dropped: they never pile up.
CELERY_BEAT_SCHEDULE = {
    name: {"task": task, "schedule": seconds, "options": {"expires": max(seconds, 10.0)}}
    for name, (task, seconds) in _looks.items()
}
#: How long a worker that makes a report may be silent before another takes its work over.
REPORT_LEASE_SECONDS = env.int("REPORT_LEASE_SECONDS", 120)
#: How long a file of many reports can be taken; then it is thrown away.
REPORT_EXPORT_DAYS = env.int("REPORT_EXPORT_DAYS", 7)
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat-schedule")

# Files ----------------------------------------------------------------------------------------------------------------
#: How often files that belong to nobody, or whose time is over, are taken away.
FILES_SECONDS = env.int("FILES_SECONDS", 86400)
MEDIA_ROOT = VAR_DIR / "files"
STATIC_URL = "static/"
STATIC_ROOT = Path(env.str("CG_STATIC", str(VAR_DIR / "static")))
#: Bootstrap's files come from its wheel, as they are; nothing of others stands in this repository.
STATICFILES_DIRS = [BASE_DIR / "static", ("bootstrap", bootstrap_wrapper.get_bootstrap_css_dir())]
#: Empty: files lie in MEDIA_ROOT. Else s3://bucket/folder?endpoint=…&region=… (config/storage.py).
STORAGE_URL = env.str("STORAGE_URL", "")
STORAGES: dict[str, dict[str, Any]] = {
    "default": storage_of(STORAGE_URL),
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if TESTING or DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_HANDLERS = [
    "partnerships.documents.uploads.LimitedUploadHandler",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
#: Name screening: the largest list (bytes, entries), and the score from which a match is shown (docs/screening.md).
SCREENING_MAX_BYTES = env.int("SCREENING_MAX_BYTES", 200 * 1024 * 1024)
SCREENING_MAX_ENTRIES = env.int("SCREENING_MAX_ENTRIES", 1_000_000)
SCREENING_THRESHOLD = env.int("SCREENING_THRESHOLD", 84)
#: Largest document, in bytes. Larger requests are answered with a page that says so.
DOCUMENT_MAX_BYTES = env.int("DOCUMENT_MAX_BYTES", 25 * 1024 * 1024)

# People ---------------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "partnerships.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "partnerships.people.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_CONFIRM_EMAIL_ON_GET = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = True
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
#: Whether staff of the installation need a second step to open the admin and the operations.
STAFF_SECOND_STEP = env.bool("STAFF_SECOND_STEP", SECURE)

# Words ----------------------------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("fr", _("French")), ("es", _("Spanish"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# Mail -----------------------------------------------------------------------------------------------------------------
EMAIL_URL = env.str("EMAIL_URL", "")
if EMAIL_URL:
    vars().update(env.email_url_config(EMAIL_URL))
elif not TESTING:
    # No mail server is set: mails are written as files, so that nothing is lost and nothing leaves the machine.
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = str(VAR_DIR / "mail")
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.str("MAIL_FROM", "Common Ground <no-reply@common-ground.example>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# Looks ----------------------------------------------------------------------------------------------------------------
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"
#: Widgets are ours to draw (templates/django/forms/).
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# Protection -----------------------------------------------------------------------------------------------------------
BEHIND_PROXY = env.bool("BEHIND_PROXY", False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
#: Whose address the rate limits count. Without it all readers behind a proxy would be one, and lock each other out.
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if BEHIND_PROXY else 0
SECURE_SSL_REDIRECT = SECURE and env.bool("SSL_REDIRECT", True)
SECURE_REDIRECT_EXEMPT = [r"^health/"]
SECURE_HSTS_SECONDS = 31536000 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE
SECURE_HSTS_PRELOAD = SECURE
SESSION_COOKIE_SECURE = SECURE
CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_HTTPONLY = True
#: How long somebody stays signed in on one device, in seconds: two weeks.
SESSION_COOKIE_AGE = env.int("SESSION_SECONDS", 14 * 24 * 3600)
SESSION_COOKIE_SAMESITE = "Lax"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "config.errors.csrf_failure"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}
PERMISSIONS_POLICY: dict[str, list[str]] = {
    name: [] for name in ("camera", "geolocation", "microphone", "payment", "usb")
}

#: Whoever sends it as bearer may ask for /metrics; where it is empty the page is not there, and nothing is counted.
METRICS_TOKEN = env.str("METRICS_TOKEN", "")

# Time -----------------------------------------------------------------------------------------------------------------
#: Where stories, journeys and the bench keep their own time (seconds to add to now). Empty on every real installation.
CLOCK_FILE = env.str("CLOCK_FILE", "")

# Logs -----------------------------------------------------------------------------------------------------------------
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request_id": {"()": "config.middleware.RequestIdFilter"}},
    "formatters": {
        "json": {"()": "config.logs.ContentFreeFormatter"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json", "filters": ["request_id"]}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", "INFO")},
    "loggers": {
        # Without Django's own handlers: they would mail whole requests to administrators, and print lines twice.
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.server": {"handlers": [], "level": "INFO", "propagate": True},
        "fontTools": {"level": "WARNING"},
        "weasyprint": {"level": "ERROR"},
    },
}
if not TESTING:
    take_warnings()
SILENCED_SYSTEM_CHECKS: list[str] = []
