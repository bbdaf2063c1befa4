"""Gets a bound token by the authlib of the distribution, with a proof made by another library.

Reads one JSON document (issuer, agent, jwk, resource) from standard input, prints the token response as JSON.
authlib makes the client assertion and speaks the grant; the possession proof, which authlib does not know, is written
here with `cryptography` alone. Nothing of Narrowgate is used.
"""

import base64
import hashlib
import json
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

from authlib.jose import JsonWebKey
from authlib.oauth2.client import OAuth2Client
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

LIMIT_SECONDS = 20


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def number(text: str) -> int:
    return int.from_bytes(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), "big")


class Proofs:
    """Possession proofs (RFC 9449 section 4.2), ES256 in the form of RFC 7518 section 3.4."""

    def __init__(self, jwk):
        point = ec.EllipticCurvePublicNumbers(number(jwk["x"]), number(jwk["y"]), ec.SECP256R1())
        self.key = ec.EllipticCurvePrivateNumbers(number(jwk["d"]), point).private_key()
        self.jwk = {name: jwk[name] for name in ("kty", "crv", "x", "y")}

    def sign(self, method, url, nonce, body):
        claims = {"jti": str(uuid.uuid4()), "htm": method, "htu": url, "iat": int(time.time())}
        claims["body_sha256"] = b64(hashlib.sha256(body).digest())
        if nonce is not None:
            claims["nonce"] = nonce
        header = {"typ": "dpop+jwt", "alg": "ES256", "jwk": self.jwk}
        text = ".".join(b64(json.dumps(part).encode("utf-8")) for part in (header, claims))
        r, s = decode_dss_signature(self.key.sign(text.encode("ascii"), ec.ECDSA(hashes.SHA256())))
        return f"{text}.{b64(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


class Answer:
    def __init__(self, status, headers, body):
        self.status_code, self.headers, self.body = status, headers, body

    def json(self):
        return json.loads(self.body)


class Session:
    """The transport authlib asks for, on urllib: it adds the proof and repeats once when the nonce is asked for."""

    def __init__(self, proofs, authentication):
        self.proofs, self.authentication, self.nonce, self.asked = proofs, authentication, None, 0

    def post(self, url, data=None, headers=None, auth=None, **_):
        answer = self.send(url, data, headers)
        if answer.status_code == 400 and answer.json().get("error") == "use_dpop_nonce":
            self.nonce, self.asked = answer.headers["dpop-nonce"], self.asked + 1
            answer = self.send(url, data, headers)
        return answer

    def send(self, url, data, headers):
        form = urllib.parse.urlencode(data)
        # A fresh assertion for each attempt: the one before may have been used.
        url, headers, form = self.authentication().prepare("POST", url, dict(headers or {}), form)
        body = form.encode("ascii")
        headers["DPoP"] = self.proofs.sign("POST", url, self.nonce, body)
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        request = urllib.request.Request(url, data=body, headers=headers, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=LIMIT_SECONDS) as answer:
                return Answer(answer.status, answer.headers, answer.read())
        except urllib.error.HTTPError as refused:
            return Answer(refused.code, refused.headers, refused.read())


def main():
    given = json.load(sys.stdin)
    issuer, agent, jwk = given["issuer"], given["agent"], given["jwk"]
    with urllib.request.urlopen(f"{issuer}/.well-known/oauth-authorization-server", timeout=LIMIT_SECONDS) as found:
        metadata = json.load(found)
    key = JsonWebKey.import_key(jwk).as_pem(is_private=True)

    def authentication():
        # authlib would name the token endpoint as audience and let the assertion live for an hour.
        method = PrivateKeyJWT(token_endpoint=metadata["issuer"], claims={"exp": int(time.time()) + 60}, alg="ES256")
        return client.client_auth(method)

    session = Session(Proofs(jwk), authentication)
    client = OAuth2Client(session, client_id=agent, client_secret=key, token_endpoint_auth_method="none")
    token = client.fetch_token(
        metadata["token_endpoint"], grant_type="client_credentials", resource=given["resource"], scope=given["scope"]
    )
    json.dump({"token": dict(token), "nonce_asked": session.asked}, sys.stdout)


main()
