"""An identity provider's hand: signs whatever it is told to, rightly or wrongly, and shows its keys."""

import base64
import json
from typing import Any

import httpx
from cryptography.hazmat.primitives import hashes, hmac, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils

ISSUER, AUDIENCE = "https://id.example", "tuiding"
KID, EC_KID = "rsa-1", "ec-1"
ALSO_SHOWN = "shared"  # a symmetric key in the set, which no door may use


def b64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def number(value: int) -> str:
    return b64(value.to_bytes((value.bit_length() + 7) // 8, "big"))


class Provider:
    def __init__(self) -> None:
        self.rsa, self.stranger = (rsa.generate_private_key(65537, 2048) for _ in range(2))
        self.weak = rsa.generate_private_key(65537, 1024)
        self.ec = ec.generate_private_key(ec.SECP256R1())
        self.asked = 0
        self.away = False
        self.kid = KID

    # ---- what it shows -----------------------------------------------------------------------------------------------

    @property
    def jwks(self) -> dict[str, Any]:
        point = self.ec.public_key().public_numbers()
        return {
            "keys": [
                public(self.rsa, self.kid, alg="RS256", use="sig"),
                {"kty": "EC", "crv": "P-256", "kid": EC_KID, "x": number(point.x), "y": number(point.y)},
                public(self.weak, "weak"),
                public(self.stranger, "for-encryption", use="enc"),
                {"kty": "oct", "kid": ALSO_SHOWN, "k": b64(b"k" * 32)},
            ]
        }

    @property
    def pem(self) -> bytes:
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        return self.rsa.public_key().public_bytes(serialization.Encoding.PEM, form)

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        if self.away:
            raise httpx.ConnectError("away", request=request)
        if request.url.path.endswith("openid-configuration"):
            return httpx.Response(200, json={"issuer": ISSUER, "jwks_uri": f"{ISSUER}/jwks"})
        return httpx.Response(200, json=self.jwks)

    # ---- what it signs -----------------------------------------------------------------------------------------------

    def sign(self, header: bytes, payload: bytes, alg: str = "RS256", key: Any = None) -> str:
        """`alg`: how it is truly signed, whatever the header says."""
        parts = f"{b64(header)}.{b64(payload)}"
        return f"{parts}.{b64(self._seal(parts.encode(), alg, key))}"

    def _seal(self, content: bytes, alg: str, key: Any) -> bytes:
        match alg:
            case "none":
                return b""
            case "HS256":
                seal = hmac.HMAC(key, hashes.SHA256())
                seal.update(content)
                return seal.finalize()
            case "ES256":
                r, s = utils.decode_dss_signature(self.ec.sign(content, ec.ECDSA(hashes.SHA256())))
                return r.to_bytes(32, "big") + s.to_bytes(32, "big")
            case "PS256":
                salted = padding.PSS(padding.MGF1(hashes.SHA256()), hashes.SHA256().digest_size)
                return bytes((key or self.rsa).sign(content, salted, hashes.SHA256()))
        return bytes((key or self.rsa).sign(content, padding.PKCS1v15(), hashes.SHA256()))

    def token(self, claims: dict[str, Any], truly: str = "RS256", key: Any = None, **header: Any) -> str:
        """A header changed to None is left out."""
        usual = {"typ": "at+jwt", "alg": truly, "kid": EC_KID if truly == "ES256" else self.kid} | header
        kept = {name: value for name, value in usual.items() if value is not None}
        return self.sign(json.dumps(kept).encode(), json.dumps(claims).encode(), truly, key)


def public(key: rsa.RSAPrivateKey, kid: str, **more: Any) -> dict[str, Any]:
    told = key.public_key().public_numbers()
    return {"kty": "RSA", "kid": kid, "n": number(told.n), "e": number(told.e)} | more
