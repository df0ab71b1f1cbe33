"""A certificate authority of the test's own, with one certificate for localhost and chat.example.com."""

import datetime
import ipaddress

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID


class Authority:
    def __init__(self, folder):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "HomeChat test authority")])
        constraints = x509.BasicConstraints(ca=True, path_length=0)
        usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
        authority = self._build(self.name, self.key, [(constraints, True), (usage, True)], days=365)
        self.file = _write(folder / "ca.pem", authority.public_bytes(serialization.Encoding.PEM))
        self.authority = authority
        self.certificate, self.private_key = self.issue(folder)

    def issue(self, folder):
        """A new certificate and key: what was in the folder is replaced."""
        authority = self.authority
        key = ec.generate_private_key(ec.SECP256R1())
        names = [x509.DNSName(name) for name in ("localhost", "chat.example.com")]
        names.append(x509.IPAddress(ipaddress.ip_address("127.0.0.1")))
        usage = x509.KeyUsage(True, False, False, False, False, False, False, False, False)
        leaf = self._build(
            x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")]), key,
            [(x509.SubjectAlternativeName(names), False), (usage, True), (x509.BasicConstraints(False, None), True),
             (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False)], days=90)
        chain = leaf.public_bytes(serialization.Encoding.PEM) + authority.public_bytes(serialization.Encoding.PEM)
        secret = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        return _write(folder / "fullchain.pem", chain), _write(folder / "privkey.pem", secret)

    def _build(self, subject, key, extensions, days):
        now = datetime.datetime.now(datetime.timezone.utc)
        builder = (
            x509.CertificateBuilder().subject_name(subject).issuer_name(self.name).public_key(key.public_key())
            .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(hours=1))
            .not_valid_after(now + datetime.timedelta(days=days))
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), False)
        )
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        return builder.sign(self.key, hashes.SHA256())


def _write(path, data):
    path.write_bytes(data)
    path.chmod(0o600)
    return path
