"""Pages against the floor, one request after the other: floor, page, floor, page …"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from config.stories.people import address
from evaluation.reports.models import Report
from evaluation.reviews import queries
from evaluation.reviews.models import Round
from evaluation.reviews.states import RoundState
from lifecycle.diligence.models import DiligenceAnswer
from partnerships.people.models import User
from partnerships.portfolio import queries as portfolio
from partnerships.record.models import Partnership

from .models import FloorRow
from .reviewed import results_path
from .seed import VIEWERS
from .server import Costs, Request, Sample, ask, sample

#: Milliseconds of CPU over which floor (b) says that the machine is too slow, or too busy, for any figure to count.
VOID_OVER = 9.0
#: Statements of a checklist with two sides' answers and documents, and of an answer that is saved while one types.
CHECKLIST_QUERIES, AUTOSAVE_QUERIES = 18, 12
#: Statements of a page of results, however many people and rounds.
RESULTS_QUERIES = 20
#: A CSRF token as a browser has it: in the cookie and in the header.
TOKEN = "b" * 32


@dataclass(frozen=True)
class Page:
    """What is measured: whose request, held against which floor, and the bars; 0: there is none."""

    name: str
    viewer: str
    path: str
    floor: str
    times: float
    queries: int
    body: Callable[[], str] | None = None
    heard: Callable[[str], None] = lambda version: None
    ok: tuple[int, ...] = (200,)


@dataclass
class Figure:
    """One line of the table. `ratio` is of CPU, web and database together; `p50_ratio` of the clock on the wall."""

    page: str
    viewer: str
    p50_ms: float
    rps: float
    cpu_ms: float
    database_ms: float
    queries: int
    queries_bar: int
    floor: float
    ratio: float
    p50_ratio: float
    bar: float
    ok: bool

    def as_json(self) -> dict[str, Any]:
        return {k: round(v, 2) if isinstance(v, float) else v for k, v in asdict(self).items()}


class Visitor:
    """A signed-in viewer: the session is written here, since nobody's sign-in is measured."""

    def __init__(self, name: str) -> None:
        self.user = User.objects.get(email=address(VIEWERS[name]))
        session = SessionStore()
        session[SESSION_KEY] = str(self.user.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = self.user.get_session_auth_hash()
        session.create()
        self.cookies = {settings.SESSION_COOKIE_NAME: str(session.session_key), settings.CSRF_COOKIE_NAME: TOKEN}

    def request(self, page: Page) -> Request:
        headers = {"Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items()), "Host": "127.0.0.1"}
        if page.body is None:
            return Request("GET", page.path, headers)
        headers |= {"X-CSRFToken": TOKEN, "X-Autosave": "1", "Content-Type": "application/x-www-form-urlencoded"}
        return Request("POST", page.path, headers, page.body())

    def count_queries(self, page: Page) -> int:
        """Statements of one warm request, in this process; the same code and the same database."""
        client = Client(SERVER_NAME="127.0.0.1")
        client.cookies.load(self.cookies)
        for counted in (False, True):
            with CaptureQueriesContext(connection) as captured:
                answer = self._in_process(client, page)
                statements = [q["sql"] for q in captured.captured_queries]
            page.heard(answer.headers.get("X-Version", ""))
            if answer.status_code not in page.ok:
                raise SystemExit(f"{page.name} for {page.viewer}: {answer.status_code} in place of {page.ok}")
            if counted:
                return len(statements)
        raise AssertionError

    def _in_process(self, client: Client, page: Page) -> Any:
        if page.body is None:
            return client.get(page.path)
        return client.post(
            page.path,
            page.body(),
            content_type="application/x-www-form-urlencoded",
            headers={"X-CSRFToken": TOKEN, "X-Autosave": "1"},
        )


def floors(viewer: Visitor) -> dict[str, Page]:
    row = FloorRow.objects.filter(owner=viewer.user.pk).order_by("pk").values_list("pk", flat=True)[0]
    return {
        "b": Page("floor (b)", "", "/floor/list/", "b", 1, 3),
        "d": Page("floor (d)", "", f"/floor/detail/{row}/", "d", 1, 6),
    }


def pages() -> list[Page]:
    """Everything with an address that has a bar."""
    five_years = Partnership.objects.get(name="Kessa health posts")
    kessa = five_years.public_id
    answering = Partnership.objects.get(name="Answering")
    found = [Page("list", who, "/partnerships/", "b", 2, 8) for who in ("administrator", "broker", "member")]
    found += [
        Page(f"list by {sort}", "administrator", f"/partnerships/?sort={sort}", "b", 2, 8) for sort in ("name", "due")
    ]
    found.append(Page("list, one stage", "administrator", "/partnerships/?stage=agreement", "b", 2, 8))
    found.append(Page("list, one standing", "administrator", "/partnerships/?standing=active", "b", 2, 8))
    found.append(Page("list, words", "administrator", "/partnerships/?words=agreement", "b", 2, 8))
    found.append(Page("list, deep page", "administrator", f"/partnerships/?after={deep_key()}", "b", 2, 8))
    found += [Page("home", who, "/", "b", 2, 10) for who in ("administrator", "broker", "member")]
    found += [Page("record, five years", who, f"/p/{kessa}/", "d", 4, 20) for who in ("lead", "broker")]
    opened = Round.objects.of(five_years).filter(state=RoundState.OPENED).latest("pk")
    # Of a record with many people and rounds: the tallies grow with neither.
    found += [Page("review results", who, results_path(), "b", 4, RESULTS_QUERIES) for who in ("lead", "broker")]
    path = f"/p/{kessa}/reviews/{opened.public_id}/reports/"
    found.append(Page("report building", "lead", path, "d", 0, 0, lambda: "audience=all", ok=(302,)))
    report = Report.objects.of(five_years).latest("pk")
    found.append(Page("report", "lead", f"/p/{kessa}/reports/{report.public_id}/", "d", 0, 0))
    found += [
        Page("checklist", "lead", f"{checklist_path()}", "b", 3, CHECKLIST_QUERIES),
        Page("question, on its own", "lead", f"{checklist_path()}q/5.1/", "b", 0, 0),
    ]
    said = SaidForm()
    path = f"{checklist_path()}q/5.1/"
    found.append(
        Page("diligence answer, autosave", "lead", path, "d", 2, AUTOSAVE_QUERIES, said.body, said.heard, (204,))
    )
    round_ = Round.objects.of(answering).get()
    path = f"/p/{answering.public_id}/reviews/{round_.public_id}/answer/trust/"
    form = AnswerForm(round_, "trust")
    found.append(Page("review answer, autosave", "lead", path, "d", 2, 20, form.body, form.heard, (204,)))
    return found


def deep_key() -> str:
    """The key of the administrator's last full page."""
    user, key = User.objects.get(email=address(VIEWERS["administrator"])), ""
    while after := portfolio.page(user, after=key).next_key:
        key = after
    return key


class AnswerForm:
    """What the browser sends a moment after typing: each time another answer, on top of the version it saw last."""

    def __init__(self, round_: Round, screen: str) -> None:
        lead = User.objects.get(email=address(VIEWERS["lead"]))
        respondent = queries.own_respondent(round_, lead)
        if respondent is None:
            raise SystemExit("The lead has no part to answer.")
        self.version = str(queries.draft_of(respondent).versions.get(screen, 0))
        self.codes = [one.code for one in queries.screens(round_)[screen]]
        self.turn = 0

    def body(self) -> str:
        self.turn += 1
        answers = {f"s-{code}": (self.turn + n) % 5 for n, code in enumerate(self.codes)}
        comments = {f"c-{code}": f"Written for the {self.turn}th time." for code in self.codes}
        return urlencode({"version": self.version} | answers | comments)

    def heard(self, version: str) -> None:
        self.version = version


def checklist_path() -> str:
    """The checklist of the lead's side about the other."""
    record = Partnership.objects.get(name="Checking")
    other = record.parties.filter(role="partner").exclude(seats__membership__user__email=address(VIEWERS["lead"]))
    return f"/p/{record.public_id}/diligence/about/{other.get().public_id}/"


class SaidForm:
    """What the browser sends while somebody writes an answer: another text each time, on top of the one before."""

    def __init__(self) -> None:
        own = DiligenceAnswer.objects.unguarded("the bench reads what it seeded").filter(
            partnership__name="Checking",
            code="5.1",
            author__email=address(VIEWERS["lead"]),
            assessment__about__seats__membership__user__email=address("philip"),
        )
        self.version = str(sum(own.values_list("version", flat=True)))
        self.turn = 0

    def body(self) -> str:
        self.turn += 1
        values = {"value": "some", "text": f"Written for the {self.turn}th time, as we came to know more."}
        return urlencode({"version": self.version, "round": "1"} | values)

    def heard(self, version: str) -> None:
        self.version = version


def measure(page: Page, port: int, costs: Costs, samples: int) -> Figure:
    """Interleaved with the floor of the same viewer; medians."""
    visitor = Visitor(page.viewer)
    floor = floors(visitor)[page.floor]
    statements = visitor.count_queries(page)
    connection.close()
    for _ in range(6):
        for one in (floor, page):
            one.heard(ask(port, visitor.request(one)).version)
    of_floor: list[Sample] = []
    of_page: list[Sample] = []
    for _ in range(samples):
        of_floor.append(sample(port, costs, visitor.request(floor)))
        of_page.append(sample(port, costs, visitor.request(page)))
        page.heard(of_page[-1].answer.version)
    for one in of_page:
        if one.answer.status not in page.ok:
            raise SystemExit(f"{page.name} for {page.viewer}: {one.answer.status} in place of {page.ok}")
    cpu, base = _median(of_page, "cpu_ms"), _median(of_floor, "cpu_ms")
    p50, base_p50 = _median(of_page, "wall_ms"), _median(of_floor, "wall_ms")
    return Figure(
        page=page.name,
        viewer=page.viewer,
        p50_ms=p50,
        rps=_rps(visitor, page, port, samples),
        cpu_ms=cpu,
        database_ms=_median(of_page, "database_ms"),
        queries=statements,
        queries_bar=page.queries,
        floor=base,
        ratio=cpu / base,
        p50_ratio=p50 / base_p50,
        bar=page.times,
        ok=(not page.times or max(cpu / base, p50 / base_p50) <= page.times)
        and (not page.queries or statements <= page.queries),
    )


def floor_cost(port: int, costs: Costs, samples: int) -> float:
    """Milliseconds of CPU of floor (b): over VOID_OVER no figure of the run counts."""
    visitor = Visitor("administrator")
    request = visitor.request(floors(visitor)["b"])
    connection.close()
    for _ in range(20):
        ask(port, request)
    return median(sample(port, costs, request).cpu_ms for _ in range(samples))


def _rps(visitor: Visitor, page: Page, port: int, samples: int) -> float:
    """Requests a second with one client for each of the two workers; 0 where requests must follow each other."""
    if page.body is not None:
        return 0.0
    started = time.perf_counter()
    with ThreadPoolExecutor(2) as clients:
        list(clients.map(lambda _: ask(port, visitor.request(page)), range(samples)))
    return samples / (time.perf_counter() - started)


def _median(samples: list[Sample], name: str) -> float:
    return float(median(getattr(one, name) for one in samples))
