"""Rows for the floor: as many for each viewer as the largest of them has partnerships."""

from __future__ import annotations

from django.db import connection

from config.stories.people import address
from partnerships.people.models import User

from .models import FloorNote, FloorRow
from .seed import VIEWERS

ROWS, NOTES = 5000, 40


def fill() -> None:
    with connection.cursor() as cursor:
        for name in VIEWERS.values():
            owner = User.objects.get(email=address(name)).pk
            cursor.cursor.execute(
                f'INSERT INTO "{FloorRow._meta.db_table}" '
                "(owner_id, name, partner, country, stage, flags, reviewed_on, due_on) "
                f"SELECT {owner}, 'Partnership ' || n, 'Aldermoor Copper', 'Mali', 'implementation', n % 4, "
                f"current_date - n % 400, current_date + n % 300 FROM generate_series(1, {ROWS}) n"
            )
            cursor.cursor.execute(
                f'INSERT INTO "{FloorNote._meta.db_table}" (row_id, author, text, at) '
                f"SELECT r.id, 'Philip Mensah', 'A note of one line, number ' || n, now() - n * interval '1 day' "
                f'FROM (SELECT min(id) AS id FROM "{FloorRow._meta.db_table}" WHERE owner_id = {owner}) r '
                f"CROSS JOIN generate_series(1, {NOTES}) n"
            )
        cursor.execute("ANALYZE")
