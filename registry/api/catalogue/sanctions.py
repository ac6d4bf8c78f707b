"""Codes of sanctions, their signatures and appeals against them."""

from __future__ import annotations

from registry.api.catalogue.problem import Problem

PROBLEMS: dict[str, Problem] = {
    "sanction_invalid": Problem(
        422, "The ladder does not know this measure", "Level, reason, length and case must fit together; see `field`."
    ),
    "sanction_in_force": Problem(409, "Such a measure stands already", "Lift it first, or take the next step."),
    "case_overturned": Problem(
        409, "An appeal overturned a measure of this case", "Close the case, and open another one for what is new."
    ),
    "emergency_unconfirmed": Problem(
        409, "Nobody confirmed your last emergency", "A second operator signs first, for 30 days."
    ),
    "sanction_subject_ended": Problem(409, "The agent was deactivated", "Nothing of it is left to limit."),
    "sanction_ended": Problem(409, "The measure is over", "It lapsed, ran out, or was lifted or overturned."),
    "sanction_not_proposed": Problem(409, "The measure is no proposal any more", "Lift it instead."),
    "sanction_confirmed": Problem(409, "The measure has all its signatures", "Nobody else needs to sign it."),
    "sanction_not_renewable": Problem(
        409, "The measure cannot go on any longer", "Only a throttle is renewed, and only once."
    ),
    "signed_already": Problem(
        409, "You have signed this measure", "One person's two signatures are one; somebody else must confirm it."
    ),
    "readmission_too_early": Problem(
        409, "It is too early to admit the organization again", "Two years after it was deplatformed at the earliest."
    ),
    "association_words_invalid": Problem(422, "Say why", "In 1 to 500 characters."),
    "association_decided": Problem(409, "Somebody has decided about this agent", "Each gets one decision."),
    "appeal_words_invalid": Problem(422, "The appeal has no words, or too many", "Say why in 1 to 8,000 characters."),
    "appeal_exists": Problem(409, "You have appealed against this measure", "Each party can do so once."),
    "appeal_too_late": Problem(409, "It is too late to appeal", "Six months after the measure came into force."),
    "appeal_of_appeal": Problem(
        409, "This measure was decided on appeal", "There is no appeal against that; the statement names who mediates."
    ),
    "appeal_ended": Problem(409, "The appeal is over", "It was decided or withdrawn."),
    "appeal_not_yours": Problem(
        403,
        "You had a part in this case",
        "An appeal is decided by an operator who proposed, signed, ended and decided nothing in the case.",
    ),
    "too_many_appeals": Problem(409, "Too many appeals are open", "50 of one organization at once."),
}
