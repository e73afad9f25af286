"""Makes and looks into certificates, in a process of its own: cryptography takes 10 MiB.

An order comes as JSON on the standard input, the answer goes as JSON to the standard output.
"""

import ipaddress
import json
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LIFE_DAYS = 820  # Apple refuses more than 825
_EARLIER = timedelta(days=1)  # clocks of other machines may be behind
_LONGEST_COMMON_NAME = 64


def make(hosts: list[str], addresses: list[str], *, now: datetime) -> dict[str, Any]:
    """A fresh key (ECDSA P-256) and a certificate for these names, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    names = [x509.DNSName(host) for host in hosts]
    numbers = [x509.IPAddress(ipaddress.ip_address(address)) for address in addresses]
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "WebMACS Edge"),
            x509.NameAttribute(NameOID.COMMON_NAME, hosts[0][:_LONGEST_COMMON_NAME]),
        ]
    )
    builder = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - _EARLIER)
        .not_valid_after(now + timedelta(days=LIFE_DAYS))
        .add_extension(x509.SubjectAlternativeName([*names, *numbers]), critical=False)
    )
    certificate = _for_servers(builder, key.public_key()).sign(key, hashes.SHA256())
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    return {"certificate": pem.decode(), "key": _text_of(key), "facts": _facts(certificate)}


def look(pem: str) -> dict[str, Any]:
    """What the first certificate of the text says."""
    return {"facts": _facts(x509.load_pem_x509_certificate(pem.encode()))}


def _for_servers(
    builder: x509.CertificateBuilder, key: ec.EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    """What strict verifiers ask of the certificate of a server."""
    identifier = x509.SubjectKeyIdentifier.from_public_key(key)
    usage = x509.KeyUsage(
        digital_signature=True, content_commitment=False, key_encipherment=False,
        data_encipherment=False, key_agreement=False, key_cert_sign=False, crl_sign=False,
        encipher_only=False, decipher_only=False,
    )  # fmt: skip
    return (
        builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(identifier, critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier),
            critical=False,
        )
    )


def _text_of(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def _facts(certificate: x509.Certificate) -> dict[str, Any]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        hosts = names.get_values_for_type(x509.DNSName)
        addresses = [str(address) for address in names.get_values_for_type(x509.IPAddress)]
    except x509.ExtensionNotFound:
        hosts, addresses = [], []
    return {
        "fingerprint": certificate.fingerprint(hashes.SHA256()).hex(),
        "not_before_ms": _ms(certificate.not_valid_before_utc),
        "not_after_ms": _ms(certificate.not_valid_after_utc),
        "issuer": certificate.issuer.rfc4514_string(),
        "self_signed": certificate.issuer == certificate.subject,
        "hosts": hosts,
        "addresses": addresses,
    }


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def main() -> None:
    """Carry out one order."""
    order = json.load(sys.stdin)
    if "look_at" in order:
        answer = look(order["look_at"])
    else:
        answer = make(order["hosts"], order["addresses"], now=datetime.now(UTC))
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
