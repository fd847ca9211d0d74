"""Words of scoping: what is answered alone, how a talk can come out, what affected people's bodies are asked."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class SheetKind(models.TextChoices):
    """What each partner writes alone and all read together."""

    SCREEN = "screen", _("Fit screen")
    MOTIVES = "motives", _("Motive note")
    CARD = "card", _("How we work")
    SPECTRUM = "spectrum", _("How closely we work together")


class AnswerOutcome(models.TextChoices):
    """Where an answer of the screen leads."""

    READY = "ready", _("Ready")
    NOT_YET = "not_yet", _("Not yet")
    STOP = "stop", _("Stop")


class SentenceKind(models.TextChoices):
    """Texts that all partners agree word by word."""

    PURPOSE = "purpose", _("Purpose sentence")
    IF_ASKED = "if_asked", _("“If someone asks” sentence")


class Way(models.TextChoices):
    """How the first talks can come out. All of them are good answers."""

    GO_ON = "go_on", _("Go on together")
    GRANT = "grant", _("A grant")
    CONTRACT = "contract", _("A contract")
    OWN_SECTOR = "own_sector", _("Work within our own sectors")
    NOTHING = "nothing", _("Nothing, for now")


class GoalKind(models.TextChoices):
    """What a goal is about: how lessons of others and prior work are found for it."""

    WATER = "water", _("Water")
    NATURE = "nature", _("Nature and land use")
    LIVELIHOODS = "livelihoods", _("Livelihoods, jobs and local purchasing")
    HEALTH = "health", _("Health")
    EDUCATION = "education", _("Education and skills")
    LAND = "land", _("Land rights, resettlement and legacy")
    SAFETY = "safety", _("Safety and security of people")
    VOICE = "voice", _("A say in decisions, and complaints")
    OTHER = "other", _("Something else")


class About(models.TextChoices):
    """What a body of affected people is asked."""

    INVOLVEMENT = "involvement", _("Whether and how they wish to be involved")
    PARTNERSHIP = "partnership", _("Their answer to this partnership")


class BodySays(models.TextChoices):
    """What a body answers; which words belong to which question: see `ANSWERS`."""

    YES = "yes", _("Yes, we wish to be involved")
    NOT_YET = "not_yet", _("Not yet")
    NO = "no", _("No, we do not wish to be involved")
    WANT = "want", _("We want it")
    MIXED = "mixed", _("Our views are mixed")
    REFUSE = "refuse", _("We say no to this partnership")


#: The same, as the body itself reads it.
OUR_WORDS = {
    About.INVOLVEMENT: _("Whether and how we wish to be involved"),
    About.PARTNERSHIP: _("Our answer to this partnership"),
}
ANSWERS: dict[str, tuple[str, ...]] = {
    About.INVOLVEMENT: (BodySays.YES, BodySays.NOT_YET, BodySays.NO),
    About.PARTNERSHIP: (BodySays.WANT, BodySays.MIXED, BodySays.REFUSE),
}
#: The mark of the spectrum that says where a partner means to be.
INTENDED = "intended"
#: The question of the screen that asks what the affected people's own bodies say.
BODIES_QUESTION = "10"
#: The question of the screen that asks whether anything else than a partnership was considered.
ALTERNATIVE_QUESTION = "6"
