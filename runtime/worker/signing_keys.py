"""The keys that a service signs with and believes, from the files that the settings name."""

from collections.abc import Mapping
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from policies.files.plain_files import read_plain
from runtime.kafka.security import NotSecured
from runtime.settings import Settings
from runtime.signatures import Signatures


def signatures_of(service: str, settings: Settings) -> Signatures:
    """Raises `NotSecured` with the name of the setting."""
    own = _own(service, Path(settings.signing_key)) if settings.signing_key else None
    known = _known(Path(settings.signers)) if settings.signers else None
    if known is not None and own is None:
        raise NotSecured("TUIDING_SIGNERS is set and TUIDING_SIGNING_KEY is not: the others would refuse what it says.")
    if known is not None and own is not None:
        _is_among(known, *own)
    return Signatures(own, known)


def _own(service: str, place: Path) -> tuple[str, Ed25519PrivateKey]:
    """A file, or a folder with one in it: a cluster mounts a secret as a folder."""
    file = place
    if place.is_dir():
        files = sorted(place.glob("*.pem"))
        if len(files) != 1:
            raise NotSecured(f"TUIDING_SIGNING_KEY={place} is a folder with {len(files)} files *.pem: it wants one.")
        file = files[0]
    try:
        key = load_pem_private_key(read_plain(file), None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise NotSecured(f"TUIDING_SIGNING_KEY={file} cannot be read: {_briefly(error)}.") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise NotSecured(f"TUIDING_SIGNING_KEY={file} is no Ed25519 key: make one with openssl genpkey.")
    return f"{service}/{file.stem}", key


def _known(folder: Path) -> dict[str, Ed25519PublicKey]:
    found = {}
    for file in sorted([*folder.glob("[!.]*/*.pem"), *folder.glob("*.pem")]):
        try:
            key = load_pem_public_key(read_plain(file))
        except (OSError, ValueError, UnsupportedAlgorithm) as error:
            raise NotSecured(f"TUIDING_SIGNERS: {file} cannot be read: {_briefly(error)}.") from None
        if not isinstance(key, Ed25519PublicKey):
            raise NotSecured(f"TUIDING_SIGNERS: {file} is no public Ed25519 key.")
        found[_name_of(folder, file)] = key
    if not found:
        raise NotSecured(
            f"TUIDING_SIGNERS={folder} holds no keys: it wants <service>/<name>.pem or <service>.<name>.pem, "
            "one or more a service."
        )
    return found


def _name_of(folder: Path, file: Path) -> str:
    """A ConfigMap has no folders: there the service stands before a dot."""
    return f"{file.parent.name}/{file.stem}" if file.parent != folder else file.stem.replace(".", "/", 1)


def _is_among(known: Mapping[str, Ed25519PublicKey], name: str, key: Ed25519PrivateKey) -> None:
    if name not in known or known[name] != key.public_key():
        raise NotSecured(
            f"TUIDING_SIGNING_KEY is {name}, and TUIDING_SIGNERS has not its public key: put it there first."
        )


def _briefly(error: Exception) -> str:
    return error.strerror or "no such file" if isinstance(error, OSError) else "it is no PEM file with a key"
