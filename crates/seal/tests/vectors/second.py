"""A second reader of what is sealed, written from docs/format/sealed.md and files.md alone. It opens the
vectors in seal/ and holds them to those pages:

    python3 second.py

Needs pyca/cryptography 48 or later, with OpenSSL 3.5 or later.
"""

import base64
import hashlib
import hmac
import pathlib

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa, mlkem
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

HERE = pathlib.Path(__file__).parent / "seal"
SUITE = b"\0\1"


def u(bits, number):
    return number.to_bytes(bits // 8, "big")


def D(domain):
    return b"strongroom/v1/" + domain.encode()


# -- CBOR, as far as it is needed ------------------------------------------------


def encode(value):
    def head(major, n):
        for size, mark in ((None, 24), (8, 24), (16, 25), (32, 26), (64, 27)):
            if size is None and n < 24:
                return bytes([major << 5 | n])
            if size is not None and n < 1 << size:
                return bytes([major << 5 | mark]) + u(size, n)
        raise ValueError(n)

    if value is None:
        return b"\xf6"
    if isinstance(value, bool):
        return b"\xf5" if value else b"\xf4"
    if isinstance(value, int):
        return head(0, value)
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    if isinstance(value, str):
        return head(3, len(value.encode())) + value.encode()
    return head(4, len(value)) + b"".join(encode(item) for item in value)


def decode(data):
    def one(at):
        major, n = data[at] >> 5, data[at] & 31
        at += 1
        if major == 7:
            return {20: False, 21: True, 22: None}[n], at
        if n >= 24:
            size = 1 << (n - 24)
            n, at = int.from_bytes(data[at : at + size], "big"), at + size
        if major == 0:
            return n, at
        if major in (2, 3):
            raw = data[at : at + n]
            return (raw if major == 2 else raw.decode()), at + n
        assert major == 4
        items = []
        for _ in range(n):
            item, at = one(at)
            items.append(item)
        return items, at

    value, end = one(0)
    assert end == len(data) and encode(value) == data
    return value


# -- digests and derivations -----------------------------------------------------


def digest(domain, *parts):
    return hashlib.sha384(b"".join(u(64, len(p)) + p for p in (D(domain), *parts))).digest()


def extract(salt, key):
    return hmac.digest(salt or bytes(48), key, "sha384")


def expand(prk, info, length):
    out = block = b""
    for n in range(1, 255):
        if len(out) >= length:
            return out[:length]
        block = hmac.digest(prk, block + info + bytes([n]), "sha384")
        out += block


def hkdf(salt, key, info, length=32):
    return expand(extract(salt, key), info, length)


def derived(domain, key, more=b""):
    return hkdf(D(domain), key, SUITE + D(domain) + more)


# -- sealed objects --------------------------------------------------------------


def open_sealed(key, domain, binding, sealed):
    suite, salt, commitment, rest = sealed[:2], sealed[2:34], sealed[34:66], sealed[66:]
    assert suite == SUITE
    info = suite + bytes([len(D(domain))]) + D(domain) + hashlib.sha384(binding).digest()
    okm = hkdf(salt, key, info, 76)
    assert okm[44:] == commitment
    return AESGCM(okm[:32]).decrypt(okm[32:44], rest, binding)


class Kem:
    """A private key: both halves from one seed."""

    def __init__(self, seed):
        full = hashlib.shake_256(seed).digest(64 + 48)
        self.pq = mlkem.MLKEM1024PrivateKey.from_seed_bytes(full[:64])
        self.t = ec.derive_private_key(int.from_bytes(full[64:], "big"), ec.SECP384R1())
        raw, point = serialization.Encoding.Raw, serialization.Encoding.X962
        self.ek_t = self.t.public_key().public_bytes(point, serialization.PublicFormat.UncompressedPoint)
        ek_pq = self.pq.public_key().public_bytes(raw, serialization.PublicFormat.Raw)
        self.public = SUITE + ek_pq + self.ek_t

    def open(self, domain, binding, sealed):
        assert sealed[:2] == SUITE
        ct_pq, ct_t = sealed[2:1570], sealed[1570:1667]
        commitment, rest = sealed[1667:1699], sealed[1699:]
        ss_pq = self.pq.decapsulate(ct_pq)
        other = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP384R1(), ct_t)
        ss_t = self.t.exchange(ec.ECDH(), other)
        shared = hashlib.sha3_256(ss_pq + ss_t + ct_t + self.ek_t + b"MLKEM1024-P384").digest()

        # RFC 9180, section 5.1, base mode.
        hpke = b"HPKE" + u(16, 0x51) + u(16, 2) + u(16, 2)
        labeled = lambda salt, label, ikm: extract(salt, b"HPKE-v1" + hpke + label + ikm)
        out = lambda prk, label, info, n: expand(prk, u(16, n) + b"HPKE-v1" + hpke + label + info, n)
        info = labeled(b"", b"info_hash", SUITE + D(domain))
        context = b"\0" + labeled(b"", b"psk_id_hash", b"") + info
        secret = labeled(shared, b"secret", b"")
        key, nonce = out(secret, b"key", context, 32), out(secret, b"base_nonce", context, 12)
        exporter = out(secret, b"exp", context, 48)
        exported = D("kem/commitment") + hashlib.sha384(binding).digest()
        assert out(exporter, b"sec", exported, 32) == commitment
        return AESGCM(key).decrypt(nonce, rest, binding)


def unlock(domain, locked, passphrase):
    suite, memory, passes, lanes, salt, sealed = locked
    stretch = Argon2id(salt=salt, length=32, iterations=passes, lanes=lanes, memory_cost=memory)
    return open_sealed(stretch.derive(passphrase.encode()), domain, encode(locked[:5]), sealed)


# -- text ------------------------------------------------------------------------

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def bits(data, chars):
    whole = "".join(f"{b:08b}" for b in data) + "00000"
    return "".join(ALPHABET[int(whole[5 * n : 5 * n + 5], 2)] for n in range(chars))


def id_text(raw):
    number = int.from_bytes(raw, "big")
    return "".join(ALPHABET[number >> 5 * place & 31] for place in range(25, -1, -1))


def id_bytes(text):
    number = 0
    for c in text:
        number = number << 5 | ALPHABET.index(c)
    raw = number.to_bytes(16, "big")
    assert id_text(raw) == text
    return raw


def armoured(what, text):
    lines = text.split("\n")
    assert lines[0] == f"-----BEGIN STRONGROOM {what}-----" and lines[-1] == f"-----END STRONGROOM {what}-----"
    data = base64.b64decode("".join(l for l in lines[1:-2] if not l.startswith("#")), validate=True)
    assert lines[-2] == "=" + digest("digest/checksum", what.encode(), data)[:6].hex()
    return data


def printed(header, text):
    lines = [l for l in text.split("\n") if not l.startswith("#")]
    assert lines[0] == header
    chars = "".join(lines[1:]).replace("-", "")
    raw = int("".join(f"{ALPHABET.index(c):05b}" for c in chars), 2).to_bytes(40, "big")
    assert raw[:2] == SUITE and raw[34:] == digest("digest/checksum", header.encode(), raw[:34])[:6]
    return raw[2:34]


# -- key holders and shares ------------------------------------------------------


class Holder:
    def __init__(self, seed, name):
        self.kem = Kem(derived("key-holder/seed/kem", seed))
        self.verifying = verifying(derived("key-holder/seed/ed25519", seed), derived("key-holder/seed/ml-dsa", seed))
        self.card = [name, self.kem.public, self.verifying]
        self.id = digest("digest/key-holder", self.kem.public, self.verifying)[:16]

    @classmethod
    def of_file(cls, text, passphrase):
        content = unlock("key-holder/file", decode(armoured("KEY HOLDER FILE", text)), passphrase)
        return cls(content[:32], decode(content[32:]))


def verifying(first, second):
    raw = serialization.Encoding.Raw, serialization.PublicFormat.Raw
    one = ed25519.Ed25519PrivateKey.from_private_bytes(first).public_key()
    other = mldsa.MLDSA87PrivateKey.from_seed_bytes(second).public_key()
    return SUITE + one.public_bytes(*raw) + other.public_bytes(*raw)


def point(kind, step, kem, binding, share):
    facts, sealed = share
    content = kem.open(f"share/{kind}/{step}", encode([*binding, facts]), sealed)
    assert digest(f"digest/share/{kind}", content[:32], content[32:]) == facts[5]
    assert content[32] == facts[2]
    return content[32:]


def times(a, b):
    out = 0
    while b:
        out ^= a if b & 1 else 0
        a, b = a << 1 ^ (0x11D if a & 128 else 0), b >> 1
    return out


def combine(points):
    def at_zero(i):
        top = bottom = 1
        for other in points:
            if other[0] != i:
                top, bottom = times(top, other[0]), times(bottom, other[0] ^ i)
        return times(top, next(x for x in range(256) if times(bottom, x) == 1))

    secret = bytearray(32)
    for p in points:
        weight = at_zero(p[0])
        for n in range(32):
            secret[n] ^= times(weight, p[1 + n])
    return bytes(secret)


def dealt(kind, holder, whole):
    room, suite, subject, quorum, shares = whole
    assert suite == 1 and quorum == [1, 1] and shares[0][0] == holder.card[0]
    facts = shares[0][1][0]
    assert facts[1] == subject and facts[4] == holder.id
    key = combine([point(kind, "sealed", holder.kem, [room], shares[0][1])])
    assert derived(f"share/{kind}/check", key) == subject[1]
    return key


# -- the vectors -----------------------------------------------------------------


def vectors(name):
    lines = (HERE / name).read_text().split("\n")
    return dict(line.split(": ", 1) for line in lines if line)


def main():
    unhex = bytes.fromhex

    v = vectors("aead.txt")
    domain = v["domain"].removeprefix("strongroom/v1/")
    opened = open_sealed(unhex(v["key"]), domain, unhex(v["binding"]), unhex(v["sealed"]))
    assert opened == unhex(v["plaintext"])

    v = vectors("kem.txt")
    private = Kem(unhex(v["seed"]))
    assert private.public == unhex(v["public"])
    opened = private.open("holding", unhex(v["binding"]), unhex(v["sealed"]))
    assert opened == unhex(v["plaintext"])

    v = vectors("sign.txt")
    key, message = unhex(v["verifying"]), unhex(v["message"])
    assert key == verifying(unhex(v["ed25519-seed"]), unhex(v["ml-dsa-seed"]))
    frame = b"".join(u(64, len(p)) + p for p in (D("signature"), key, D("sign/command"), message))
    once = unhex((HERE / "sign-once.txt").read_text().strip())
    assert once[:2] == SUITE and once[2:66] == unhex(v["ed25519-signature"])
    ed25519.Ed25519PublicKey.from_public_bytes(key[2:34]).verify(once[2:66], frame)
    mldsa.MLDSA87PublicKey.from_public_bytes(key[34:]).verify(once[66:], frame)

    v = vectors("digest.txt")
    label = unhex(v["label"])
    assert decode(label) == [["Secret"], [["Caption", ["Nodis"]]], [], []]
    assert digest("digest/label", label).hex() == v["label-digest"]
    assert digest("digest/checksum", b"ab", b"c").hex() == v["two-parts"]

    v = vectors("person.txt")
    content = unlock("bundle", decode(unhex(v["bundle"])), v["passphrase"])
    facts = decode(content[96:])
    assert content[96:] == unhex(v["facts"])
    person = Kem(content[:32])
    public = encode([person.public, verifying(content[32:64], content[64:96])])
    known = vectors("digest.txt")
    fingerprint = bits(digest("digest/fingerprint", public), 25)
    assert "-".join(fingerprint[n : n + 5] for n in range(0, 25, 5)) == known["fingerprint"]
    holding, atom, epoch, to, event, sealed = decode(unhex(v["holding"]))
    assert len(person.open("holding", encode([facts[0], atom, epoch, to, holding, event]), sealed)) == 32

    v = vectors("key-box.txt")
    room = id_bytes(v["room"])
    whole = unhex(v["box"])
    box, label, purpose, shares = decode(whole)
    assert digest("digest/key-box", whole).hex() == v["box-digest"]
    label = digest("digest/label", encode(label))
    secrets = b""
    for n, seed in enumerate(("seed-of-secret", "seed-of-nodis")):
        part, atom, epoch, sealed = shares[n]
        assert part == n
        binding = encode([room, box, label, purpose, part, atom, epoch])
        secrets += Kem(unhex(v[seed])).open("key-box/share", binding, sealed)
    salt = hashlib.sha384(encode([room, box, label, purpose, len(shares)])).digest()
    key = hkdf(salt, secrets, SUITE + D("key-box/key"))
    assert derived("key-box/index-key", key, box).hex() == v["index-key"]
    binding = unhex(v["record-key-binding"])
    assert decode(binding)[6] == box
    record_key = open_sealed(key, "record-key/wrap", binding, unhex(v["record-key"]))
    assert open_sealed(record_key, "portion", unhex(v["portion-binding"]), unhex(v["portion"])) == b"K: Yes."

    v = {name: text.replace("\\n", "\n") for name, text in vectors("printed.txt").items()}
    printed("strongroom house key 1", v["house-key"])
    sheet = Holder(printed("strongroom recovery sheet 1", v["recovery-sheet"]), "recovery sheet")
    text = v["recovery-sheet-card"]
    assert decode(armoured("KEY HOLDER CARD", text)) == sheet.card
    assert f"\n# id: {bits(sheet.id, 26)}\n" in text

    v = vectors("shares.txt")
    room, recovery = id_bytes(v["room"]), id_bytes(v["recovery"])
    holder = Holder.of_file(v["holder-file"].replace("\\n", "\n"), v["holder-passphrase"])
    assert holder.card == decode(unhex(v["holder"]))
    atom = decode(unhex(v["atom"]))
    for share in (
        point("atom", "sealed", holder.kem, [room], decode(unhex(v["sealed"]))),
        point("atom", "given", Kem(unhex(v["recipient-seed"])), [room, recovery], decode(unhex(v["given"]))),
    ):
        assert Kem(combine([share])).public == atom[3]
    dealt("opening", holder, decode(unhex(v["house-shares"])))
    # Several of a splitting: f(x) = secret + a x + b x x for each byte.
    points = [bytes([x]) + bytes(n ^ times(7, x) ^ times(times(9, x), x) for n in range(32)) for x in (1, 2, 3, 4)]
    assert combine(points[1:]) == combine(points[:3]) == bytes(range(32))

    v = vectors("backup.txt")
    holder = Holder.of_file(v["holder-file"].replace("\\n", "\n"), v["holder-passphrase"])
    backup = unhex(v["backup"])
    assert backup[:20] == b"strongroom backup 1\n"
    length = int.from_bytes(backup[20:24], "big")
    header, chunk = backup[24 : 24 + length], backup[24 + length :]
    bound = digest("digest/backup-header", header)
    assert bound.hex() == v["header-digest"]
    key = dealt("backup", holder, decode(header)[0])
    flag, length = chunk[:1], int.from_bytes(chunk[1:5], "big")
    assert flag == b"\1" and len(chunk) == 5 + length + 16
    okm = hkdf(bound, key, SUITE + D("backup/chunk") + u(64, 0) + flag, 44)
    opened = AESGCM(okm[:32]).decrypt(okm[32:], chunk[5:], encode([bound, 0, True, length]))
    assert opened == unhex(v["content"])

    print("all vectors of seal/ are as the pages say")


main()
