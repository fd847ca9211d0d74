"""Everything that changes name screening. Each act is one transaction."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from typing import IO, Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile, File
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lifecycle.road.models import Move
from partnerships import clock
from partnerships.access.actions import authored, circle_for, circle_here
from partnerships.access.ids import new_public_id
from partnerships.access.places import Place
from partnerships.access.states import CircleKind
from partnerships.documents import actions as documents
from partnerships.documents.models import Document
from partnerships.history.actions import log
from partnerships.notices import actions as notices
from partnerships.people.models import Organisation, User
from partnerships.record.holding import refuse_while_held
from partnerships.record.models import Partnership, Party, Seat
from partnerships.record.states import Duty, Standing
from partnerships.work import actions as work

from . import loading
from .kinds import DECIDE, DECIDED, FOUND, NAMED, SEARCHED, TAKEN_AWAY
from .models import (
    ListVersion,
    Match,
    MatchDecision,
    Principal,
    ScreeningList,
    ScreeningRun,
    SearchedList,
)
from .queries import Searched, lists_named, names_to_search, parties_to_search, versions_in_force
from .searching import Hit, search
from .states import Cause, RunState, Source, Verdict, VersionState

_WHY = "searches are the worker's too; who reads what they find is decided where it is shown"
#: Parties that get their search in one transaction, and searches that one look of the worker does.
PARTIES, RUNS = 200, 50
#: Days that people who were named stay at least: the record may be taken up again.
KEEP_PRINCIPALS_DAYS = 30
#: Days in which a match should be decided.
DECIDE_DAYS = 14
#: Of each match the other names that are kept.
OTHERS = 20


# Lists --------------------------------------------------------------------------------------------------------------
def start_list(
    *, organisation: Organisation | None, source: str, title: str = "", file: File[bytes], by: User | None, **more: Any
) -> ListVersion:
    """A new list, whose first version waits to be loaded."""
    with transaction.atomic():
        found = ScreeningList.objects.create(organisation=organisation, source=source, title=title.strip())
        return load_version(found, file=file, by=by, **more)


def load_version(
    found: ScreeningList,
    *,
    file: File[bytes],
    by: User | None,
    alt: File[bytes] | None = None,
    published_on: date | None = None,
    may_shrink: bool = False,
) -> ListVersion:
    """Take a file in; it is loaded in the background, and the version in force stays until that is done."""
    if found.retired_at is not None:
        raise ValidationError(_("This list is not searched any more."))
    if alt is not None and found.source != Source.OFAC:
        raise ValidationError({"alt": _("A second file goes with OFAC’s SDN.CSV only.")})
    if found.versions.filter(state__in=[VersionState.WAITING, VersionState.LOADING]).exists():
        raise ValidationError(_("A version of this list is being loaded. Wait for it first."))
    digest, size = _hash_of(file)
    version = ListVersion(
        list=found,
        sha256=digest,
        size=size,
        published_on=published_on,
        may_shrink=may_shrink,
        loaded_by=by,
        asked_at=clock.now(),
    )
    try:
        version.file.save("", file, save=False)
        if alt is not None:
            version.alt.save("", alt, save=False)
    except OSError as error:
        raise ValidationError(documents.NO_ROOM, code="no_room") from error
    version.save()
    return version


def _hash_of(file: File[bytes]) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    file.seek(0)
    for piece in file.chunks():
        digest.update(piece)
        size += len(piece)
    file.seek(0)
    return digest.hexdigest(), size


def retire_list(found: ScreeningList) -> None:
    """It is not searched any more: its names go; what was found and decided in it stays."""
    with transaction.atomic():
        moment = clock.now()
        ScreeningList.objects.filter(pk=found.pk, retired_at=None).update(retired_at=moment)
        open_versions = [VersionState.WAITING, VersionState.LOADING, VersionState.IN_FORCE]
        found.versions.filter(state__in=open_versions).update(
            state=VersionState.REPLACED, ended_at=moment, rescreen_after=None, lease_until=None
        )
    loading.forget_list(found)


# People who are named -----------------------------------------------------------------------------------------------
def name_principal(*, name: str, of: Party, role: str, by: Place) -> Principal:
    """Name a person for the search: their name, whose they are, and as what."""
    if of.pk not in {p.pk for p in by.present}:
        raise ValidationError({"of": _("This organisation is not in the record any more.")})
    with transaction.atomic():
        principal: Principal = Principal.objects.create(
            **authored(by, circle_here(by, CircleKind.OWN)), name=name.strip(), of=of, role=role
        )
        log(NAMED, by=by, item=principal)
    return principal


def take_principal_away(principal: Principal, *, by: Place) -> None:
    """Their name goes, and with it everything that was found and decided about it. Searches keep their numbers."""
    with transaction.atomic():
        refuse_while_held(by)
        log(TAKEN_AWAY, by=by, item=principal)
        principal.delete()
        _ask_to_decide(by.own_party)


# Searching ----------------------------------------------------------------------------------------------------------
def search_now(*, by: Place) -> ScreeningRun:
    """Search the names of this record for the own side, at once."""
    if not versions_in_force(by.own_party.organisation):
        raise ValidationError(
            _("No list is in force for your organisation yet. Its administrator loads one, and then you can search.")
        )
    with transaction.atomic():
        run: ScreeningRun = ScreeningRun.objects.create(
            **authored(by, circle_here(by, CircleKind.OWN)), key=f"asked:{new_public_id()}", cause=Cause.ASKED
        )
        _perform(run)
        log(SEARCHED, by=by, item=run)
    return run


def search_everywhere(organisation: Organisation, *, by: User) -> int:
    """All records of an organisation are searched in the background. Returns how many are asked for."""
    if not versions_in_force(organisation):
        raise ValidationError(_("No list is in force yet. Load one first."))
    key = f"everywhere:{clock.now():%Y%m%d%H%M}"
    asked = 0
    parties = list(parties_to_search(organisation).order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(parties), PARTIES):
        asked += _ask_parties(parties[start : start + PARTIES], key=key, cause=Cause.EVERYWHERE)
    return asked


def _ask_parties(ids: list[int], *, key: str, cause: str) -> int:
    """A search of each waits in a row; asked twice, one stands."""
    asked = 0
    with transaction.atomic():
        for party in Party.objects.filter(pk__in=ids).select_related("partnership"):
            _run, made = ScreeningRun.objects.unguarded(_WHY).get_or_create(
                party=party,
                key=key,
                defaults={
                    "partnership": party.partnership,
                    "circle": circle_for(party.partnership, CircleKind.OWN, party=party),
                    "cause": cause,
                },
            )
            asked += made
    return asked


def _perform(run: ScreeningRun) -> None:
    """Search, and write what was found; inside the caller's transaction, one at a time in a record."""
    Partnership.objects.locked(run.partnership)
    party = Party.objects.select_related("organisation", "partnership").get(pk=run.party_id)
    parties = list(
        Party.objects.filter(partnership=run.partnership_id, left_on=None).select_related("organisation").order_by("pk")
    )
    principals = list(
        Principal.objects.unguarded(_WHY).filter(party=party).select_related("of__organisation").order_by("pk")
    )
    versions = versions_in_force(party.organisation)
    names = names_to_search(parties, principals)
    hits = search(versions, [searched.name for searched in names], settings.SCREENING_THRESHOLD)
    seen: set[str] = set()
    known = {match.key: match for match in Match.objects.unguarded(_WHY).filter(party=party)}
    new = 0
    for searched in names:
        for hit in hits[searched.name]:
            key = _key(searched, hit)
            if key in seen:
                continue
            seen.add(key)
            new += _write(run, searched, hit, known.get(key), key)
    searched_lists = {version.list_id for version in versions}
    gone = [m.pk for m in known.values() if m.key not in seen and m.gone_at is None and m.listing_id in searched_lists]
    Match.objects.unguarded(_WHY).filter(pk__in=gone).update(gone_at=clock.now(), changed_at=clock.now())
    SearchedList.objects.bulk_create([SearchedList(run=run, version=version) for version in versions])
    run.organisations = list(dict.fromkeys(one.name for one in names if one.principal is None))
    run.people_count = len(principals)
    run.found_count, run.new_count = len(seen), new
    run.threshold = settings.SCREENING_THRESHOLD
    run.state, run.searched_at, run.changed_at = RunState.DONE, clock.now(), clock.now()
    run.save()
    _ask_to_decide(party)
    if new and run.cause != Cause.ASKED:
        _tell(run, party)


def _key(searched: Searched, hit: Hit) -> str:
    said = f"{hit.version.list_id}\n{hit.entry.uid}\n{searched.subject}"
    return hashlib.sha256(said.encode()).hexdigest()[:40]


def _write(run: ScreeningRun, searched: Searched, hit: Hit, known: Match | None, key: str) -> bool:
    """One match, new or met again. Whether somebody is asked anew.

    A decision is remembered: it is asked again only where the list says something else about the entry since.
    """
    moment = clock.now()
    others = [name for name in hit.entry.names if name != hit.listed][:OTHERS]
    says: dict[str, Any] = {
        "listed": hit.listed,
        "others": others,
        "kind": hit.entry.kind,
        "details": hit.entry.details,
        "digest": hit.entry.digest,
        "score": hit.score,
        "gone_at": None,
    }
    if known is None:
        Match.objects.create(
            partnership=run.partnership,
            circle=run.circle,
            party_id=run.party_id,
            author_id=run.author_id,
            language=run.language,
            run=run,
            about=searched.about,
            principal=searched.principal,
            searched=searched.name,
            listing=hit.version.list,
            uid=hit.entry.uid,
            key=key,
            **says,
        )
        return True
    has_changed = known.digest != hit.entry.digest and known.verdict != Verdict.OPEN
    # Whoever was the same stays so until somebody decides otherwise.
    asked_again = has_changed and known.verdict != Verdict.SAME
    if has_changed:
        says["has_changed"] = True
    if asked_again:
        says["verdict"] = Verdict.OPEN
    changed = {name: value for name, value in says.items() if getattr(known, name) != value}
    if changed:
        Match.objects.unguarded(_WHY).filter(pk=known.pk).update(**changed, changed_at=moment)
    return asked_again


def _ask_to_decide(party: Party) -> None:
    """Matches to decide wait for the side's lead, as one item; it closes with the last of them."""
    waiting = Match.objects.unguarded(_WHY).filter(party=party, verdict=Verdict.OPEN, gone_at=None)
    key = f"screening:{party.pk}"
    if not waiting.exists():
        work.close_item(party.partnership, key)
        return
    oldest = waiting.order_by("created_at").values_list("created_at", flat=True)[0]
    work.open_item(
        DECIDE,
        partnership=party.partnership,
        key=key,
        party=party,
        circle=circle_for(party.partnership, CircleKind.OWN, party=party),
        path=reverse("screening:overview", args=[party.partnership.public_id]),
        due_on=oldest.date() + timedelta(days=DECIDE_DAYS),
    )


def _tell(run: ScreeningRun, party: Party) -> None:
    """Those who may decide are told that there is something new; not what."""
    seats = Seat.objects.filter(
        party=party, ended_on=None, membership__ended_on=None, duty__in=[Duty.LEAD, Duty.STAND_IN]
    ).select_related("membership__user")
    notices.post(
        FOUND,
        to=[seat.membership.user for seat in seats],
        key=f"screening:{run.pk}",
        partnership=party.partnership,
        path=reverse("screening:overview", args=[party.partnership.public_id]),
    )


# Deciding -----------------------------------------------------------------------------------------------------------
def decide(match: Match, *, verdict: str, why: str, by: Place, seen: str = "") -> MatchDecision:
    """Somebody else, the same, or not sure yet; and by what one tells. It can be decided again.

    `seen` is the `mark` of what was looked at: raises ValidationError with code "stale" where it is another by now.
    """
    why = why.strip()
    if verdict not in {Verdict.OTHER, Verdict.SAME, Verdict.UNSURE}:
        raise ValidationError({"verdict": _("Choose one of the answers.")})
    if not why:
        raise ValidationError({"why": _("Say in a few words by what you tell: dates, country, a register number.")})
    with transaction.atomic():
        match = Match.objects.of(by.partnership).select_for_update(of=("self",)).get(pk=match.pk)
        if seen and seen != match.mark:
            raise ValidationError(
                _("Somebody decided this, or the list changed, while you were looking. Look again, then decide."),
                code="stale",
            )
        moment = clock.now()
        decision = MatchDecision.objects.create(
            match=match, verdict=verdict, why=why, by=by.user, at=moment, digest=match.digest
        )
        match.verdict, match.decided_at, match.has_changed = verdict, moment, False
        match.changed_at = moment
        match.save(update_fields=["verdict", "decided_at", "has_changed", "changed_at"])
        log(DECIDED, by=by, item=match)
        _ask_to_decide(by.own_party)
    return decision


def keep_as_document(run: ScreeningRun, *, by: Place) -> Document:
    """The search, written down as a text file on the own side: what an answer about sanctions can cite."""
    day = run.searched_at or run.created_at
    lines = [
        _("Search of names in public lists"),
        _("Partnership: %(name)s") % {"name": by.partnership.name},
        _("Searched for: %(name)s") % {"name": by.own_party.organisation.name},
        _("When: %(when)s UTC") % {"when": f"{day:%Y-%m-%d %H:%M}"},
        _("By: %(who)s") % {"who": run.author.name if run.author is not None else run.get_cause_display()},
        "",
        _("Lists:"),
        *(f"- {line}" for line in lists_named(run)),
        "",
        _("Organisations:"),
        *(f"- {name}" for name in run.organisations),
        ngettext("%(count)s person named by us", "%(count)s people named by us", run.people_count)
        % {"count": run.people_count},
        "",
        ngettext("%(count)s match", "%(count)s matches", run.found_count) % {"count": run.found_count},
        *_decided_lines(by),
        "",
        _("Names were compared with tolerance for spelling, order, script and legal form (from %(score)s of 100).")
        % {"score": run.threshold},
        _("A match of names is a fact of a list. Whether the same organisation or person is meant, a person decides."),
    ]
    return documents.store(
        partnership=by.partnership,
        upload=ContentFile("\n".join(lines).encode(), name="search.txt"),
        circle=circle_here(by, CircleKind.OWN),
        by=by,
        kind="search_log",
        title=_("Search of names in public lists, %(day)s") % {"day": date_format(day, "j F Y")},
    )


def _decided_lines(by: Place) -> list[str]:
    """How what was found stands today: numbers, so that no person is named in a document that is passed on."""
    found = Match.objects.of(by.partnership).filter(party=by.own_party, gone_at=None)
    lines = []
    for verdict in (Verdict.OTHER, Verdict.SAME, Verdict.UNSURE, Verdict.OPEN):
        if count := found.filter(verdict=verdict).count():
            lines.append(f"- {verdict.label}: {count}")
    return lines


# The worker ---------------------------------------------------------------------------------------------------------
def load(version_id: int) -> bool:
    """Load a version, and ask for the searches that it causes."""
    done = loading.load(version_id)
    if done:
        ask_again()
    return done


def ask_again() -> int:
    """Everybody is searched again for each version that has come into force, a batch of parties at a time.

    A worker that is stopped goes on where the row says. Returns how many searches are asked for.
    """
    asked = 0
    for version in ListVersion.objects.all().in_force().exclude(rescreen_after=None).select_related("list"):
        organisation = version.list.organisation
        if organisation is not None and organisation.merged_into is not None:
            organisation = organisation.merged_into
        after = version.rescreen_after or 0
        while True:
            parties = parties_to_search(organisation).filter(pk__gt=after).order_by("pk")
            ids = list(parties.values_list("pk", flat=True)[:PARTIES])
            if not ids:
                ListVersion.objects.filter(pk=version.pk).update(rescreen_after=None)
                break
            asked += _ask_parties(ids, key=f"version:{version.pk}", cause=Cause.NEW_LIST)
            after = ids[-1]
            ListVersion.objects.filter(pk=version.pk, rescreen_after__lt=after).update(rescreen_after=after)
    return asked


def sweep(limit: int = RUNS) -> int:
    """Load what waits, do the searches that wait, and let go of people nobody needs. Returns how many searches it did.

    May run twice, late, or on two machines: a search is claimed by its row's lock, and done once.
    """
    loading.give_up()
    for pk in list(ListVersion.objects.all().to_load().order_by("pk").values_list("pk", flat=True)):
        loading.load(pk)
    ask_again()
    done = 0
    waiting = ScreeningRun.objects.unguarded(_WHY).filter(state=RunState.WAITING)
    for pk in list(waiting.order_by("pk").values_list("pk", flat=True)[:limit]):
        done += _perform_once(pk)
    let_principals_go()
    return done


def _perform_once(pk: int) -> bool:
    with transaction.atomic():
        run = (
            ScreeningRun.objects.unguarded(_WHY)
            .select_for_update(skip_locked=True, of=("self",))
            .select_related("partnership", "circle")
            .filter(pk=pk, state=RunState.WAITING)
            .first()
        )
        if run is None:
            return False
        _perform(run)
    return True


def let_principals_go() -> int:
    """People who were named go, with what was found about them, once the record is over or a side has left."""
    since = clock.now() - timedelta(days=KEEP_PRINCIPALS_DAYS)
    moved = Move.objects.filter(partnership=OuterRef("partnership"), at__gte=since)
    over = Q(partnership__standing__in=[Standing.ENDED, Standing.CLOSED, Standing.NOT_PURSUED]) & ~Exists(moved)
    rows = Principal.objects.unguarded("nobody reads them here").filter(
        over | Q(party__left_at__lt=since) | Q(of__left_at__lt=since),
        changed_at__lt=since,
        # A hold of the side that named them.
        party__held_since=None,
    )
    gone = len(rows)
    rows.delete()
    return gone


def check_size(file: IO[bytes], size: int) -> None:
    """A file that is larger than this installation takes is refused before anything is read."""
    if size > settings.SCREENING_MAX_BYTES:
        raise ValidationError(
            _("The file has %(size)s MB; this installation takes lists of at most %(most)s MB.")
            % {"size": -(-size // 2**20), "most": settings.SCREENING_MAX_BYTES // 2**20}
        )
