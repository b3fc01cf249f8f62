"""`python -m deploy.docker.make_secrets`: what `docker compose up` needs to know, made at random, once.

Existing files stay, so that a second run breaks nothing. The files are read by containers that run as other users, so
the folder is closed to others and the files in it are not.
"""

import os
import secrets
import sys
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from typing import Final

import orjson
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from shared.sealing import make_master_key

HERE: Final = Path(__file__).parent
ROOT: Final = HERE.parents[1]
DATABASES: Final = ("keys", "plans", "session_logging", "progression", "reminders", "community", "safety")
YEARS: Final = 2
_ANYONE: Final = 0o644


def main() -> int:
    """Make what is missing, and say where; exit code 0."""
    made = make(HERE / "secrets", ROOT / ".env")
    sys.stdout.write(f"{made} secrets made in deploy/docker/secrets and .env; what was there stayed.\n")
    return 0


def make(folder: Path, environment: Path) -> int:
    """Make every missing secret in `folder`, and the two that Keycloak takes from the environment; how many."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    before = {file.name for file in folder.iterdir()} | ({environment.name} if environment.exists() else set())
    make_master_key(folder / "master_key")
    (folder / "master_key").chmod(_ANYONE)
    _write(folder / "mongo_root_password", secrets.token_urlsafe(24))
    _write(folder / "grafana_password", secrets.token_urlsafe(24))
    _write(folder / "mongo_passwords", orjson.dumps({name: secrets.token_urlsafe(24) for name in DATABASES}).decode())
    passwords: dict[str, str] = orjson.loads((folder / "mongo_passwords").read_bytes())
    _write(folder / "operations_mongo_password", secrets.token_urlsafe(24))
    passwords["operations"] = (folder / "operations_mongo_password").read_text()
    for name, password in passwords.items():
        _write(folder / f"{name}_mongo_url", mongo_url(name, password))
    _make_certificates(folder)
    if not environment.exists():
        lines = [f"PACEWELL_{name}_PASSWORD={secrets.token_urlsafe(18)}\n" for name in ("KEYCLOAK", "DEMO")]
        _write(environment, "".join(lines), 0o600)
    after = {file.name for file in folder.iterdir()} | {environment.name}
    return len(after - before)


def mongo_url(name: str, password: str) -> str:
    """The address with which this user comes: to the one database of that name, `operations` to all of them."""
    return f"mongodb://{name}:{password}@mongo:27017/?replicaSet=pacewell&authSource=admin&w=majority&journal=true"


def _write(file: Path, text: str, mode: int = _ANYONE) -> None:
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError:
        return
    with os.fdopen(handle, "w") as out:
        out.write(text)
    file.chmod(mode)


def _make_certificates(folder: Path) -> None:
    """An authority of our own and Keycloak's certificate under it; the authority's key is thrown away."""
    if (folder / "keycloak_key").exists():
        return
    now = datetime.now(UTC)
    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Pacewell compose")])

    def begun(subject: x509.Name, public: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(authority)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(days=365 * YEARS))
        )

    signs = x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=True,
        crl_sign=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
    certificate = (
        begun(authority, authority_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(signs, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(authority_key.public_key()), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    names = [x509.DNSName("keycloak"), x509.DNSName("localhost"), x509.IPAddress(IPv4Address("127.0.0.1"))]
    server = (
        begun(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "keycloak")]), key.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    plain = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    _write(folder / "ca_certificate", certificate.public_bytes(pem).decode())
    _write(folder / "keycloak_certificate", server.public_bytes(pem).decode())
    _write(folder / "keycloak_key", plain.decode())


if __name__ == "__main__":
    sys.exit(main())
