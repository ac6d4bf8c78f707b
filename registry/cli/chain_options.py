"""``attorn chain``: what can be done with a chain of delegations in hand."""

from __future__ import annotations

import argparse

from registry.cli.option_parts import Commands, command_named, seconds_up_to_an_hour, whole_number

MINOR_UNITS = "in minor units: 4000 is 40.00 EUR"


def add_chain(commands: Commands[argparse.ArgumentParser]) -> None:
    group = command_named(
        commands,
        "chain",
        help="check a chain of delegations",
        examples="  attorn chain verify chain.json --ledger did:web:registry.example --fetch",
    )
    parts = group.add_subparsers(title="actions", metavar="ACTION", required=True)
    command = command_named(
        parts,
        "verify",
        help="check a chain of delegations in ten steps, without the register",
        examples="  attorn chain verify chain.json --ledger did:web:registry.example \\\n"
        "      --did-document registry.json --did-document planner.json\n"
        "  attorn chain verify chain.json --ledger did:web:registry.example --fetch\n"
        "  attorn chain verify chain.json … --vendor did:web:shop.example --amount 4000 --currency EUR --mcc 5734",
    )
    command.add_argument("chain", metavar="FILE", help="a JSON array of links, root first; - reads standard input")
    command.add_argument("--ledger", metavar="DID", required=True, help="the register whose word counts for you")
    command.add_argument(
        "--did-document", metavar="FILE", action="append", default=[], help="a DID document with keys; may repeat"
    )
    command.add_argument("--fetch", action="store_true", help="fetch the DID documents and status lists it names")
    command.add_argument(
        "--status-list", metavar="FILE", action="append", default=[], help="a saved status list; may repeat"
    )
    command.add_argument("--intent", metavar="FILE", help="the agent's signed intent")
    command.add_argument("--vendor", metavar="DID", help="you, the vendor that the purchase would be at")
    command.add_argument("--domain", metavar="DOMAIN", action="append", default=[], help="a domain of the vendor's")
    command.add_argument("--amount", metavar="N", type=whole_number, help=MINOR_UNITS)
    command.add_argument("--currency", metavar="CODE", help="ISO 4217")
    command.add_argument("--action", metavar="PATH", default="/commerce/pay/once", help="default /commerce/pay/once")
    command.add_argument("--mcc", metavar="CODE", help="the vendor's category, ISO 18245")
    command.add_argument("--country", metavar="CODE", help="the vendor's country, ISO 3166-1")
    command.add_argument(
        "--assurance", metavar="N", type=whole_number, default=0, help="how far it is verified, 0 to 3"
    )
    command.add_argument("--timeout", metavar="SECONDS", type=seconds_up_to_an_hour, default=10.0, help="of one fetch")
    command.add_argument("--json", action="store_true", help="print the ten answers as JSON")
    command.set_defaults(run=_verify)


def _verify(options: argparse.Namespace) -> int:
    # Imported here: what checks a chain weighs half a second, which every other command would wait for.
    from registry.cli.commands import chain

    return chain.run(options)
