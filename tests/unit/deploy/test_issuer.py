"""The local issuer: keys once, for their owner only, and tokens that the services accept."""

import os
import stat
import time
from datetime import timedelta
from pathlib import Path

import jwt
import pytest

from deploy.local.issuer import AUDIENCE, ISSUER, main, open_issuer
from shared.runtime.messages import Refused
from shared.web.keys import keys_from_file, parse_jwks
from shared.web.tokens import Verifier


def verifier(folder: Path) -> Verifier:
    return Verifier(ISSUER, AUDIENCE, keys_from_file(folder / "jwks.json"))


async def test_a_minted_token_is_accepted_with_its_claims(tmp_path: Path) -> None:
    token = open_issuer(tmp_path).mint(["patient"], "demo-clinic", patient_id="p1")
    caller = await verifier(tmp_path).principal(f"Bearer {token}")
    assert (caller.tenant, caller.roles, caller.patient_id) == ("demo-clinic", frozenset({"patient"}), "p1")


def test_a_token_has_exactly_the_claims_of_the_design(tmp_path: Path) -> None:
    token = open_issuer(tmp_path).mint(["clinician"], "demo-clinic", valid_for=timedelta(hours=1))
    claims = jwt.decode(token, options={"verify_signature": False})
    assert claims.keys() == {"iss", "aud", "sub", "exp", "iat", "tenant", "roles"}
    assert claims["exp"] - claims["iat"] == 3600
    assert abs(claims["iat"] - time.time()) < 5


def test_keys_are_made_once_and_for_their_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "issuer"
    first = open_issuer(folder)
    again = open_issuer(folder)
    assert first.kid == again.kid
    assert sorted(path.name for path in folder.iterdir()) == ["issuer.pem", "jwks.json"]
    for path in folder.iterdir():
        assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    assert stat.S_IMODE(os.stat(folder).st_mode) == 0o700


def test_what_is_published_holds_no_secret(tmp_path: Path) -> None:
    issuer = open_issuer(tmp_path)
    published = issuer.jwks_file.read_bytes()
    assert parse_jwks(published).keys() == {issuer.kid}
    assert b'"d"' not in published


def test_a_lost_public_file_comes_back_the_same(tmp_path: Path) -> None:
    issuer = open_issuer(tmp_path)
    before = issuer.jwks_file.read_bytes()
    issuer.jwks_file.unlink()
    assert open_issuer(tmp_path).jwks_file.read_bytes() == before


async def test_another_installations_token_is_refused(tmp_path: Path) -> None:
    token = open_issuer(tmp_path / "a").mint(["admin"], "demo-clinic")
    open_issuer(tmp_path / "b")
    with pytest.raises(Refused) as refused:
        await verifier(tmp_path / "b").principal(f"Bearer {token}")
    assert refused.value.status == 401


def test_subjects_are_the_same_for_the_same_account_and_differ_otherwise(tmp_path: Path) -> None:
    issuer = open_issuer(tmp_path)

    def subject(*roles: str, tenant: str = "a", patient_id: str | None = None) -> str:
        token = issuer.mint(roles, tenant, patient_id=patient_id)
        return str(jwt.decode(token, options={"verify_signature": False})["sub"])

    assert subject("clinician") == subject("clinician")
    assert (
        len(
            {
                subject("clinician"),
                subject("admin"),
                subject("clinician", tenant="b"),
                subject("patient", patient_id="p"),
            }
        )
        == 4
    )


async def test_the_command_prints_a_token_that_is_accepted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--folder", str(tmp_path), "mint", "--role", "clinician", "--role", "admin", "--tenant", "demo-clinic"]
    assert main(arguments) == 0
    caller = await verifier(tmp_path).principal(f"Bearer {capsys.readouterr().out.strip()}")
    assert caller.roles == {"clinician", "admin"}


def test_the_command_tells_where_the_public_keys_lie(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--folder", str(tmp_path), "init"]) == 0
    assert Path(capsys.readouterr().out.strip()).read_bytes()


def test_a_folder_that_cannot_be_used_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "issuer.pem").write_text("garbage")
    assert main(["--folder", str(tmp_path), "init"]) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_an_unknown_role_is_not_minted(tmp_path: Path) -> None:
    with pytest.raises(SystemExit):
        main(["--folder", str(tmp_path), "mint", "--role", "root", "--tenant", "demo-clinic"])
