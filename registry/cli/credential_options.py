"""``attorn credential …``: its subcommands and their options."""

from __future__ import annotations

import argparse
from pathlib import Path

from registry.cli.commands import credential
from registry.cli.option_parts import (
    Commands,
    add_json,
    add_registry,
    add_service_key,
    command_named,
    whole_number,
)

FORMATS = (
    "data_integrity",
    "data_integrity_v1",
    "vc+jwt",
    "dc+sd-jwt",
    "ed25519_signature_2020",
    "vc_claim_jwt",
)
REASONS = (
    "key_compromised",
    "affiliation_changed",
    "cessation_of_operation",
    "privilege_withdrawn",
    "issued_by_mistake",
    "superseded",
    "under_review",
    "unspecified",
)


def add_credential(commands: Commands[argparse.ArgumentParser]) -> None:
    """The group and what can be done in it."""
    group = command_named(
        commands,
        "credential",
        help="issue credentials to an agent, see how they stand, take them back",
        examples="  attorn credential issue concierge.acme --output concierge.json\n"
        "  attorn credential status concierge.acme\n"
        "  attorn credential revoke crd_01… --reason key_compromised",
    )
    actions = group.add_subparsers(title="actions", metavar="ACTION", required=True)
    _add_issue(actions)
    _add_status(actions)
    for name, what in (
        ("suspend", "pause a credential; it can be reinstated"),
        ("revoke", "end a credential for good"),
    ):
        _add_change(actions, name, what, has_reason=True)
    _add_change(actions, "reinstate", "let a suspended credential count again", has_reason=False)


def _add_issue(actions: Commands[argparse.ArgumentParser]) -> None:
    command = command_named(
        actions,
        "issue",
        help="issue a credential about an agent and save it",
        examples="  attorn credential issue concierge.acme --output concierge.json\n"
        "  attorn credential issue concierge.acme --format dc+sd-jwt --days 30 --output concierge.sd-jwt\n"
        '  attorn credential issue concierge.acme --statement "It may book travel for our staff."',
    )
    command.add_argument("agent", metavar="AGENT", help="its name, DID or id (agt_…)")
    command.add_argument(
        "--statement", metavar="TEXT", help="state this, signed by your organization, instead of who it is"
    )
    command.add_argument("--format", choices=FORMATS, default=FORMATS[0], help=f"its form ({FORMATS[0]})")
    command.add_argument(
        "--algorithm", choices=list(credential.ALGORITHMS), help="the kind of key that signs it (ed25519)"
    )
    command.add_argument("--days", metavar="N", type=whole_number, help="how long it counts, up to 366")
    command.add_argument("--output", metavar="FILE", type=Path, help="where to save it; printed otherwise")
    _add_common(command, credential.issue)


def _add_status(actions: Commands[argparse.ArgumentParser]) -> None:
    command = command_named(
        actions,
        "status",
        help="how a credential stands now, or all that an agent has",
        examples="  attorn credential status crd_01…\n  attorn credential status concierge.acme --json",
    )
    command.add_argument("what", metavar="CREDENTIAL", help="its id (crd_…), or an agent's name, DID or id")
    _add_common(command, credential.status)


def _add_change(actions: Commands[argparse.ArgumentParser], name: str, what: str, *, has_reason: bool) -> None:
    reason = " --reason issued_by_mistake" if has_reason else ""
    command = command_named(actions, name, help=what, examples=f"  attorn credential {name} crd_01…{reason}")
    command.add_argument("credential", metavar="CREDENTIAL", help="its id (crd_…)")
    if has_reason:
        command.add_argument("--reason", choices=REASONS, required=True, help="why; shown to whoever asks")
    _add_common(command, credential.change)
    command.set_defaults(action=name)


def _add_common(command: argparse.ArgumentParser, run: object) -> None:
    add_json(command)
    add_service_key(command)
    add_registry(command)
    command.set_defaults(run=run)
