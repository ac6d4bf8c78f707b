"""Sentences of django-allauth whose own German says *du*: marked here, so that ours, with *Sie*, comes first."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_noop as _

SAID_BY_ALLAUTH: Final = (
    _("You cannot remove your primary email address."),
    _("Please type your current password."),
    _("You cannot add more than %d email addresses."),
    _("Your primary email address must be verified."),
    _("Be patient, you are sending too many requests."),
    _("You must type the same password each time."),
    _("You must type the same email each time."),
    _(
        "An account already exists with this email address. Please sign in to that account first, "
        "then connect your %s account."
    ),
    _("Your account has no password set up."),
    _("Your account has no verified email address."),
    _("Do you really want to remove the selected email address?"),
    _(
        "You are receiving this email because you or someone else tried to signup for an\naccount "
        "using email address:\n\n%(email)s\n\nHowever, an account using that email address "
        "already exists.  In case you have\nforgotten about this, please use the password "
        "forgotten procedure to recover\nyour account:\n\n%(password_reset_url)s"
    ),
    _("Your password has been changed."),
    _("Your email address is still pending verification."),
    _("You cannot remove your primary email address (%(email)s)."),
    _("You have confirmed %(email)s."),
    _("You have signed out."),
    _("You are about to connect a new third-party account from %(provider)s."),
    _("You are about to sign in using a third-party account from %(provider)s."),
    _(
        "You decided to cancel logging in to our site using one of your existing accounts. If "
        'this was a mistake, please proceed to <a href="%(login_url)s">sign in</a>.'
    ),
    _(
        "You are about to use your %(provider_name)s account to login to\n%(site_name)s. As a "
        "final step, please complete the following form:"
    ),
)
