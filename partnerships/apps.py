from __future__ import annotations

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class PartnershipsConfig(AppConfig):
    name = "partnerships"

    def ready(self) -> None:
        from .documents import gate as documents
        from .history import triggers
        from .history.models import Act
        from .people import actions as people
        from .portfolio import home
        from .portfolio.actions import refresh_summary
        from .record import actions as record
        from .record import registry

        registry.on_parties_changed.append(refresh_summary)
        registry.on_details.append(refresh_summary)
        registry.on_parties_changed.append(record.send_agreed_invites)
        people.on_party_entered.append(record.enter_by_invitation)
        people.on_membership_ended.append(record.end_seats)
        record.register_pages()
        documents.register()
        home.register()
        triggers.append_only.append(Act)
        post_migrate.connect(triggers.install_all, sender=self)
