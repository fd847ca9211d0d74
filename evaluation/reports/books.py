"""Many reports as one file: a workbook that is written report by report, and a ZIP that is written as a stream.

The same reports give the same bytes: order and every date inside come from the snapshots.
"""

from __future__ import annotations

import shutil
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from django.utils.translation import gettext
from xlsxwriter import Workbook

from evaluation.reviews.telling import Telling
from partnerships.looks import svg
from partnerships.looks.sheets import OPTIONS

from . import chapters, sheets
from .building import Snapshot
from .printing import agreed, for_whom, moment_of

#: A ZIP knows no day before.
FIRST = datetime(1980, 1, 1, tzinfo=UTC)


class Book:
    """One workbook over many reports: one row each, and what they say in long form, line by line."""

    def __init__(self, path: Path, folder: Path) -> None:
        self.book = Workbook(str(path), {**OPTIONS, "tmpdir": str(folder)})
        self.wrap = self.book.add_format({"text_wrap": True, "valign": "top"})
        self.units: dict[str, Any] = {}
        self.latest = FIRST
        which = [gettext("Partnership"), gettext("Review"), gettext("Opened")]
        self.lines: dict[str, int] = {}
        heads = {
            "reports": [
                gettext("Reports"), *which, gettext("For"), gettext("Partners"), gettext("Statements"),
                gettext("Wide gaps"), gettext("Findings"), gettext("Actions"), gettext("Actions done"),
                gettext("Withdrawn since"), gettext("File"),
            ],
            "dimensions": [gettext("Dimensions"), *which, gettext("Dimension"), gettext("Partner"), gettext("Mean"),
                           gettext("Band"), gettext("Gap")],
            "statements": [gettext("Statements"), *which, gettext("Dimension"), gettext("Statement"),
                           gettext("Partner"), gettext("Mean"), gettext("People"), gettext("Don't know, %"),
                           gettext("Gap")],
            "agreed": [gettext("Agreed"), *which, gettext("Finding"), gettext("Stands"), gettext("Action"),
                       gettext("Owner"), gettext("Due"), gettext("State"), gettext("What came of it")],
            "more": [gettext("Other tables"), *which, gettext("Chapter"), gettext("Table"), gettext("Row"),
                     gettext("Column"), gettext("Text"), gettext("Figure"), gettext("Unit")],
        }  # fmt: skip
        widths = [34, 22, 14, 30, 30, 24]
        self.sheets = {
            code: sheets.start(self.book, name, head, widths=widths) for code, (name, *head) in heads.items()
        }

    def _put(self, code: str, *row: Any) -> None:
        self.lines[code] = self.lines.get(code, 0) + 1
        sheets.put(self.book, self.sheets[code], self.lines[code], row, self.wrap, self.units)

    def add(self, snapshot: Snapshot, told: Telling, file: str) -> None:
        """One report, at the end of each sheet."""
        reading = snapshot.reading
        self.latest = max(self.latest, moment_of(snapshot))
        which = (snapshot.record, told.title, reading.opened_at[:10])
        deeds = told.deeds()
        self._put(
            "reports", *which, for_whom(snapshot, told), ", ".join(side.name for side in told.sides),
            len(reading.statements), sum(row.level == 2 for row in reading.statements), len(reading.findings),
            len(deeds), sum(deed.state == "done" for deed in deeds),
            sum(each.count for each in snapshot.withdrawn), file,
        )  # fmt: skip
        for row in reading.dimensions:
            for key, mean in row.means.items():
                self._put(
                    "dimensions", *which, told.dimension(row.dimension), told.side_name(key), sheets.told_mean(mean),
                    svg.band_name(mean.band), sheets.number(row.gap),
                )  # fmt: skip
        for row in reading.statements:
            for key, mean in row.means.items():
                self._put(
                    "statements", *which, told.dimension(row.dimension), told.text(row.code), told.side_name(key),
                    sheets.told_mean(mean), mean.n, mean.dont_know, sheets.number(row.gap),
                )  # fmt: skip
        for line in agreed(told, snapshot):
            finding, deed = line["finding"], line["deed"]
            self._put(
                "agreed", *which, finding.text if finding else "", line["stands"], deed.text if deed else "",
                line["owner"], deed.due_on if deed else "", line["state"], deed.note if deed else "",
            )  # fmt: skip
        for chapter in chapters.chapters(snapshot, told).values():
            for block in chapter.blocks:
                if isinstance(block, chapters.Grid):
                    self._grid(which, chapter, block)

    def _grid(self, which: tuple[str, ...], chapter: chapters.Chapter, grid: chapters.Grid) -> None:
        for line in grid.lines:
            first = line[0][1].text
            for column, cell in line[1:]:
                text = " / ".join(filter(None, (cell.text, cell.note)))
                self._put(
                    "more",
                    *which,
                    chapter.title,
                    grid.title or chapter.title,
                    first,
                    column.title,
                    text,
                    cell.figure,
                    cell.unit,
                )

    def close(self) -> None:
        """Raises xlsxwriter.exceptions.FileCreateError, or OSError, where there is no room for it."""
        self.book.set_properties({"title": gettext("Reports"), "created": self.latest.replace(tzinfo=None)})
        self.book.close()


class Archive:
    """A ZIP that is written as it comes: no file in it is ever whole in memory. What is in it is packed already."""

    def __init__(self, target: IO[bytes]) -> None:
        self.zip = zipfile.ZipFile(target, "w", zipfile.ZIP_STORED)

    def add(self, name: str, source: IO[bytes], moment: datetime) -> None:
        info = zipfile.ZipInfo(name, date_time=max(moment, FIRST).timetuple()[:6])
        info.external_attr = 0o644 << 16
        info.create_system = 3
        with self.zip.open(info, "w") as target:
            shutil.copyfileobj(source, target, 1 << 20)

    def close(self) -> None:
        self.zip.close()
