"""Formats, states, decisions, and the sentences for reasons and for what is wrong with a file."""

from __future__ import annotations

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Source(models.TextChoices):
    """Who publishes a list, and in which format."""

    UN = "un", _("United Nations, consolidated list (XML)")
    OFAC = "ofac", _("OFAC, Specially Designated Nationals (SDN.CSV)")
    EU = "eu", _("European Union, consolidated list (CSV)")
    OPENSANCTIONS = "opensanctions", _("OpenSanctions, simplified table (targets.simple.csv)")


class VersionState(models.TextChoices):
    """A version of a list, from its upload on. One of a list is in force at a time."""

    WAITING = "waiting", _("Waits to be loaded")
    LOADING = "loading", _("Being loaded")
    IN_FORCE = "in_force", _("In force")
    REPLACED = "replaced", _("Replaced by a newer one")
    FAILED = "failed", _("Not taken")


class RunState(models.TextChoices):
    WAITING = "waiting", _("Waits for its turn")
    DONE = "done", _("Done")


class Cause(models.TextChoices):
    """Why names were searched."""

    ASKED = "asked", _("Somebody asked for it")
    NEW_LIST = "new_list", _("A new version of a list came in")
    EVERYWHERE = "everywhere", _("An administrator had all partnerships searched")


class PrincipalRole(models.TextChoices):
    """Why a person is named. What they hold, never what somebody thinks of them."""

    OWNER = "owner", _("Owner or shareholder")
    BENEFICIAL = "beneficial", _("Beneficial owner")
    DIRECTOR = "director", _("Director or board member")
    EXECUTIVE = "executive", _("Chief executive or manager")
    SIGNATORY = "signatory", _("Signs for the organisation")


class Verdict(models.TextChoices):
    """What a person decided about a match: about identity, and nothing else."""

    OPEN = "open", _("To be decided")
    OTHER = "other", pgettext_lazy("match of a list", "Somebody else")
    SAME = "same", _("The same")
    UNSURE = "unsure", _("Not sure yet")


class Problem(models.TextChoices):
    """Why a file is not taken; the sentence for the person who loaded it."""

    EMPTY = "empty", _("There is no name in this file.")
    UNKNOWN = (
        "unknown",
        _(
            "This is none of the formats that are read here: the UN’s XML, OFAC’s SDN.CSV, the EU’s CSV, "
            "OpenSanctions’ targets.simple.csv."
        ),
    )
    OTHER_FORMAT = "other_format", _("This file is of another format than the list that it should replace.")
    PROGRAM = "program", _("This is no list: its content is that of a program, a picture or another kind of file.")
    PACKED = "packed", _("This file is packed. Unpack it first, and load the list that is in it.")
    ENCODING = (
        "encoding",
        _(
            "The letters of this file cannot be read: it is not in UTF-8. Download it once more as it is published, "
            "and do not save it with a spreadsheet."
        ),
    )
    DOCTYPE = "doctype", _("This XML declares a document type, which published lists do not. It is not read.")
    NOT_XML = "not_xml", _("This XML is not well formed.")
    NOT_A_TABLE = "not_a_table", _("This is no row of such a table.")
    NOT_ALT = "not_alt", _("The second file is not the ALT.CSV that belongs to SDN.CSV.")
    ALT_ALONE = "alt_alone", _("A second file goes with OFAC’s SDN.CSV only.")
    BROKEN_OFF = "broken_off", _("The file breaks off in the middle. Download it once more.")
    SHRUNK = (
        "shrunk",
        _(
            "This version has fewer than half of the names of the one in force. "
            "If that is right, load it again and say so."
        ),
    )
    TOO_LARGE = "too_large", _("The file is larger than this installation takes.")
    TOO_MANY = "too_many", _("The list has more entries than this installation takes.")
    STOPPED = "stopped", _("The worker stopped three times while loading it. Load it again.")
    ERROR = (
        "error",
        _("Something went wrong while loading it. Those who run this installation find it in their log."),
    )


#: Kinds of listed entries.
ENTRY_KINDS: dict[str, Promise] = {
    "person": _("Person"),
    "organisation": _("Organisation"),
    "thing": _("Ship, aircraft or other"),
}
#: What lists say of an entry, in the order in which it is shown.
DETAILS: dict[str, Promise] = {
    "birth": _("Born"),
    "country": _("Country"),
    "address": _("Address"),
    "number": _("Register or document number"),
    "title": _("Position"),
    "programme": _("Programme"),
    "reference": _("Reference"),
    "listed_on": _("Listed on"),
    "remarks": _("Remarks"),
}
#: Words for the scripts that names come in; others are named by their own.
SCRIPTS: dict[str, Promise] = {
    "cyrillic": _("Cyrillic"),
    "arabic": _("Arabic"),
    "han": _("Chinese"),
    "greek": _("Greek"),
    "hebrew": _("Hebrew"),
    "georgian": _("Georgian"),
    "armenian": _("Armenian"),
    "hangul": _("Korean"),
    "katakana": _("Japanese"),
    "hiragana": _("Japanese"),
    "thai": _("Thai"),
    "devanagari": _("Devanagari"),
}
#: Reasons of a match (matching.REASONS). {ours} and {listed} are parts of the two names.
REASONS: dict[str, Promise] = {
    "identical": _("The parts of both names are the same."),
    "order": _("The parts stand in another order."),
    "script": _("One of them is written in another script ({script}) and was put into Latin letters."),
    "accents": _("One of them has accents or other marks."),
    "legal_form": _("The legal form was left out."),
    "swapped": _("Two letters are swapped: {ours}, {listed}."),
    "one_letter": _("One letter differs: {ours}, {listed}."),
    "letters": _("A few letters differ: {ours}, {listed}."),
    "sound": _("Sounds alike, spelled otherwise: {ours}, {listed}."),
    "initial": _("An initial stands for a name: {ours}, {listed}."),
    "joined": _("Written together or apart: {ours}, {listed}."),
    "missing_part": _("Only one of them has: {part}."),
    "other_number": _("The numbers differ: {ours}, {listed}."),
    "different": _("These parts differ: {ours}, {listed}."),
}
