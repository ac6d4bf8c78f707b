"""Importing the MCP Registry's list: the real one, and files that are broken in every way."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from identity.agents.models import Agent, AgentKind, AgentStatus
from identity.journal.models import Event
from identity.primitives.errors import InvalidInput
from registry.directory.demo import DIRECTORY_COPY
from registry.directory.models import Listing, Name, ResourceRecord, Zone, ZoneKind
from registry.directory.records import value_problem
from registry.directory.search import search

pytestmark = pytest.mark.django_db


def entry(name: str = "io.github.acme/server", **members: Any) -> dict[str, Any]:
    return {
        "id": "1",
        "name": name,
        "description": "Reads tables",
        "repository": {"url": "https://github.com/acme/server", "source": "github", "id": "1"},
        "packages": [{"registry_name": "npm", "name": "@acme/server", "version": "1.0.0"}],
        **members,
    }


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """Import what is given and return the report."""

    def import_it(content: Any) -> dict[str, Any]:
        file, report = tmp_path / "list.json", tmp_path / "report.json"
        file.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        call_command("import_mcp", file, report=report, stdout=StringIO())
        return json.loads(report.read_text())

    return import_it


def state() -> list[Any]:
    """Everything an import may touch, to compare before and after."""
    models = (Agent, Name, ResourceRecord, Zone, Listing, Event)
    return [list(model.objects.order_by("pk").values()) for model in models]


def test_it_imports_the_real_list_twice(tmp_path: Path) -> None:
    """464 good and 7 without a name, and nothing at all changes the second time."""
    report = tmp_path / "report.json"
    call_command("import_mcp", DIRECTORY_COPY, report=report, stdout=StringIO())
    first = json.loads(report.read_text())
    assert (first["entries"], first["good"], first["bad_count"], first["created"]) == (471, 464, 7, 464)
    assert [(bad["position"], bad["code"]) for bad in first["bad"]] == [
        (position, "name_missing") for position in (15, 25, 108, 132, 188, 207, 406)
    ]
    before = state()
    call_command("import_mcp", DIRECTORY_COPY, report=report, stdout=StringIO())
    second = json.loads(report.read_text())
    assert (second["created"], second["updated"], second["unchanged"]) == (0, 0, 464)
    assert state() == before


def test_it_makes_real_entries_searchable_and_never_verified() -> None:
    call_command("import_mcp", DIRECTORY_COPY, stdout=StringIO())
    found = search(q="browser", limit=100).items
    assert "io.github.browserbase/mcp-server-browserbase" in {listing.name for listing in found}
    assert {listing.status for listing in found} == {"unclaimed"}
    listed = json.loads(DIRECTORY_COPY.read_text())
    for word in ("postgres", "browser", "kubernetes"):
        mentions = {
            one["name"].lower()
            for one in listed
            if one["name"] and word in f"{one['name']} {one['description'][:300]}".lower()
        }
        names = {listing.name for listing in search(q=word, limit=100).items}
        assert bool(names) == bool(mentions), word  # a word that nobody says finds nobody
    assert set(Agent.objects.values_list("status", "kind", "organization")) == {
        (AgentStatus.UNCLAIMED, AgentKind.FOREIGN, None)
    }


def test_it_carries_what_an_entry_says_as_records(run) -> None:
    remotes = [{"transport_type": "sse", "url": "https://mcp.acme.example/sse"}]
    run([entry("io.github.Acme/Server", remotes=remotes)])
    name = Name.objects.select_related("agent", "zone").get()
    assert name.fqn == "io.github.acme/server"
    assert (name.zone.label, name.zone.kind, name.zone.organization) == ("mcp-registry", ZoneKind.DIRECTORY, None)
    assert set(name.records.values_list("type", "value")) == {
        ("MCP", "https://mcp.acme.example/sse"),
        ("PACKAGE", "pkg:npm/%40acme/server@1.0.0"),
        ("REPOSITORY", "https://github.com/acme/server"),
    }
    assert name.agent.capabilities == ["mcp", "npm", "sse"]
    assert name.agent.did == f"did:web:localhost%3A8000:agents:{name.agent.pk}"


def test_it_leaves_out_what_leads_inside_and_says_so(run) -> None:
    report = run([entry(remotes=[{"transport_type": "sse", "url": "http://localhost:5008/sse"}])])
    assert not ResourceRecord.objects.filter(type="MCP").exists()
    assert report["left_out"][0]["part"] == "MCP http://localhost:5008/sse"
    assert all(
        value_problem(kind, value) is None for kind, value in ResourceRecord.objects.values_list("type", "value")
    )


def test_it_lists_each_bad_entry_with_its_reason(run) -> None:
    report = run(
        [
            entry(""),
            entry("no-slash"),
            entry("io.github.acme/" + "a" * 250),
            entry("io.github.acme/ser ver"),
            entry("io.github.аcme/server"),
            entry("io.github.acme/\u0000"),
            entry(description="bell \u0007"),
            entry("io.github.acme/good"),
            entry("io.github.ACME/good"),
        ]
    )
    assert [(bad["position"], bad["code"]) for bad in report["bad"]] == [
        (0, "name_missing"),
        (1, "name_invalid"),
        (2, "name_invalid"),
        (3, "name_invalid"),
        (4, "name_invalid"),
        (5, "name_invalid"),
        (6, "description_invalid"),
        (8, "name_repeated"),
    ]
    assert list(Name.objects.values_list("fqn", flat=True)) == ["io.github.acme/good"]


GOOD = json.dumps(entry("io.github.acme/first"))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (f"[{GOOD}, {GOOD[:-20]}", "ends early"),
        (f"[{GOOD}, ", "ends early"),
        (f"[{GOOD}", "ends early"),
        ("", "ends early"),
        (GOOD, "not a JSON array"),
        (f"[{GOOD}, 5]", "not an object"),
        (f'[{GOOD}, {{"name": 5}}]', "name is not text"),
        (f'[{GOOD}, {{"name": "io.a/b", "packages": {{}}}}]', "packages is not a list"),
        (f'[{GOOD}, {{"name": "io.a/b", "packages": ["x"]}}]', "not an object"),
        (f'[{GOOD}, {{"name": "io.a/b", "repository": "x"}}]', "repository is not an object"),
        (f'[{GOOD}, {{"name": "io.a/b", "name": "io.a/c"}}]', "there twice"),
        (f'[{GOOD}, {{"name": "io.a/b", "x": {{"y": 1, "y": 1}}}}]', "there twice"),
        (f'[{GOOD}, {{"name": "io.a/b", "x": NaN}}]', "not JSON"),
        (f"[{GOOD} {GOOD}]", "expected ,"),
        (f"[{GOOD},]", "not JSON"),
        (f"[{GOOD}] []", "more text"),
        (f"[{GOOD}, {'[' * 100_000}]", "out of bounds"),
        (f'[{GOOD}, {{"x": {"9" * 5_000}}}]', "out of bounds"),
        (f"[{GOOD}, ".encode() + b'{"name": "\xff"}]', "not UTF-8"),
        (f"[{GOOD}, ".encode() + b'{"name": "\xe2\x82', "not UTF-8"),
        (f'[{GOOD}, {{"x": "{"a" * 1_500_000}', "more than a million"),
    ],
)
def test_it_changes_nothing_for_a_broken_file(run, content: str | bytes, reason: str) -> None:
    before = state()
    with pytest.raises(CommandError) as refused:
        run(content if isinstance(content, bytes) else content.encode())
    assert reason in str(refused.value)
    assert "Nothing was changed" in str(refused.value)
    assert state() == before


def test_it_reads_entries_that_straddle_its_chunks(run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Goal: no entry is lost or read twice wherever the chunk borders fall; the chunk is seven bytes."""
    monkeypatch.setattr("registry.directory.importers.json_stream.CHUNK_BYTES", 7)
    entries = [entry(f"io.github.acme/server-{number}", description='Größe 世界 \\ "') for number in range(5)]
    text = json.dumps(entries, ensure_ascii=False, indent=3).encode()
    assert run(b"\xef\xbb\xbf" + text)["good"] == 5


def test_it_updates_what_changed_keeps_what_vanished_and_leaves_claimed_alone(run, acme, at) -> None:
    run([entry("io.a/changed"), entry("io.a/claimed"), entry("io.a/gone"), entry("io.a/same")])
    Agent.objects.filter(names__fqn="io.a/claimed").update(organization=acme, status=AgentStatus.ACTIVE, claimed_at=at)
    report = run(
        [
            entry("io.a/changed", description="New words", packages=[]),
            entry("io.a/claimed", description="Words of another"),
            entry("io.a/same"),
        ]
    )
    counts = {key: report[key] for key in ("created", "updated", "unchanged", "claimed", "vanished")}
    assert counts == {"created": 0, "updated": 1, "unchanged": 1, "claimed": 1, "vanished": ["io.a/gone"]}
    changed = Name.objects.select_related("agent").get(fqn="io.a/changed")
    assert changed.agent.description == "New words"
    assert list(changed.records.values_list("type", flat=True)) == ["REPOSITORY"]
    assert search(q="new words").items[0].name == "io.a/changed"
    assert Agent.objects.get(names__fqn="io.a/claimed").description == "Reads tables"
    assert Name.objects.filter(fqn="io.a/gone").exists()


def test_it_carries_look_alikes_of_the_directory_as_they_are(run, name) -> None:
    report = run([entry("io.a/acme"), entry("io.a/acrne"), entry("io.a/ac-me")])
    assert report["created"] == 3


def test_it_undoes_a_file_that_changes_under_it(run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Goal: between the passes nobody can slip in what the first pass has not seen."""
    from registry.directory.importers import mcp

    check = mcp._check

    def check_then_change(file, *rest):
        seen = check(file, *rest)
        text = Path(file.name).read_text().replace("Reads tables", "Writes letter")
        Path(file.name).write_text(text)
        return seen

    monkeypatch.setattr(mcp, "_check", check_then_change)
    with pytest.raises(CommandError, match="changed while it was read"):
        run([entry()])
    assert not Agent.objects.exists()


def test_it_refuses_a_missing_and_an_oversized_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CommandError, match="No such file"):
        call_command("import_mcp", tmp_path / "none.json")
    monkeypatch.setattr("registry.directory.importers.mcp.FILE_BYTES_MAX", 3)
    (tmp_path / "big.json").write_text("[   ]")
    with pytest.raises(CommandError, match="MiB"):
        call_command("import_mcp", tmp_path / "big.json")


def test_it_loads_the_demo_twice_and_changes_nothing_the_second_time(tmp_path: Path, settings, monkeypatch) -> None:
    settings.VAR_DIR = tmp_path
    monkeypatch.setenv("DEMO_PASSWORD", "correct horse battery staple")
    call_command("demo_data", stdout=StringIO())
    before = state()
    keys = {path.name: (path.read_bytes(), path.stat().st_mode & 0o777) for path in (tmp_path / "demo").iterdir()}
    of_acme = {"concierge.acme", "expenses.acme", "insights.acme", "booker.acme"}
    named = of_acme | {"rooms.nordlicht", "deals.pixel", "coupons.pixel"}
    assert set(keys) == {*(f"{name}.pem" for name in named), "delegation", "spending.json"}
    assert {mode for _, mode in keys.values()} == {0o600}
    call_command("demo_data", stdout=StringIO())
    assert state() == before
    assert [listing.name for listing in search(q="postgrse").items] == ["insights.acme"]
    assert [listing.name for listing in search(q="postgres", capabilities=["analytics"]).items] == ["insights.acme"]
    with pytest.raises(InvalidInput):
        search(q="x" * 201)
