"""Finding a registered chain. Its links never change but in standing, so what was read once is kept in memory."""

from __future__ import annotations

import json
from collections import OrderedDict
from functools import lru_cache
from threading import Lock

from identity.agents.models import Agent
from identity.delegation.constraints import parse_constraints
from identity.delegation.models import Allocation, Delegation
from identity.primitives.ids import is_id
from identity.spending.chain import Chain, Link, compile_chain

CHAINS_KEPT_MAX = 20_000  # about 10 kB each at a depth of three

_kept: OrderedDict[str, Chain] = OrderedDict()
_lock = Lock()


def chain_of(leaf: str) -> Chain | None:
    """The chain that ends in the delegation ``leaf``, or None when there is none. No standing is in it."""
    with _lock:
        chain = _kept.get(leaf)
        if chain is not None:
            _kept.move_to_end(leaf)
            return chain
    chain = _read(leaf)
    if chain is not None:
        with _lock:
            _kept[leaf] = chain
            if len(_kept) > CHAINS_KEPT_MAX:
                _kept.popitem(last=False)
    return chain


def leaf_named(name: str) -> str | None:
    """The delegation's id for its typed id or its credential's urn:uuid; None when the register has none."""
    if not name.startswith("urn:"):
        return name if is_id(name, "dlg") else None
    try:
        return _id_of_credential(name)
    except Delegation.DoesNotExist:  # not kept: it may be registered a moment later
        return None


@lru_cache(maxsize=CHAINS_KEPT_MAX)
def _id_of_credential(credential_id: str) -> str:
    return Delegation.objects.values_list("pk", flat=True).get(credential_id=credential_id)


def forget_chains() -> None:
    """Empty the memory: for tests that write the same id twice."""
    with _lock:
        _kept.clear()


def _read(leaf: str) -> Chain | None:
    last = Delegation.objects.filter(pk=leaf).first()
    if last is None:
        return None
    rows = list(Delegation.objects.path_of(last))
    agents = Agent.objects.in_bulk([row.agent_id for row in rows])
    return compile_chain(
        [link_of(row, audience=_audience(row)) for row in rows],
        principal=last.principal_id,
        operators=[organization for agent in agents.values() if (organization := agent.organization_id)],
        agent_dids=[agents[row.agent_id].did for row in rows],
    )


def link_of(row: Delegation, *, audience: tuple[str, ...] = ()) -> Link:
    """The row in the ledger's terms. Whom it is meant for stands in its credential alone."""
    return Link(
        id=row.pk,
        depth=row.depth,
        digest=row.digest,
        agent=row.agent_id,
        issuer_agent=row.issuer_agent_id,
        holder_thumbprint=row.holder_thumbprint,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        is_reserved=row.allocation == Allocation.RESERVED,
        audience=audience,
        constraints=parse_constraints(row.constraints),
    )


def _audience(row: Delegation) -> tuple[str, ...]:
    return tuple(json.loads(bytes(row.credential))["credentialSubject"].get("audience", ()))
