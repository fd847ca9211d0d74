"""Every address of the software. A folder's addresses stand in its own urls.py."""

from __future__ import annotations

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from . import language

#: Everything about one partnership starts with its public id.
RECORD = "p/<str:pid>/"

# Staff sign in and change their password where everybody does: with its rate limits, second step and passkeys.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    path("", include("partnerships.work.urls")),
    path("", include("partnerships.people.urls")),
    path("", include("partnerships.portfolio.urls")),
    path("", include("partnerships.notices.urls")),
    path("", include("partnerships.record.urls")),
    path("", include("partnerships.documents.urls")),
    path("", include("partnerships.authoring.urls")),
    path("", include("lifecycle.road.urls")),
    path("", include("lifecycle.attention.urls")),
    path("", include("lifecycle.scoping.urls")),
    path("", include("lifecycle.screening.urls")),
    path("", include("lifecycle.diligence.urls")),
    path("", include("lifecycle.agreement.urls")),
    path("", include("lifecycle.delivery.urls")),
    path("", include("lifecycle.communication.urls")),
    path("", include("lifecycle.concluding.urls")),
    path("", include("evaluation.reviews.urls")),
    path("", include("evaluation.outcomes.urls")),
    path("", include("evaluation.lessons.urls")),
    path("", include("evaluation.reports.urls")),
    path("", include("config.ops_urls")),
    path("", include("config.operations.urls")),
    path("language/", language.choose, name="set_language"),
    path("account/", include("allauth.urls")),
    path("admin/password_change/", RedirectView.as_view(pattern_name="account_change_password")),
    path("admin/", admin.site.urls),
]

handler400 = "config.errors.bad_request"
handler403 = "config.errors.forbidden"
handler404 = "config.errors.not_found"
handler429 = "config.errors.too_many"
handler500 = "config.errors.server_error"
