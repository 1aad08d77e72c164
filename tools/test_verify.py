"""Tests of verify.py: python3 -m unittest tools/test_verify.py (with the library of requirements.txt)."""

import base64
import contextlib
import hashlib
import io
import json
import os
import pathlib
import random
import sys
import tempfile
import unittest

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import verify

CUSTODY = pathlib.Path(__file__).parent.parent / "crates/strongroom/tests/vectors/custody"
VECTORS = pathlib.Path(__file__).parent.parent / "crates/tlog/tests/vectors"
ROOM = bytes(range(16))
ORIGIN = "strongroom/" + verify.show_value(b"\x50" + ROOM)


def h(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def b64(data):
    return base64.b64encode(data).decode()


def be(n, octets):
    return n.to_bytes(octets, "big")


# The writer's side, as the pages have it


def mth(leaves):
    """RFC 6962, section 2.1, word for word."""
    if not leaves:
        return h()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while 2 * k < len(leaves):
        k *= 2
    return h(b"\x01", mth(leaves[:k]), mth(leaves[k:]))


def audit_path(i, leaves):
    if len(leaves) == 1:
        return []
    k = 1
    while 2 * k < len(leaves):
        k *= 2
    if i < k:
        return audit_path(i, leaves[:k]) + [mth(leaves[k:])]
    return audit_path(i - k, leaves[k:]) + [mth(leaves[:k])]


def consistency(m, leaves, whole=True):
    if m == len(leaves):
        return [] if whole else [mth(leaves)]
    k = 1
    while 2 * k < len(leaves):
        k *= 2
    if m <= k:
        return consistency(m, leaves[:k], whole) + [mth(leaves[k:])]
    return consistency(m - k, leaves[k:], False) + [mth(leaves[:k])]


def value_commitment(tag, salt, value):
    return h(b"strongroom/value/v1\n", be(tag, 2), salt, be(len(value), 8), value)


def signature_commitment(salt, signature):
    return h(b"strongroom/signature/v1\n", salt, be(len(signature), 8), signature)


def no_signature(salt):
    return h(b"strongroom/no-signature/v1\n", salt)


class Signer:
    def __init__(self, name, kind, seed):
        self.name, self.kind = name, kind
        private = MLDSA44PrivateKey.from_seed_bytes if kind == 6 else Ed25519PrivateKey.from_private_bytes
        self.private = private(bytes([seed]) * 32)
        public = bytes([kind]) + self.private.public_key().public_bytes_raw()
        self.id = h(name.encode(), b"\n", public)[:4]
        self.vkey = f"{name}+{self.id.hex()}+{b64(public)}"

    def line(self, origin, size, root, time=1_700_000_000, of=None):
        text = f"{origin}\n{size}\n{b64(root)}\n".encode()
        if self.kind == 1:
            message, head = text, b""
        elif self.kind == 4:
            message, head = b"cosignature/v1\ntime %d\n" % time + text, be(time, 8)
        else:
            name, log = self.name.encode(), origin.encode()
            message = b"subtree/v1\n\0" + be(len(name), 1) + name + be(time, 8) + be(len(log), 1) + log
            message, head = message + be(0, 8) + be(size, 8) + root, be(time, 8)
        return f"— {self.name} {b64(self.id + head + self.private.sign(message))}\n"


LOG = [Signer(ORIGIN, 1, 1), Signer(ORIGIN, 6, 2)]
KEYS = "".join(s.vkey + "\n" for s in LOG)
WITNESSES = [Signer("witness.example/one", 4, 3), Signer("witness.example/two", 6, 4)]


def checkpoint(leaves, signers=LOG, origin=ORIGIN):
    root = mth(leaves)
    text = f"{origin}\n{len(leaves)}\n{b64(root)}\n\n"
    return (text + "".join(s.line(origin, len(leaves), root) for s in signers)).encode()


def entries(n):
    return [b"\x01" + h(b"entry", be(i, 8)) for i in range(n)]


def leaves_of(entries):
    return [h(b"\0", e) for e in entries]


def write_ledger(folder, items, signers=LOG):
    row, level = leaves_of(items), 0
    put(folder / "checkpoint", checkpoint(row, signers))
    while row:
        for start in range(0, len(row), 256):
            part = row[start : start + 256]
            n = start // 256
            name = f"{n:03}" if n < 1000 else f"x{n // 1000:03}/{n % 1000:03}"
            name += "" if len(part) == 256 else f".p/{len(part)}"
            put(folder / f"tile/{level}/{name}", b"".join(part))
            if level == 0:
                put(folder / f"tile/entries/{name}", b"".join(b"\0\x21" + e for e in items[start : start + 256]))
        row, level = [mth(row[i : i + 256]) for i in range(0, len(row) - 255, 256)], level + 1


def put(path, data):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data.encode() if isinstance(data, str) else data)


def tlog_proof(items, index, signers=LOG):
    row = leaves_of(items)
    path = "".join(b64(x) + "\n" for x in audit_path(index, row))
    head = f"c2sp.org/tlog-proof@v1\nextra {b64(items[index])}\nindex {index}\n{path}\n"
    return head + checkpoint(row, signers).decode()


def receipt_json(hide=()):
    """An event with two sealed fields, shown but for some fields."""
    ids = [be(n, 16) for n in range(1, 7)]
    values = [b"\x50" + ROOM, b"\x50" + ids[0], b"\x1b" + be(1_700_000_000_123, 8), b"\x50" + ids[1], b"\x50" + ids[2]]
    values += [b"\xf6", b"\x65filed", b"\x82\x0c\x80", b"\x50" + ids[3], b"\xf6"]
    fields, commitments, seed = [], [], b"\x07" * 32
    for tag, (name, value) in enumerate(zip(verify.FIELDS, values), 1):
        salt = h(b"strongroom/salt-seed/v1\n", seed, be(tag, 2))
        commitments.append((tag, value_commitment(tag, salt, value)))
        field = {"tag": tag, "name": name, "commitment": commitments[-1][1].hex()}
        fields.append(field if name in hide else field | {"salt": salt.hex(), "value": value.hex()})
    sealed = [h(b"sealed", bytes([i])) for i in range(2)]
    commitments += [(64 + i, c) for i, c in enumerate(sealed)]
    tree = mth([h(b"\0strongroom/event-field/v1\n", be(tag, 2), c) for tag, c in commitments])
    body = h(b"strongroom/event-body/v1\n", be(len(commitments), 4), tree)
    signature = no_signature(h(b"strongroom/salt-seed/v1\n", seed, be(0, 2)))
    items = entries(21)
    items[9] = b"\x01" + h(b"strongroom/entry/v1\n", body, signature)
    log = {"entry": items[9].hex(), "index": 9, "signature": signature.hex(), "proof": tlog_proof(items, 9)}
    shown = {"id": verify.show_value(values[1]), "at": "2023-11-14T22:13:20.123Z", "what": "filed"}
    shown |= {"record": verify.show_value(values[8]), "fields": fields, "sealed": [c.hex() for c in sealed], "log": log}
    return shown


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.dir = pathlib.Path(folder.name)
        self.keys = self.dir / "keys"
        put(self.keys, KEYS)

    def run_verify(self, *args):
        out = io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            status = verify.main([str(a) for a in args])
        self.out = out.getvalue()
        return status

    def receipt(self, data, *args):
        put(self.dir / "receipt", data)
        return self.run_verify("receipt", self.dir / "receipt", "--keys", self.keys, *args)

    def two(self, old, new, *args):
        put(self.dir / "old", old)
        put(self.dir / "new", new)
        return self.run_verify("checkpoints", self.dir / "old", self.dir / "new", "--keys", self.keys, *args)


def with_any_place_changed(sound):
    """Changes the object in each of its places, in many ways, one after the other; at last it is as it was."""
    def places(value, path=()):
        if isinstance(value, (dict, list)):
            for key in value if isinstance(value, dict) else range(len(value)):
                yield from places(value[key], (*path, key))
        yield path

    def others(value):
        yield from (None, 5, "", "zz", [], {}, True, 1.5, -1, "\ud800")
        if isinstance(value, str):
            yield from (value[:-1], value + "00", value[:-1] + ("0" if value[-1:] != "0" else "1"), value.upper())
        elif isinstance(value, int):
            yield from (value + 1, value + 256, str(value))
        elif isinstance(value, list):
            yield from (value[1:], value[:-1], value[::-1], value + value[:1])

    for path in list(places(sound)):
        if not path:
            continue
        target = sound
        for key in path[:-1]:
            target = target[key]
        value = target[path[-1]]
        for bad in others(value):
            if bad == value and type(bad) is type(value):
                continue
            target[path[-1]] = bad
            yield path, str(bad)[:40].encode("ascii", "replace")
        target[path[-1]] = value


class Vectors(Case):
    def test_checkpoints(self):
        folder, refused = VECTORS / "checkpoint", 0
        keys = verify.log_keys((folder / "keys").read_bytes())
        for path in sorted(folder.iterdir()):
            if path.name == "keys":
                continue
            with self.subTest(path.name), contextlib.redirect_stdout(io.StringIO()):
                if path.name.startswith("sound"):
                    verify.Checkpoint(path.read_bytes()).believe(verify.Report(), keys)
                else:
                    refused += 1
                    with self.assertRaises(verify.Refused):
                        verify.Checkpoint(path.read_bytes()).believe(verify.Report(), keys)
        self.assertGreater(refused, 40)

    @staticmethod
    def facts(path):
        return {key: value for key, _, value in (line.partition(" ") for line in path.read_text().splitlines())}

    def test_consistency(self):
        for path in sorted((VECTORS / "proof").glob("consistency-*-to-*")):
            with self.subTest(path.name):
                facts = self.facts(path)
                roots = bytes.fromhex(facts["old_root"]), bytes.fromhex(facts["new_root"])
                old, new, proof = verify.parse_consistency(bytes.fromhex(facts["proof"]))
                self.assertEqual((str(old), str(new)), (facts["old"], facts["new"]))
                verify.check_consistency(old, roots[0], new, roots[1], proof)
                wrong = [proof + [b"\0" * 32]] + ([proof[:-1], proof[1:], [b"\0" * 32, *proof[1:]]] if proof else [])
                for bad in wrong:
                    with self.assertRaises(verify.Refused):
                        verify.check_consistency(old, roots[0], new, roots[1], bad)

    def test_receipts(self):
        put(self.keys, (VECTORS / "checkpoint/keys").read_bytes())
        for path in sorted((VECTORS / "receipt").iterdir()):
            with self.subTest(path.name):
                self.assertEqual(self.receipt(path.read_bytes()), 0 if path.name == "sound" else 1, self.out)

    def test_cosignatures(self):
        """Each of the witness's two keys is asked by itself; only the sound ones have both."""
        put(self.keys, (VECTORS / "checkpoint/keys").read_bytes())
        lines = (VECTORS / "policy/sound").read_text().splitlines()
        vkeys = [w for line in lines for w in line.split() if w.startswith("witness.example/w1+")]
        self.assertEqual(len(vkeys), 2)
        for path in sorted((VECTORS / "cosignature").iterdir()):
            with self.subTest(path.name):
                status = [self.receipt_head(path.read_bytes(), vkey) for vkey in vkeys]
                self.assertEqual(status == [0, 0], path.name.startswith("sound"), self.out)

    def receipt_head(self, note, vkey):
        return self.two(note, note, "--ledger", self.dir, "--witness", vkey)

    def test_inclusion(self):
        """Entry n of the log is 01 and SHA-256 of u64 n."""
        for path in sorted((VECTORS / "proof").glob("inclusion-*")):
            with self.subTest(path.name):
                f = self.facts(path)
                size, index, proof = int(f["size"]), int(f["index"]), bytes.fromhex(f["proof"])
                self.assertEqual(proof[:16], be(size, 8) + be(index, 8))
                hashes = [proof[i : i + 32] for i in range(16, len(proof), 32)]
                leaf = h(b"\0\x01", h(be(index, 8)))
                self.assertEqual(verify.root_by_inclusion(leaf, index, size, hashes).hex(), f["root"])
                for bad in (hashes[1:], hashes + [leaf]) if hashes else ([leaf],):
                    with self.assertRaises(verify.Refused):
                        verify.root_by_inclusion(leaf, index, size, bad)

    def test_merkle(self):
        for path in sorted((VECTORS / "merkle").iterdir()):
            kind, *rest = path.name.split("-")
            with self.subTest(path.name):
                self.assertEqual(self.merkle(kind, path.read_text().splitlines()), len(rest) == 2)

    @staticmethod
    def merkle(kind, lines):
        try:
            a, b = (verify.decimal(n, "size", verify.MAX_SIZE) for n in lines[0].split(" "))
            first, second, *proof = [verify.unbase64(line, "hash", 32) for line in lines[1:]]
            if kind == "consistency":
                verify.check_consistency(a, first, b, second, proof)
                return a > 0  # RFC 9162, section 2.1.4.2: a bare proof from nothing shows nothing
            return verify.root_by_inclusion(first, a, b, proof) == second
        except (verify.Refused, ValueError):
            return False

    def test_commitments(self):
        """What the tests below build with, and so what verify.py is held against."""
        for path in (VECTORS / "commitment").iterdir():
            f = self.facts(path)
            with self.subTest(path.name):
                if "value" in f:
                    made = value_commitment(int(f["tag"]), bytes.fromhex(f["salt"]), bytes.fromhex(f["value"]))
                elif path.name == "no-signature":
                    made = no_signature(bytes.fromhex(f["salt"]))
                elif "signature" in f:
                    made = signature_commitment(bytes.fromhex(f["salt"]), bytes.fromhex(f["signature"]))
                elif path.name.startswith("event-of-"):
                    tags = range(10, 10 + int(f["count"]))
                    values = [(t, value_commitment(t, bytes([t - 10]) * 32, b"value %d" % (t - 10))) for t in tags]
                    f["commitment"], made = f["body"], verify.body_root(values)
                else:
                    continue
                self.assertEqual(made.hex(), f["commitment"])


class Ledgers(Case):
    def ledger(self, items, *args, signers=LOG):
        write_ledger(self.dir / "ledger", items, signers)
        return self.check(*args)

    def check(self, *args):
        return self.run_verify("ledger", self.dir / "ledger", "--keys", self.keys, *args)

    def test_sizes(self):
        for n in (0, 1, 2, 255, 256, 257, 300, 512, 1000):
            with self.subTest(n):
                self.assertEqual(self.ledger(entries(n)), 0, self.out)

    def test_three_levels_and_a_thousand_tiles(self):
        self.assertEqual(self.ledger(entries(256 * 1001 + 5)), 0, self.out)

    def test_every_file_matters(self):
        items = entries(600)
        self.assertEqual(self.ledger(items), 0)
        files = [p for p in (self.dir / "ledger").rglob("*") if p.is_file()]
        self.assertEqual(len(files), 1 + 3 + 3 + 1)
        for path in files:
            data = path.read_bytes()
            places = [0, 1, 2, 3, 40, len(data) // 2, len(data) - 1]
            changed = [data[:i] + bytes([data[i] ^ 1]) + data[i + 1 :] for i in places if i < len(data)]
            for bad in [*changed, b"", data[:-1], data + b"\0", data + data]:
                path.write_bytes(bad)
                with self.subTest(path.name, length=len(bad)):
                    self.assertEqual(self.check(), 1, self.out)
            path.unlink()
            self.assertEqual(self.check(), 2 if path.name == "checkpoint" else 1)
            path.mkdir()
            self.assertEqual(self.check(), 1, self.out)
            path.rmdir()
            if hasattr(os, "mkfifo"):
                os.mkfifo(path)
                self.assertEqual(self.check(), 1, self.out)
                path.unlink()
            path.write_bytes(data)
        self.assertEqual(self.check(), 0)

    def test_entries_and_tiles_changed_together(self):
        items = entries(300)
        self.ledger(items)
        sound = (self.dir / "ledger/checkpoint").read_bytes()
        items[7] = b"\x01" + b"\xaa" * 32
        self.ledger(items)
        (self.dir / "ledger/checkpoint").write_bytes(sound)
        self.assertEqual(self.check(), 1)
        self.assertIn("do not give the checkpoint's root", self.out)

    def test_full_tile_stands_in_for_a_partial_one(self):
        items = entries(300)
        self.ledger(entries(512))
        put(self.dir / "ledger/checkpoint", checkpoint(leaves_of(items)))
        self.assertEqual(self.check(), 1)  # the level above has no tile for this size
        put(self.dir / "ledger/tile/1/000.p/1", mth(leaves_of(items)[:256]))
        self.assertEqual(self.check(), 0, self.out)

    def test_a_vast_size_is_not_walked(self):
        root = b"\1" * 32
        note = f"{ORIGIN}\n{1 << 62}\n{b64(root)}\n\n" + "".join(s.line(ORIGIN, 1 << 62, root) for s in LOG)
        put(self.dir / "ledger/checkpoint", note)
        self.assertEqual(self.check(), 1)
        status = self.two(checkpoint(leaves_of(entries(3))), note, "--ledger", self.dir / "ledger")
        self.assertEqual(status, 1)

    def test_witnesses(self):
        one, two = WITNESSES
        vkeys = ["--witness", one.vkey, two.vkey]
        items = entries(5)
        self.assertEqual(self.ledger(items, *vkeys), 1)
        self.assertEqual(self.check(*vkeys, "--need", 0), 0)
        self.assertEqual(self.ledger(items, *vkeys, signers=[*LOG, one]), 1)
        self.assertEqual(self.check(*vkeys, "--need", 1), 0)
        self.assertEqual(self.ledger(items, *vkeys, signers=[one, LOG[1], two, LOG[0]]), 0, self.out)
        self.assertEqual(self.out.count("cosigned by"), 2)
        self.assertEqual(self.ledger(items, *vkeys, "--need", 2, signers=[*LOG, one, one]), 1)
        self.assertEqual(self.check(), 0)
        self.assertIn("2 signature lines of other keys were passed over", self.out)
        note = checkpoint(leaves_of(items)) + one.line(ORIGIN, 6, mth(leaves_of(items))).encode()
        put(self.dir / "ledger/checkpoint", note)
        self.assertEqual(self.check("--witness", one.vkey, "--need", 0), 1)
        for bad in ([one.vkey, one.vkey], [LOG[1].vkey], [LOG[0].vkey], ["x"], ["a+b+c"], [Signer("other", 4, 3).vkey, one.vkey]):
            self.assertEqual(self.check("--witness", *bad), 2)
        self.assertEqual(self.check(*vkeys, "--need", 3), 2)

    def test_keys(self):
        self.ledger(entries(3))
        first, second = KEYS.splitlines()
        other = Signer("strongroom/other", 6, 2).vkey
        witness = Signer(ORIGIN, 4, 1).vkey
        for bad in ("", first, second + "\n" + first, KEYS + first, first + "\n" + other, witness + "\n" + second, KEYS + "\n",
                    KEYS.replace("+", "-"), first[:-4] + "\n" + second, first + "\r\n" + second, b"\xff\n\xff\n", "x" * 9000):
            put(self.keys, bad)
            with self.subTest(bad[:80]):
                self.assertIn(self.check(), (1, 2))
                self.assertNotIn("holds", self.out)
        put(self.keys, "".join(Signer(ORIGIN, k, 9).vkey + "\n" for k in (1, 6)))
        self.assertEqual(self.check(), 1)
        self.assertEqual(self.run_verify("ledger", self.dir / "ledger", "--keys", self.dir / "none"), 2)
        self.assertEqual(self.run_verify("ledger", self.dir / "none", "--keys", self.keys), 2)


    def test_a_former_log_and_the_one_after_a_restore(self):
        """The same two keys under another name: each folder is verified by its own keys, and by no other's."""
        second = ORIGIN + "/2"
        log = [Signer(second, 1, 1), Signer(second, 6, 2)]
        items = entries(300)
        write_ledger(self.dir / "former", items)
        write_ledger(self.dir / "ledger", items[:200] + [b"\x01" + h(b"restored")])
        put(self.dir / "ledger" / "checkpoint", checkpoint(leaves_of(items[:200] + [b"\x01" + h(b"restored")]), log, second))
        put(self.dir / "second", "".join(s.vkey + "\n" for s in log))
        self.assertEqual([k.rsplit("+", 1)[1] for k in KEYS.splitlines()], [s.vkey.rsplit("+", 1)[1] for s in log])
        for folder, keys, code in (("former", self.keys, 0), ("ledger", self.dir / "second", 0),
                                   ("former", self.dir / "second", 1), ("ledger", self.keys, 1)):
            with self.subTest(folder=folder, code=code):
                self.assertEqual(self.run_verify("ledger", self.dir / folder, "--keys", keys), code, self.out)
        heads = [self.dir / folder / "checkpoint" for folder in ("former", "ledger")]
        for keys in (self.keys, self.dir / "second"):
            compared = self.run_verify("checkpoints", *heads, "--keys", keys, "--ledger", self.dir / "ledger")
            self.assertEqual(compared, 1, self.out)


class Receipts(Case):
    def test_text(self):
        for n, i in ((1, 0), (2, 1), (7, 3), (7, 6), (256, 255), (300, 299)):
            with self.subTest(n=n, i=i):
                self.assertEqual(self.receipt(tlog_proof(entries(n), i)), 0, self.out)
        sound = tlog_proof(entries(300), 131)
        lines = sound.split("\n")
        for i in range(len(lines) - 1):
            for bad in (lines[:i] + lines[i + 1 :], lines[:i] + [lines[i]] + lines[i:], lines[:i] + [lines[i] + " "] + lines[i + 1 :]):
                self.assertEqual(self.receipt("\n".join(bad)), 1, (i, self.out))
        for old, new in (("index 131", "index 0131"), ("index 131", "index 130"), ("index 131", "index 300"), ("@v1", "@v2"),
                         ("index 131", "index +131"), ("\n", "\r\n"), ("index 131\n", ""), ("extra A", "extra B")):
            self.assertEqual(self.receipt(sound.replace(old, new)), 1, old)

    def test_witness(self):
        sound = tlog_proof(entries(4), 2, [*LOG, WITNESSES[1]])
        self.assertEqual(self.receipt(sound, "--witness", WITNESSES[1].vkey), 0)
        self.assertEqual(self.receipt(sound, "--witness", WITNESSES[0].vkey), 1)

    def test_json(self):
        self.assertEqual(self.receipt(json.dumps(receipt_json())), 0, self.out)
        for text in ("field kind: filed", "field at: 2023-11-14T22:13:20.123Z", "10 clear and 2 sealed fields"):
            self.assertIn(text, self.out)
        hidden = receipt_json(hide=verify.FIELDS)
        self.assertEqual(self.receipt(json.dumps(hidden)), 1, self.out)
        self.assertIn("no field that is shown bears it out", self.out)
        for key in ("id", "at", "what", "record"):
            del hidden[key]
        self.assertEqual(self.receipt(json.dumps(hidden)), 0, self.out)
        self.assertNotIn("holds  field", self.out)
        for place, key in ((hidden, "who"), (hidden["log"], "by"), (hidden["fields"][9], "note")):
            place[key] = "boss"
            self.assertEqual(self.receipt(json.dumps(hidden)), 1, self.out)
            del place[key]

    def test_json_with_any_place_changed(self):
        sound = receipt_json()
        for path, bad in with_any_place_changed(sound):
            with self.subTest(path=path, bad=bad):
                self.assertEqual(self.receipt(json.dumps(sound)), 1, self.out)
        self.assertEqual(self.receipt(json.dumps(sound)), 0)

    def test_json_of_another_room(self):
        shown = receipt_json()
        other = Signer("strongroom/" + "0" * 26, 1, 1), Signer("strongroom/" + "0" * 26, 6, 2)
        text, root = shown["log"]["proof"].split("\n\n"), None
        size, root = text[1].split("\n")[1:3]
        note = f"{other[0].name}\n{size}\n{root}\n\n"
        note += "".join(s.line(s.name, int(size), base64.b64decode(root)) for s in other)
        shown["log"]["proof"] = text[0] + "\n\n" + note
        put(self.keys, "".join(s.vkey + "\n" for s in other))
        self.assertEqual(self.receipt(json.dumps(shown)), 1)
        self.assertIn("not the room of the ledger", self.out)

    def test_hostile(self):
        shown = json.dumps(receipt_json())
        for bad in (b"", b"{", b"{}", b"[" * 100_000, b'{"a":' * 100_000, b'{"log":' + b"9" * 10_000 + b"}", b"\xff{", b"{\xff}",
                    shown[:-1] + ',"log":1}', b"\0" * 100, b"c2sp.org/tlog-proof@v1\n\n", b"{" + b" " * (17 << 20)):
            self.assertEqual(self.receipt(bad), 1, bad[:20])
        chance = random.Random(1)
        for sound in (shown.encode(), tlog_proof(entries(9), 4).encode()):
            for _ in range(600):
                bad = bytearray(sound)
                for _ in range(chance.randrange(1, 4)):
                    i = chance.randrange(len(bad))
                    bad[i : i + chance.randrange(3)] = bytes(chance.randrange(256) for _ in range(chance.randrange(3)))
                if bytes(bad) != sound:
                    status = self.receipt(bytes(bad))
                    if status != 1:  # it still says the same
                        self.assertEqual(status, 0, self.out)
                        self.assertTrue(self.same(bad, sound), (bytes(bad), self.out))

    @staticmethod
    def same(one, two):
        try:
            return json.loads(one) == json.loads(two)
        except ValueError:
            return False


class Custody(Case):
    """A statement that a room made, with its ledger's keys."""

    def setUp(self):
        super().setUp()
        put(self.keys, (CUSTODY / "keys").read_bytes())
        self.text = (CUSTODY / "sound").read_text()

    def custody(self, said):
        put(self.dir / "custody", said)
        return self.run_verify("custody", self.dir / "custody", "--keys", self.keys)

    def test_sound(self):
        self.assertEqual(self.custody(self.text), 0, self.out)
        self.assertIn("signed by the inspector", self.out)
        self.assertIn("over the first 113 entries", self.out)

    def test_altered_statements(self):
        for old, new in (("found 1", "found 0"), ("opened 3", "opened 4"), ("head 113", "head 112"), ("1969-02-14", "1969-02-15"),
                         ("White House", "Black House"), ("an inquiry", "no inquiry"), ("2em2", "2em3"), ("declare such", "declare no such")):
            self.assertIn(old, self.text)
            with self.subTest(old):
                said = json.loads(self.text)
                said["statement"] = said["statement"].replace(old, new)
                self.assertEqual(self.custody(json.dumps(said)), 1)
                # Also where what stands beside it says the same.
                self.assertEqual(self.custody(self.text.replace(old, new)), 1)

    def test_any_place_changed(self):
        said = json.loads(self.text)
        for path, bad in with_any_place_changed(said):
            with self.subTest(path=path, bad=bad):
                self.assertEqual(self.custody(json.dumps(said)), 1, self.out)
        self.assertEqual(self.custody(json.dumps(said)), 0, self.out)

    def test_keys_that_no_statement_has(self):
        for place in ((), ("found", 0), ("silent", 1), ("found", 0, "conversation"), ("stated",), ("bound", "log"), ("stated", "fields", 3)):
            for value in ("true", None):
                with self.subTest(place=place, value=value):
                    said = json.loads(self.text)
                    within = said
                    for key in place:
                        within = within[key]
                    within["checked_by"] = value
                    self.assertEqual(self.custody(json.dumps(said)), 1, self.out)
                    self.assertIn("checked_by", self.out)

    def test_it_says_what_was_verified(self):
        self.custody(self.text)
        for line in json.loads(self.text)["statement"].splitlines():
            self.assertIn(f"states {json.dumps(line)}", self.out)

    def test_of_another_ledger_and_hostile(self):
        for bad in (b"", b"{}", b"[]", b"[" * 100_000, b"\xff", self.text[:-9].encode()):
            self.assertEqual(self.custody(bad), 1)
        put(self.keys, KEYS)
        self.assertEqual(self.custody(self.text), 1)


class Disclosures(Case):
    def test_any_place_changed(self):
        vectors = CUSTODY.parent / "disclosure"
        put(self.keys, (vectors / "keys").read_bytes())
        text = (vectors / "sound").read_text()

        def disclosure(said):
            put(self.dir / "proof", said)
            return self.run_verify("disclosure", self.dir / "proof", "--keys", self.keys)

        self.assertEqual(disclosure(text), 0, self.out)
        self.assertIn("was taken in with this batch", self.out)
        said = json.loads(text)
        for path, bad in with_any_place_changed(said):
            if path[0] in ("room", "disclosure", "number"):
                continue  # for the eye
            with self.subTest(path=path, bad=bad):
                self.assertEqual(disclosure(json.dumps(said)), 1, self.out)
        self.assertEqual(disclosure(json.dumps(said)), 0, self.out)
        for bad in (b"", b"{}", b"[]", text[:-9].encode()):
            self.assertEqual(disclosure(bad), 1)


class Checkpoints(Case):
    def test_proofs(self):
        rows = leaves_of(entries(600))
        write_ledger(self.dir / "ledger", entries(600))
        for m, n in ((0, 0), (0, 600), (1, 600), (256, 600), (257, 600), (300, 600), (512, 600), (599, 600), (600, 600)):
            old, new, proof = checkpoint(rows[:m]), checkpoint(rows[:n]), consistency(m, rows[:n]) if m else []
            text = f"old {m}\nnew {n}\n" + "".join(b64(x) + "\n" for x in proof)
            octets = be(m, 8) + be(n, 8) + b"".join(proof)
            with self.subTest(m=m, n=n):
                for data in (text, octets):
                    put(self.dir / "proof", data)
                    self.assertEqual(self.two(old, new, "--proof", self.dir / "proof"), 0, self.out)
                self.assertEqual(self.two(old, new, "--ledger", self.dir / "ledger"), 0, self.out)
                if m < n:
                    self.assertEqual(self.two(new, old, "--ledger", self.dir / "ledger"), 1)
                for bad in (octets[1:], octets + b"\0" * 32, octets[:16] + octets[48:] if proof else b"", text[:-1], text + "\n",
                            text.replace("old ", "old 0"), text.replace("new", "neu"), text + "AA==\n", b"old \xff\n"):
                    put(self.dir / "proof", bad)
                    self.assertEqual(self.two(old, new, "--proof", self.dir / "proof"), 1, self.out)

    def test_forks(self):
        rows = leaves_of(entries(600))
        fork = rows[:100] + [h(b"other")] + rows[101:]
        for m, n in ((300, 600), (600, 600), (256, 600)):
            old, new = checkpoint(fork[:m]), checkpoint(rows[:n])
            write_ledger(self.dir / "ledger", entries(600))
            self.assertEqual(self.two(old, new, "--ledger", self.dir / "ledger"), 1, self.out)
            put(self.dir / "proof", be(m, 8) + be(n, 8) + b"".join(consistency(m, rows[:n])))
            self.assertEqual(self.two(old, new, "--proof", self.dir / "proof"), 1)

    def test_the_old_one_is_believed_by_its_signatures_too(self):
        rows = leaves_of(entries(5))
        bad = checkpoint(rows[:3], [LOG[0]])
        write_ledger(self.dir / "ledger", entries(5))
        self.assertEqual(self.two(bad, checkpoint(rows), "--ledger", self.dir / "ledger"), 1)
        self.assertEqual(self.two(checkpoint(rows[:3]), bad, "--ledger", self.dir / "ledger"), 1)


if __name__ == "__main__":
    unittest.main()
