from __future__ import annotations

import base64
from pathlib import Path

from registry.ops.secrets import local_secrets


def test_it_makes_secrets_once_and_for_their_owner_only(tmp_path: Path) -> None:
    files = local_secrets(tmp_path / "secrets", named={})
    assert set(files) == {"SECRET_KEY_FILE", "MASTER_KEY_FILE", "DEMO_PASSWORD_FILE"}
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700
    texts = {}
    for name, file in files.items():
        assert Path(file).stat().st_mode & 0o777 == 0o600
        texts[name] = Path(file).read_text(encoding="utf-8")
    assert len(base64.b64decode(texts["MASTER_KEY_FILE"])) == 32
    assert len(texts["SECRET_KEY_FILE"]) >= 50
    assert local_secrets(tmp_path / "secrets", named={}) == files
    assert {name: Path(file).read_text(encoding="utf-8") for name, file in files.items()} == texts


def test_it_leaves_alone_what_the_environment_names(tmp_path: Path) -> None:
    files = local_secrets(tmp_path, named={"SECRET_KEY": "own", "MASTER_KEY_FILE": "/run/secrets/master"})
    assert set(files) == {"DEMO_PASSWORD_FILE"}


def test_it_makes_other_secrets_elsewhere(tmp_path: Path) -> None:
    first, second = (local_secrets(tmp_path / name, named={}) for name in ("a", "b"))
    for name in first:
        assert Path(first[name]).read_text(encoding="utf-8") != Path(second[name]).read_text(encoding="utf-8")
