"""Who owns which vendor: vendors tied by a common owner count as one. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Set


def clusters_of(ties: Mapping[str, Set[str]]) -> dict[str, str]:
    """For each vendor the name of its cluster, the smallest vendor id in it. Two vendors are of one cluster when they
    share a tie, or when a chain of such vendors leads from one to the other.

    Stops one owner from passing as many: his shops share an organization, an owner, a proven domain or what an
    operator noted.
    """
    parent = {vendor: vendor for vendor in ties}
    seen: dict[str, str] = {}
    for vendor in sorted(ties):
        for tie in ties[vendor]:
            one, other = _root(parent, vendor), _root(parent, seen.setdefault(tie, vendor))
            parent[max(one, other)] = min(one, other)
    return {vendor: _root(parent, vendor) for vendor in parent}


def _root(parent: dict[str, str], vendor: str) -> str:
    while parent[vendor] != vendor:
        parent[vendor] = vendor = parent[parent[vendor]]
    return vendor
