"""The bill of materials fits the lock files, and an audit never says more than it looked at."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from deploy.security.__main__ import main
from deploy.security.advisories import judge
from deploy.security.audit import FOUND, NOT_AUDITED, NOTHING_KNOWN, audit_here, audit_online
from deploy.security.parts import JAR_LOCK, ROOT, RUNTIME, Part, parts
from deploy.security.sbom import document

TODAY = date(2026, 1, 20)
OURS = [
    Part("PyPI", "some-lib", "1.10.0", "requirements.lock"),
    Part("Maven", "org.some:jar", "4.3.1", "jgo.lock.toml"),
]


def advisory(id: str = "X-1", *, name: str = "some-lib", ecosystem: str = "PyPI", **affected: Any) -> dict[str, Any]:
    package = {"name": name, "ecosystem": ecosystem}
    return {"id": id, "modified": "2026-01-10T00:00:00Z", "affected": [{"package": package, **affected}]}


def between(*events: dict[str, str], kind: str = "ECOSYSTEM") -> dict[str, Any]:
    return {"ranges": [{"type": kind, "events": list(events)}]}


def lay(folder: Path, *advisories: dict[str, Any]) -> Path:
    for number, one in enumerate(advisories):
        (folder / f"{number}.json").write_text(json.dumps(one))
    return folder


def test_the_bill_of_materials_fits_the_lock_files(capsys: pytest.CaptureFixture[str]) -> None:
    assert (main(["check"]), capsys.readouterr().err) == (0, "")


def test_the_bill_of_materials_is_valid_and_always_the_same() -> None:
    text = document()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text.decode()) is None
    assert text == document()
    assert not {"serialNumber", "timestamp"} & set(json.loads(text)) | set(json.loads(text)["metadata"]) - {"component"}


def test_every_package_and_jar_of_the_lock_files_is_in_the_bill() -> None:
    locked = {
        line.split(" ")[0].replace("==", "@")
        for line in (ROOT / RUNTIME).read_text().splitlines()
        if line[:1].isalnum()
    }
    jars = (ROOT / JAR_LOCK).read_text().count("[[dependencies]]")
    components = json.loads(document())["components"]
    assert {f"{one['name']}@{one['version']}" for one in components if one["purl"].startswith("pkg:pypi/")} == locked
    assert sum(one["purl"].startswith("pkg:maven/") and len(one["hashes"]) == 1 for one in components) == jars > 20


def test_the_bill_says_what_needs_what() -> None:
    needs = {one["ref"].split("@")[0]: one["dependsOn"] for one in json.loads(document())["dependencies"]}
    assert any(ref.startswith("pkg:pypi/starlette@") for ref in needs["pkg:pypi/fastapi"])
    assert not any(ref.startswith("pkg:pypi/starlette@") for ref in needs["pacewell"])
    assert any(ref.startswith("pkg:pypi/fastapi@") for ref in needs["pacewell"])


def test_the_lock_files_name_each_part_once() -> None:
    purls = [part.purl for part in parts()]
    assert len(purls) == len(set(purls)) > 100


@pytest.mark.parametrize(
    ("affected", "found"),
    [
        pytest.param({"versions": ["1.9.0", "1.10.0"]}, True, id="named"),
        pytest.param({"versions": ["1.1.0"]}, False, id="another version named"),
        pytest.param(between({"introduced": "0"}, {"fixed": "1.10.1"}), True, id="before the fix"),
        pytest.param(between({"introduced": "0"}, {"fixed": "1.10.0"}), False, id="at the fix"),
        pytest.param(between({"introduced": "0"}, {"fixed": "1.9.9"}), False, id="ten is more than nine"),
        pytest.param(between({"introduced": "0"}), True, id="never fixed"),
        pytest.param(between({"introduced": "1.11"}), False, id="before it began"),
        pytest.param(between({"introduced": "0"}, {"last_affected": "1.10.0"}), True, id="the last one"),
        pytest.param(between({"introduced": "0"}, {"last_affected": "1.9"}), False, id="after the last one"),
        pytest.param(
            between({"fixed": "1.2"}, {"introduced": "1.5"}, {"introduced": "0"}, {"fixed": "2.0"}), True, id="again"
        ),
        pytest.param(between({"introduced": "0"}, kind="GIT"), False, id="commits alone"),
    ],
)
def test_an_advisory_is_found_by_version(tmp_path: Path, affected: dict[str, Any], found: bool) -> None:
    assert bool(judge(lay(tmp_path, advisory(**affected)), OURS).findings) is found


@pytest.mark.parametrize(
    ("name", "ecosystem", "found"),
    [
        ("Some_Lib", "PyPI", True),
        ("some-lib", "npm", False),
        ("org.some:jar", "Maven", True),
        ("other", "PyPI", False),
    ],
)
def test_an_advisory_is_found_by_name(tmp_path: Path, name: str, ecosystem: str, found: bool) -> None:
    folder = lay(tmp_path, advisory(name=name, ecosystem=ecosystem, **between({"introduced": "0"})))
    assert bool(judge(folder, OURS).findings) is found


def test_a_version_that_cannot_be_compared_counts_as_affected(tmp_path: Path) -> None:
    odd = [Part("Maven", "org.some:jar", "9.4.v2025-final", "jgo.lock.toml")]
    folder = lay(
        tmp_path, advisory(name="org.some:jar", ecosystem="Maven", **between({"introduced": "0"}, {"fixed": "9"}))
    )
    assert len(judge(folder, odd).findings) == 1


def test_a_withdrawn_advisory_is_passed_over(tmp_path: Path) -> None:
    folder = lay(tmp_path, {**advisory(**between({"introduced": "0"})), "withdrawn": "2026-01-11T00:00:00Z"})
    assert judge(folder, OURS).findings == ()


def test_advisories_in_yaml_are_read(tmp_path: Path) -> None:
    (tmp_path / "PYSEC-1.yaml").write_text(
        "id: PYSEC-1\nmodified: 2026-01-10T00:00:00Z\naffected:\n- package: {name: some-lib, ecosystem: PyPI}\n"
        "  ranges:\n  - type: ECOSYSTEM\n    events:\n    - introduced: '0'\n    - fixed: 1.10.5\n"
    )
    (finding,) = judge(tmp_path, OURS).findings
    assert (finding.id, finding.fixed, finding.part.name) == ("PYSEC-1", ("1.10.5",), "some-lib")


@pytest.mark.parametrize(
    ("files", "code", "last"),
    [
        pytest.param([advisory("X-9", **between({"introduced": "0"}))], FOUND, "1 known weaknesses.", id="found"),
        pytest.param([advisory(name="other")], NOTHING_KNOWN, "Nothing known.", id="nothing"),
        pytest.param([{**advisory(name="other"), "modified": "2025-12-01"}], NOT_AUDITED, "too old", id="an old copy"),
        pytest.param([], NOT_AUDITED, "too old", id="an empty folder"),
    ],
)
def test_a_local_copy_finds_and_acquits_only_while_it_is_new(
    tmp_path: Path, files: list[dict[str, Any]], code: int, last: str
) -> None:
    said: list[str] = []
    assert audit_here(lay(tmp_path, *files), TODAY, said.append, OURS) == code
    assert last in said[-1]
    assert any("1 packages, 1 jars against" in line for line in said)


def test_a_file_that_is_no_advisory_is_not_passed_over_in_silence(tmp_path: Path) -> None:
    (tmp_path / "X-1.json").write_text("{")
    said: list[str] = []
    assert audit_here(tmp_path, TODAY, said.append, OURS) == NOT_AUDITED
    assert "is not an advisory" in said[0]


KNOWN = {"name": "some-lib", "version": "1.10.0", "vulns": []}
WEAK = {**KNOWN, "vulns": [{"id": "X-1", "fix_versions": ["1.11"]}]}
SKIPPED = {"name": "some-lib", "skip_reason": "not found"}


@pytest.mark.parametrize(
    ("told", "code", "sentence"),
    [
        pytest.param([KNOWN], NOTHING_KNOWN, "Nothing known about 1 packages", id="judged"),
        pytest.param([WEAK], FOUND, "some-lib 1.10.0: X-1, mended in 1.11", id="weak"),
        pytest.param([SKIPPED], NOT_AUDITED, "1 of 1 packages were not judged", id="unknown to the service"),
        pytest.param(None, NOT_AUDITED, "no advisory service answers", id="no service"),
    ],
)
def test_what_the_service_did_not_judge_is_not_called_good(
    told: list[dict[str, Any]] | None, code: int, sentence: str
) -> None:
    said: list[str] = []
    answer = None if told is None else {"dependencies": told}
    assert audit_online(said.append, lambda: answer) == code
    assert any(sentence in line for line in said)
