"""Codes of reports, their evidence, and cases."""

from __future__ import annotations

from registry.api.catalogue.problem import Problem

PROBLEMS: dict[str, Problem] = {
    "report_kind_unknown": Problem(422, "No such kind of report", "`kind` is one of those in the description."),
    "report_text_invalid": Problem(
        422, "The report has no text, or too much", "Say in 1 to 4,000 characters what happened; attach what is longer."
    ),
    "report_needs_authorization": Problem(
        422,
        "The report names no purchase",
        "What happened in a purchase is reported with `authorization`, the id of an authorization that you were vendor "
        "or principal of.",
    ),
    "report_takes_no_authorization": Problem(
        422, "The report is not about a purchase", "Impersonation, spam and harmful cards are reported without one."
    ),
    "report_about_another": Problem(
        422,
        "The agent had no part in it",
        "A vendor reports the agent that spent; a principal the vendor, the agent, or one that passed authority on.",
    ),
    "report_needs_login": Problem(
        403, "Sign in to report this", "Without a login, only impersonation and spam can be reported."
    ),
    "purchase_too_old": Problem(
        409, "The purchase is too long ago", "A purchase can be reported for 540 days after it was authorized."
    ),
    "report_repeated": Problem(
        409, "You have said this often enough", "A report is not heard better by being sent a hundred times."
    ),
    "too_many_reports": Problem(
        429,
        "Too many reports",
        "There is a limit to what one owner, or one visitor, may report in a day. `Retry-After` says how long to wait.",
    ),
    "report_decided": Problem(
        409, "The report was decided", "Nothing can be added to it, and it cannot be decided again."
    ),
    "attachment_empty": Problem(422, "The file is empty", "Attach a file that holds something."),
    "attachment_encoding": Problem(
        422, "The file is not base64", "`content` is the file's bytes in base64 (RFC 4648)."
    ),
    "attachment_type": Problem(
        422,
        "Files of this type are not taken",
        "Evidence is a PNG or JPEG of at most 40 million pixels, a PDF, JSON, an e-mail as .eml, or plain UTF-8 text. "
        "The file's own bytes say what it is, not its name.",
    ),
    "attachment_too_large": Problem(413, "The file is too large", "A file has at most 1 MiB."),
    "too_many_attachments": Problem(409, "Enough is attached", "A report has at most five attachments."),
    "operators_only": Problem(403, "Operators only", "Only an operator of the registry may do this."),
    "conflict_of_interest": Problem(
        403,
        "You are involved",
        "Whoever belongs to the organization concerned, or to one that reported it, does not judge the case.",
    ),
    "case_about_nobody": Problem(422, "The case is about nobody", "A case is about an agent or an organization."),
    "case_words_invalid": Problem(422, "Too many words", "Say it in at most 500 visible characters."),
    "case_note_invalid": Problem(422, "No note", "A note has 1 to 4,000 characters."),
    "too_many_notes": Problem(409, "The case has enough notes", "A case has at most 500 notes."),
    "case_closed": Problem(409, "The case is closed", "Nothing of it changes any more; open another one."),
    "report_is_repeat": Problem(409, "The report repeats another one", "Only the first is judged, for all of them."),
    "report_in_another_case": Problem(409, "Another case", "A report is judged in one case only."),
    "report_without_case": Problem(409, "No case", "Only a case can uphold a report: open one first."),
    "report_left_out": Problem(409, "The report was left out", "Take it into the case again to uphold it."),
    "report_not_reopened": Problem(
        409, "The finding stands", "An upheld report is taken back by an appeal, or when its subject contests it."
    ),
    "reports_undecided": Problem(
        409, "Reports wait for a finding", "Decide each report of the case, or leave it out, before you close it."
    ),
    "severity_required": Problem(422, "No severity", "An upheld report says how grave it was."),
    "severity_not_needed": Problem(422, "A severity without ground", "Only an upheld report has a severity."),
}
