"""What a report says, to whom: its versions, what stands beside the results, what goes out of it again."""

from __future__ import annotations

import hashlib
import html
import io
import re
import unicodedata
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import translation
from openpyxl import load_workbook
from pypdf import PdfReader

from evaluation.reports import actions, building, chapters, layers, printing, sheets, tasks, voice
from evaluation.reports.actions import papers, renewing
from evaluation.reports.content import Spoken
from evaluation.reports.models import Report, ReportJob
from evaluation.reviews import actions as reviews
from evaluation.reviews import kinds as review_kinds
from evaluation.reviews.actions import Speaker
from evaluation.reviews.models import Comment
from evaluation.reviews.queries import Said
from lifecycle.delivery.models import Commitment, CommunityPromise, Contribution, Gift
from lifecycle.scoping.actions import bodies as scoping
from partnerships import clock
from partnerships.access.actions import authored, circle_here, withdraw
from partnerships.catalogue.content import Instrument
from partnerships.catalogue.queries import current_content
from partnerships.history.models import Act
from partnerships.looks import logos
from partnerships.notices import links
from partnerships.notices.models import Notice
from partnerships.people.actions import set_report_look
from partnerships.work.models import WorkItem
from tests.partnerships.looks.test_logos import picture
from tests.running import store_away

SECRET = "zebrafish in the well"


def url(report, name="report", *args):
    return reverse(f"reports:{name}", args=[report.partnership.public_id, report.public_id, *args])


def snapshot_of(report):
    return building.from_json(Report.objects.unguarded("test").get(pk=report.pk).snapshot)


def commitment(world, what, *, kind="partners", by="ngo", **values):
    place = world.lead(by)
    return Commitment.objects.create(
        **authored(place, circle_here(place, kind)),
        **{
            "what": what,
            "owner": place.own_party,
            "person": place.user,
            "due_on": clock.today() + timedelta(days=9),
            **values,
        },
    )


@pytest.fixture
def community(world):
    party = world.join("council", "community", "rights_holder", 2)
    world.join("fund", "funder", "funder", 1)
    return party


@pytest.fixture
def opened(world, community):
    first = world.opened(ngo=2, company=3)
    with clock.at(first.opened_at + timedelta(days=1)):
        deed = reviews.add_action(
            first,
            text="Meet every month",
            owner_party=world.lead("ngo").own_party,
            owner_seat=world.seat(world.leads["ngo"]),
            due_on=first.opening_at.date() + timedelta(days=30),
            by=world.lead("ngo"),
        )
        reviews.finish_action(deed, note="They do", by=world.lead("ngo"))
    with clock.at(first.opened_at + timedelta(days=300)):
        round = world.opened(
            ngo=lambda code: 1 if code.startswith("power") else 3, company=4, comments={"trust.1": SECRET}
        )
    with clock.at(round.opened_at + timedelta(hours=1)):
        commitment(world, "Build the second post")
        commitment(world, "What we keep to ourselves", kind="own")
        commitment(world, "Bring the pump", by="company", state="confirmed", due_on=clock.today() - timedelta(days=3))
        commitment(world, "Train the nurses", by="company", due_on=clock.today() - timedelta(days=3))
        place = world.lead("company")
        gift = Contribution.objects.create(
            **authored(place, circle_here(place, "partners")),
            giver=place.own_party,
            kind="cash",
            what="For the posts",
            amount=Decimal("120500"),
            starts_on=clock.today(),
            ends_on=clock.today(),
        )
        Gift.objects.create(
            contribution=gift, on=clock.today(), amount=Decimal("30125"), party=place.own_party, by=place.user
        )
        CommunityPromise.objects.create(
            **authored(place, circle_here(place, "all")),
            promiser=place.own_party,
            body_name="Council of Kessa",
            what="Water before the dry season",
            said_on=clock.today() - timedelta(days=60),
            due_on=clock.today() - timedelta(days=5),
        )
        finding = reviews.add_finding(round, text="Decisions come late", about="power.1", by=world.lead("ngo"))
        reviews.add_action(
            round,
            text="Decide within a week",
            owner_party=world.lead("ngo").own_party,
            owner_seat=world.seat(world.leads["ngo"]),
            due_on=clock.today() + timedelta(days=30),
            finding=finding,
            by=world.lead("ngo"),
        )
    return round


@pytest.fixture
def now(opened):
    with clock.at(opened.opened_at + timedelta(hours=2)):
        yield


def make(world, opened, audience="partners", by="ngo"):
    return actions.make_report(opened, audience=audience, by=world.lead(by))


def told(report, language="en"):
    with translation.override(language):
        snapshot = snapshot_of(report)
        return chapters.chapters(snapshot, building.telling_of(snapshot))


def words_of(chapter):
    found = []
    for block in chapter.blocks:
        if isinstance(block, chapters.Words):
            found += [block.title, *block.says]
        elif isinstance(block, chapters.Grid):
            found += [cell.text for row in block.rows for cell in row]
    return " | ".join(found).replace("\xa0", " ")


@pytest.mark.usefixtures("now")
class TestContent:
    def test_the_summary_is_made_from_the_data(self, world, opened):
        said = words_of(told(make(world, opened))["short"])
        assert "To talk about first: About power." in said
        assert "Done: 1 of 1 action of the round before." in said
        assert "Done and confirmed: 1 of 3 commitments that stand." in said
        assert "1 commitment is late." in said
        assert "1 promise to a community is late." in said

    def test_who_is_in_and_how_many_answered_of_large_groups_alone(self, world, opened):
        said = words_of(told(make(world, opened))["boundary"])
        assert "6 of 6 (100 %)" in said
        assert "Council" in said
        assert "Not asked in this review: Broker, Council and Fund." in said

    def test_a_small_groups_rate_is_not_told(self, world, community):
        round = world.started()
        world.agreed(round, "ngo")
        world.individually(round, "company")
        round = world.fresh(round)
        with clock.at(round.opening_at):
            reviews.open_round(round)
            report = make(world, world.fresh(round))
        assert [rate.answered for rate in snapshot_of(report).content.rates] == [7]

    def test_promises_against_delivery(self, world, opened):
        said = words_of(told(make(world, opened))["promises"])
        for each in ("Meet every month", "Build the second post", "Train the nurses", "Water before the dry season"):
            assert each in said
        assert "USD 120,500" in said
        assert "25 %" in said

    def test_outcomes_are_plugged_in_and_stay_apart(self, world, opened, monkeypatch):
        plain = SimpleNamespace
        voice_read = plain(key="w1", party=world.lead("company").own_party.public_id, stance="confirmed", words="")
        effect = {
            "key": "o1", "circle": "all", "kind": "told", "party": world.lead("ngo").own_party.public_id,
            "language": "en", "what": "People meet", "for_whom": "Villages", "how_known": "They said so",
            "response": "", "voices": [voice_read],
        }  # fmt: skip
        read = plain(
            indicators=[
                plain(key="i1", circle="partners", name="Posts", language="en", unit="posts", baseline="0",
                      baseline_on=None, target="8", target_on=None, percent="37.5", layer="results",
                      values=[plain(key="m1", on="2026-10-01", value="3", source="")]),
                plain(key="i2", circle="own", name="Own secret", language="en", unit="", baseline=None,
                      baseline_on=None, target=None, target_on=None, percent=None, layer="results", values=[]),
            ],
            counted=[], told=[plain(**effect)], harm=[plain(**{**effect, "key": "o2", "kind": "harm", "what": "Dust"})],
            sides=[plain(party=world.lead("ngo").own_party.public_id,
                         put=[plain(model="evaluation.effortstatement", key="s1", hours="120", coordinating="40",
                                    delivering="80", costs=[plain(form="cash", currency="EUR", amount="1500.00")])],
                         values=[plain(key="v1", kind="x", words="We learned", language="en", amount=None,
                                       currency="")])],
        )  # fmt: skip
        asked = []

        def source(place, *, reads=None, hears=None):
            asked.append(reads is not None and hears is not None)
            return plain(**{**vars(read), "indicators": read.indicators[: 2 if reads is None else 1]})

        monkeypatch.setattr(layers, "_sources", [source])
        made = told(make(world, opened))
        assert asked == [True]
        assert made["results"].layer == "Results of the project"
        assert made["value"].layer == "Value to each partner"
        said = words_of(made["results"])
        assert "Posts" in said
        assert "Dust" in said
        assert "Own secret" not in said
        assert "Confirmed by Company" in said
        assert "EUR 1,500" in words_of(made["value"])
        assert "Own secret" in words_of(told(make(world, opened, "own"))["results"])
        assert asked == [True, False]

    def test_a_communitys_words_stand_only_where_every_reader_reads_them_already(self, world, opened, monkeypatch):
        place = world.lead("council")
        item = commitment(world, "stands for a note", by="council", kind="chosen")
        spoken = Spoken(
            "lifecycle.commitment", item.public_id, "Council", "asked", "", "Nobody asked us", "en", "2026-10-01"
        )
        monkeypatch.setattr(voice, "_sources", [lambda round, place, reach: [spoken] if reach.reads(item) else []])
        assert not snapshot_of(make(world, opened, "all")).content.voice
        item.circle = circle_here(place, "all")
        item.save()
        assert "Nobody asked us" in str(snapshot_of(make(world, opened, "all")).content.voice)

    @pytest.fixture
    def spoken(self, world, opened):
        """A body without a seat said something, the NGO wrote it down, and the body lets both partners read it."""
        body = scoping.name_body(
            by=world.lead("ngo"), name="Assembly of Kessa", address="assembly@example.org", address_language="fr"
        )

        def speak(readers=("company", "broker"), words="The water truck came twice"):
            with translation.override("en"):
                said = {
                    item.code: Said("partly", words if at == 0 else "")
                    for at, item in enumerate(current_content(Instrument, "community").items)
                }
            voice = reviews.write_voice(
                opened, Speaker(body), said=said, how="meeting", spoken_on=clock.today(), spoken_language="Kessa",
                by=world.lead("ngo"),
            )  # fmt: skip
            token = links.token_for(review_kinds.VOICE_PURPOSE, voice.pk, None)
            return reviews.approve_voice_by_link(token, readers=[world.lead(name).own_party for name in readers])

        return speak

    def test_what_a_body_said_of_the_round_stands_on_page_paper_and_sheet(self, world, opened, spoken, client):
        spoken()
        report = make(world, opened)
        said = words_of(told(report)["voice"])
        assert "Were we asked? | Partly | The water truck came twice" in said
        assert "Written down by Ngo, approved by the body. Spoken in: Kessa." in said
        assert "Nous a-t-on demandé notre avis" in words_of(told(report, "fr")["voice"])
        client.force_login(world.leads["ngo"])
        page = client.get(url(report)).content.decode()
        paper = pdf_text(printing.pdf_of(snapshot_of(report), language="en", word="review"))
        for words in ("Were we asked?", "The water truck came twice"):
            assert words in page
            assert words in " ".join(paper.split())
            assert words in sheet_text(snapshot_of(report))

    def test_a_body_is_heard_only_where_it_let_every_reader_of_the_version_read_it(self, world, opened, spoken):
        spoken(readers=["company"])
        assert not snapshot_of(make(world, opened)).content.voice, "the broker reads that version too"
        assert snapshot_of(make(world, opened, "own")).content.voice, "the NGO wrote it down"
        spoken(readers=["company", "broker"])
        assert snapshot_of(make(world, opened)).content.voice
        assert not snapshot_of(make(world, opened, "all")).content.voice, (
            "a partner typed it in, and shows it no further"
        )
        assert not snapshot_of(make(world, opened, "donor")).content.voice

    @pytest.mark.parametrize("how", ["withdrawn", "replaced"])
    def test_what_a_body_takes_back_or_says_anew_goes_out_of_reports(self, world, opened, spoken, how):
        first = spoken()
        report = make(world, opened)
        if how == "withdrawn":
            reviews.withdraw_voice(first, by=world.lead("ngo"))
        else:
            spoken(words="It came every week")
        tasks.sweep()
        assert "water truck" not in str(building.to_json(snapshot_of(report)))
        assert [(each.model, each.count) for each in snapshot_of(report).withdrawn] == [("evaluation.voice", 1)]
        assert "What affected people say of a review: 1, withdrawn or replaced on" in words_of(told(report)["method"])
        again = make(world, opened)
        assert ("It came every week" in str(building.to_json(snapshot_of(again)))) == (how == "replaced")

    def test_the_number_of_questions_does_not_grow(self, world, opened, django_assert_num_queries):
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        def count():
            with CaptureQueriesContext(
                connection,
            ) as asked:
                building.build(opened, world.lead("ngo"), audience="partners")
            return len(asked)

        count()  # What a process reads once.
        before = count()
        for number in range(3):
            commitment(world, f"More {number}")
            reviews.add_finding(opened, text=f"More {number}", by=world.lead("ngo"))
        assert count() == before


@pytest.mark.usefixtures("now")
class TestVersions:
    def test_what_one_side_keeps_stands_in_its_own_version_alone(self, world, opened):
        for audience in ("partners", "all", "donor"):
            data = str(make(world, opened, audience).snapshot)
            assert "What we keep to ourselves" not in data, audience
            assert SECRET not in data, audience
            assert "Build the second post" in data, audience
        own = str(make(world, opened, "own").snapshot)
        assert "What we keep to ourselves" in own
        assert SECRET in own

    def test_beyond_the_partners_people_stand_by_function(self, world, opened):
        name = world.leads["ngo"].name
        report = make(world, opened, "donor")
        with translation.override("en"):
            html = printing.html_of(snapshot_of(report), language="en", word="review")
        assert name not in html
        assert "Ngo, Another function" in html
        assert name in printing.html_of(snapshot_of(make(world, opened)), language="en", word="review")

    def test_a_wider_version_is_the_partners_until_each_has_agreed(self, world, opened, client):
        report = make(world, opened, "all")
        assert WorkItem.objects.filter(kind="reports.agree", closed_at=None).count() == 1
        client.force_login(world.leads["council"])
        assert client.get(url(report)).status_code == 404
        client.force_login(world.leads["company"])
        page = client.get(url(report)).content.decode()
        assert "Waits for Company to agree." in page
        assert client.get(url(report, "sheet")).status_code == 404
        client.post(url(report, "ask"))
        assert not ReportJob.objects.exists()
        client.post(url(report, "agree"), {"version": report.version})
        assert not WorkItem.objects.filter(kind="reports.agree", closed_at=None).exists()
        for name in ("council", "fund", "ngo", "broker"):
            client.force_login(world.leads[name])
            assert client.get(url(report)).status_code == 200, name
            assert client.get(url(report, "sheet")).status_code == 200, name
        client.force_login(world.leads["council"])
        pid = world.partnership.public_id
        assert url(report) in client.get(reverse("reports:shared", args=[pid])).content.decode()
        assert url(report) in client.get(reverse("record:overview", args=[pid])).content.decode()
        assert Notice.objects.filter(kind="reports.shown", recipient=world.leads["council"]).exists()

    @pytest.mark.parametrize("audience", ["all", "donor"])
    def test_what_it_says_of_its_readers_is_true_before_and_after_all_have_agreed(
        self, world, opened, client, audience
    ):
        report = make(world, opened, audience)
        for name in ("broker", "company"):
            client.force_login(world.leads[name])
            page = client.get(url(report)).content.decode()
            assert "Nobody but the partners and their broker reads this yet." in page
            assert "Every partner has agreed" not in page
        actions.agree(report, seen=report.version, by=world.lead("company"))
        page = client.get(url(report)).content.decode()
        assert "reads this yet" not in page
        assert "only once every partner has agreed to show it as it is" in page

    def test_where_no_broker_is_in_the_circle_none_is_named(self, world, opened, client):
        Report.objects.unguarded("test").filter(pk=make(world, opened, "all").pk).update(
            circle=circle_here(world.lead("ngo"), "partners_alone")
        )
        client.force_login(world.leads["company"])
        page = client.get(url(Report.objects.unguarded("test").get())).content.decode()
        assert "Nobody but the partners reads this yet." in page

    def test_a_donors_version_is_for_funders_and_not_for_a_community(self, world, opened, client):
        report = make(world, opened, "donor")
        actions.agree(report, seen=report.version, by=world.lead("company"))
        for name, status in (("fund", 200), ("council", 404)):
            client.force_login(world.leads[name])
            assert client.get(url(report)).status_code == status

    def test_what_changed_is_read_again_before_it_is_agreed_to(self, world, opened):
        report = make(world, opened, "all")
        Report.objects.unguarded("test").filter(pk=report.pk).update(version=2)
        with pytest.raises(ValidationError, match="changed since you read it"):
            actions.agree(report, seen=1, by=world.lead("company"))

    @pytest.mark.parametrize("seen", ["²", "9" * 5000, "", "-1", "x"])
    def test_a_version_that_is_no_number_is_an_older_one(self, world, opened, client, seen):
        report = make(world, opened, "all")
        client.force_login(world.leads["company"])
        assert client.post(url(report, "agree"), {"version": seen}).status_code == 302
        assert report.consents.count() == 1

    def test_a_member_or_a_broker_agrees_to_nothing(self, world, opened, client):
        report = make(world, opened, "all")
        for user in (world.people["company"][3], world.leads["broker"]):
            client.force_login(user)
            assert client.post(url(report, "agree"), {"version": 1}).status_code == 403
        with pytest.raises(ValidationError, match="Only a partner"):
            make(world, opened, "all", by="broker")

    def test_an_old_snapshot_is_read_as_it_was_meant(self, world, opened):
        report = make(world, opened)
        old = {**report.snapshot, "format": 1, "audience": "all"}
        for name in ("content", "made", "withdrawn"):
            del old[name]
        snapshot = building.from_json(old)
        assert snapshot.audience == "partners"
        assert "For Ngo and Company and their broker" in printing.html_of(snapshot, language="en", word="review")


NUMBER = re.compile(r"\d+(?:[.,\u00a0\u202f]\d+)*")


def figures(text):
    """Every number in a text, without the signs that group it."""
    found = {re.sub(r"[\u00a0\u202f,]", "", each) for each in NUMBER.findall(text)}
    return {format(Decimal(each).normalize(), "f") for each in found if each.count(".") < 2}


def pdf_text(data):
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages)


CONTENTS = re.compile(r'<li><a href="#(\w+)">(.*?)</a></li>')
STRENGTHS = re.compile(r'<tr><th scope="row">([^<]+)</th><td>(All [^<]+)</td></tr>')


def headings(page):
    """The titles of a report's chapters, in order."""
    return [html.unescape(title) for _id, title in re.findall(r'<h2 id="(\w+)">(.*?)</h2>', page)]


def sheet_text(snapshot):
    target = io.BytesIO()
    sheets.write(snapshot, target, language="en", word="review")
    book = load_workbook(target)
    return "\n".join(
        str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None
    )


@pytest.mark.usefixtures("now")
class TestRenderings:
    def test_every_figure_of_the_page_is_on_paper_and_in_the_sheet(self, world, opened, client):
        report = make(world, opened)
        client.force_login(world.leads["ngo"])
        page = client.get(url(report)).content.decode()
        main = page[page.index('id="short"') : page.index('id="take"')]
        text = re.sub(r"<svg.*?</svg>|<[^>]+>", " ", main, flags=re.DOTALL).replace("&#x27;", "'")
        shown = figures(text)
        assert {"120500", "30125", "25"} <= shown
        snapshot = snapshot_of(report)
        paper = figures(pdf_text(printing.pdf_of(snapshot, language="en", word="review")))
        assert shown <= paper, shown - paper
        # Days and years stand in the sheet as ISO days.
        sheet = figures(sheet_text(snapshot).replace("-", " "))
        assert shown - {"0.8"} <= sheet | {str(n) for n in range(32)}, shown - sheet

    @pytest.mark.parametrize("audience", ["partners", "own"])
    def test_page_paper_and_spreadsheet_hold_the_same_chapters(self, world, opened, client, audience):
        report = make(world, opened, audience)
        snapshot = snapshot_of(report)
        client.force_login(world.leads["ngo"])
        page = client.get(url(report)).content.decode()
        paper = printing.html_of(snapshot, language="en", word="review")
        target = io.BytesIO()
        sheets.write(snapshot, target, language="en", word="review")
        book = load_workbook(target)
        listed = [(row[0].value, row[1].value) for row in book["Contents"].iter_rows(min_row=2)]
        titles = headings(paper)
        assert {"What holds you together", "How to read this report", "Method and limits"} <= set(titles)
        assert ("Comments" in titles) == (audience == "own")
        assert [html.unescape(title) for _id, title in CONTENTS.findall(paper)] == titles
        # Beside the report itself stands what one does with it.
        assert headings(page[: page.index('id="take"')]) == titles
        assert [title for title, _sheets in listed] == titles
        assert {name for _title, names in listed for name in names.split("; ")} == set(book.sheetnames) - {
            "Overview",
            "Contents",
        }
        said = " ".join(str(cell.value) for row in book["What holds you together"].iter_rows() for cell in row)
        assert all(text in said for text, _means in STRENGTHS.findall(paper)), "the statements themselves"

    def test_the_same_snapshot_gives_the_same_bytes_on_another_day(self, world, opened):
        snapshot = snapshot_of(make(world, opened))

        def made():
            book = io.BytesIO()
            sheets.write(snapshot, book, language="fr", word="review")
            pdf = printing.pdf_of(snapshot, language="fr", word="review")
            return [hashlib.sha256(each).hexdigest() for each in (pdf, book.getvalue())]

        first = made()
        with clock.at(clock.now() + timedelta(days=500)):
            assert made() == first

    def test_the_row_keeps_what_the_file_was_made_with(self, world, opened):
        report = make(world, opened)
        job = actions.ask_for_pdf(report, language="en", word="review", user=world.leads["ngo"])
        assert actions.make_pdf(job.pk)
        job.refresh_from_db()
        with job.file.open("rb") as file:
            assert hashlib.sha256(file.read()).hexdigest() == job.digest
        assert (job.template, job.software) == (building.TEMPLATE, building.release())
        method = snapshot_of(report).content.method
        assert (method.instrument, method.instrument_version, method.minimum) == ("short", 1, 5)

    @pytest.mark.parametrize("language", ["en", "fr", "es"])
    def test_the_pdf_is_tagged_named_and_can_be_walked(self, world, opened, language):
        pdf = PdfReader(io.BytesIO(printing.pdf_of(snapshot_of(make(world, opened)), language=language, word="review")))
        root = pdf.trailer["/Root"]
        assert root["/Lang"] == language
        assert root["/MarkInfo"]["/Marked"]
        assert root["/ViewerPreferences"]["/DisplayDocTitle"]
        assert "Kessa health posts" in pdf.metadata.title
        assert b"pdfuaid:part" in root["/Metadata"].get_data()
        heads = [each.title for each in pdf.outline[1] if not isinstance(each, list)]
        assert len(heads) >= 7
        tags = list(structure(root["/StructTreeRoot"]))
        heads_of_tables = {str(tag["/ID"]) for tag in tags if tag.get("/S") == "/TH"}
        cells = [tag for tag in tags if tag.get("/S") == "/TD"]
        assert heads_of_tables
        assert cells
        assert all({str(head) for head in tag["/A"]["/Headers"]} <= heads_of_tables for tag in cells)
        pictures = [tag for tag in tags if tag.get("/S") == "/Figure"]
        assert pictures
        assert all(tag.get("/Alt") for tag in pictures)

    def test_hostile_and_foreign_words_reach_the_paper_as_words(self, world, opened):
        arabic, russian = "تصل المياه إلى القرية", "Вода приходит в деревню"
        text = f"<script>alert(1)</script> & <b>bold</b> {arabic} {russian} " + "A well for each village. " * 200
        reviews.add_finding(opened, text=text, by=world.lead("ngo"))
        data = printing.pdf_of(snapshot_of(make(world, opened)), language="en", word="review")
        said = " ".join(pdf_text(data).split())
        assert "<script>alert(1)</script> & <b>bold</b>" in said
        assert russian in said
        # Letters that stand right to left come out joined: each word's letters are there, in their order.
        assert all(word in unicodedata.normalize("NFKC", said) for word in arabic.split())
        assert said.count("village.") == 200
        fonts = {str(font) for page in PdfReader(io.BytesIO(data)).pages for font in embedded(page)}
        assert fonts
        assert all(fonts), "every font is in the file"

    def test_an_emoji_is_in_the_text_of_the_file_even_where_no_font_draws_it(self, world, opened):
        reviews.add_finding(opened, text="Water 🚰 comes", by=world.lead("ngo"))
        data = printing.pdf_of(snapshot_of(make(world, opened)), language="en", word="review")
        maps = [
            font.get_object()["/ToUnicode"].get_object().get_data()
            for page in PdfReader(io.BytesIO(data)).pages
            for font in page["/Resources"]["/Font"].values()
        ]
        # As a copying reader finds it: U+1F6B0 in UTF-16.
        assert any(b"<d83ddeb0>" in each for each in maps)


def structure(node):
    """Every element of a PDF's structure tree."""
    node = node.get_object()
    if not hasattr(node, "get"):
        return
    yield node
    children = node.get("/K", [])
    children = children.get_object() if hasattr(children, "get_object") else children
    for child in children if isinstance(children, list) else [children]:
        child = child.get_object() if hasattr(child, "get_object") else child
        if hasattr(child, "get") and ("/S" in child or "/K" in child):
            yield from structure(child)


def embedded(page):
    for font in page["/Resources"]["/Font"].values():
        inner = font.get_object()["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object()
        yield inner.get("/FontFile2") or inner.get("/FontFile3") or inner.get("/FontFile")


@pytest.mark.usefixtures("now")
class TestWithdrawn:
    def test_a_withdrawn_comment_goes_out_of_report_and_files(
        self, world, opened, client, settings, django_capture_on_commit_callbacks
    ):
        report = make(world, opened, "own")
        job = actions.ask_for_pdf(report, language="en", word="review", user=world.leads["ngo"])
        assert actions.make_pdf(job.pk)
        comment = Comment.objects.unguarded("test").filter(text=SECRET, party=world.lead("ngo").own_party).first()
        Comment.objects.unguarded("test").filter(pk=comment.pk).update(text="", withdrawn_at=clock.now())
        client.force_login(world.leads["ngo"])
        with django_capture_on_commit_callbacks(execute=True):
            page = client.get(url(report)).content.decode()
        assert page.count(SECRET) == 5, "the others' comments stand"
        assert "Something was withdrawn since this report was made." in page
        assert "Comments: 1, withdrawn on" in page
        assert not ReportJob.objects.exists()
        assert not list(settings.MEDIA_ROOT.rglob("*.pdf"))
        stored = Report.objects.unguarded("test").get(pk=report.pk)
        assert (stored.version, str(stored.snapshot).count(SECRET)) == (2, 5)
        assert Act.objects.filter(kind="reports.renewed").count() == 1

    def test_the_sweep_takes_out_what_was_withdrawn_before_anybody_reads(self, world, opened):
        report = make(world, opened)
        finding = opened.findings.get()
        withdraw(finding, by=world.lead("ngo"))
        tasks.sweep()
        snapshot = snapshot_of(report)
        assert "Decisions come late" not in str(building.to_json(snapshot))
        assert [(each.model, each.count) for each in snapshot.withdrawn] == [("evaluation.finding", 1)]
        assert renewing.sweep() == 0, "once"

    def test_what_was_agreed_to_stays_agreed_without_it(self, world, opened):
        report = make(world, opened, "all")
        actions.agree(report, seen=1, by=world.lead("company"))
        withdraw(Commitment.objects.unguarded("test").get(what="Build the second post"), by=world.lead("ngo"))
        tasks.sweep()
        report.refresh_from_db()
        assert report.agreed_at
        assert "Build the second post" not in str(report.snapshot)

    def test_a_worker_in_the_middle_keeps_no_file_of_the_old_words(self, world, opened, settings, monkeypatch):
        report = make(world, opened)
        job = actions.ask_for_pdf(report, language="en", word="review", user=world.leads["ngo"])
        to_pdf = papers.paper.to_pdf

        def meanwhile(*args, **kwargs):
            withdraw(opened.findings.get(), by=world.lead("ngo"))
            renewing.sweep()
            return to_pdf(args[0])

        monkeypatch.setattr(papers.paper, "to_pdf", meanwhile)
        assert not actions.make_pdf(job.pk)
        assert not list(settings.MEDIA_ROOT.rglob("*.pdf"))


@pytest.mark.usefixtures("now")
class TestLook:
    def test_each_side_has_its_own_logo_and_colour(self, world, opened, client):
        report = make(world, opened)
        own = world.lead("ngo").own_party.organisation
        set_report_look(own, colour="#7a1f3d", logo=logos.check_logo(picture()), keep_logo=True, by=world.leads["ngo"])
        for name in ("ngo", "company"):
            client.force_login(world.leads[name])
            client.post(url(report, "ask"))
        tasks.sweep()
        ours, theirs = ReportJob.objects.order_by("look")
        assert {ours.state, theirs.state} == {"done"}
        looked = ours if ours.look else theirs
        assert looked.asked_by == world.leads["ngo"]
        html = printing.html_of(snapshot_of(report), language="en", word="review", look=actions.look_of(looked.look))
        assert "#7a1f3d" in html
        assert f'alt="{own.name}"' in html
        with looked.file.open("rb") as file:
            assert any(page.images for page in PdfReader(file).pages)

    def test_what_was_made_with_anothers_look_is_not_found_by_its_id(self, world, opened, client):
        report = make(world, opened)
        own = world.lead("ngo").own_party.organisation
        look = set_report_look(own, colour="#7a1f3d", logo=None, keep_logo=True, by=world.leads["ngo"])
        theirs = actions.ask_for_pdf(report, language="en", word="review", look=look, user=world.leads["ngo"])
        ours = actions.ask_for_pdf(report, language="en", word="review", user=world.leads["company"])
        ReportJob.objects.update(state="done", file="reports/2026/here.pdf")
        for job, name, found in ((theirs, "ngo", True), (theirs, "company", False), (ours, "company", True)):
            client.force_login(world.leads[name])
            page = client.get(url(report, "job", job.public_id))
            assert (page.status_code == 302) is found, (job, name)
            if not found:
                assert client.get(url(report, "pdf", job.public_id)).status_code == 404

    def test_a_logo_that_cannot_be_read_is_said(self, world, opened):
        own = world.lead("ngo").own_party.organisation
        look = set_report_look(own, colour="", logo=logos.check_logo(picture()), keep_logo=True, by=world.leads["ngo"])
        job = actions.ask_for_pdf(make(world, opened), language="en", word="review", look=look, user=world.leads["ngo"])
        with store_away("_open"):
            assert not actions.make_pdf(job.pk)
        job.refresh_from_db()
        assert (job.state, job.reason) == ("failed", "store")
