#!/usr/bin/env python3
"""A second verifier of Strongroom's ledger, and of what it commits to for others, written from its pages alone.

It shares no code with Strongroom. It follows
    docs/format/README.md   base64, ids, times, encoded values
    docs/format/ledger.md   commitments, entries, the tree, checkpoints, tiles, proofs, receipts
    docs/format/events.md   the fields of an event (and limits.md for the bounds of receipts and proofs)
    docs/format/ledger.md   the proof of a disclosure, too
    docs/format/custody.md  statements of custody (and sealed.md for persons' keys, signatures and digests)
and the texts they name: RFC 6962 section 2.1, c2sp.org/signed-note, /tlog-checkpoint, /tlog-cosignature,
/tlog-tiles and /tlog-proof. Python 3.11 or later, and the one library of requirements.txt, for signatures.

    verify.py ledger DIR --keys KEYS
    verify.py receipt FILE --keys KEYS
    verify.py checkpoints OLD NEW --keys KEYS (--proof FILE | --ledger DIR)
    verify.py custody FILE --keys KEYS
    verify.py disclosure FILE --keys KEYS

KEYS is a file with the ledger's two public keys. With --witness VKEY... the cosignatures of these witnesses are
counted; all of them must have cosigned, or as many as --need says. Of two checkpoints, this is asked of the newer.

Each line of the output begins with "holds", "FAILS" or "open"; open is what could not be checked here. Exit status:
0 all that was checked holds, 1 something is wrong, 2 nothing can be said (usage, no file, unusable keys, no library).
"""

import argparse
import base64
import datetime
import functools
import hashlib
import json
import os
import re
import stat
import sys
import unicodedata

MAX_CHECKPOINT, MAX_SIGNATURE_LINES = 262_144, 32
MAX_SIZE = 1 << 62
MAX_RECEIPT, MAX_PROOF, MAX_KEYS, MAX_FAULTS = 266_432, 4_160, 8_192, 20
MAX_JSON = 16 << 20  # of this program: the pages set no bound on the whole object
ENTRY, TILE, FIRST_SEALED = 33, 256, 64

FIELDS = ["room", "id", "at", "actor", "session", "request", "kind", "act", "record", "portions"]
ID_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"

class Refused(Exception):
    """What was to be checked is wrong."""
class Unable(Exception):
    """Nothing can be said."""

def refuse(wrong, why):
    if wrong:
        raise Refused(why)

class Missing(Unable):
    """A file is not there."""
class Report:
    faults, about = 0, ""
    def say(self, word, text):
        text = self.about + text
        self.faults += word == "FAILS"
        if word != "FAILS" or self.faults <= MAX_FAULTS:
            print(f"{word:7}{text}")
        elif self.faults == MAX_FAULTS + 1:
            print("FAILS  and more, which are not listed")
    holds = functools.partialmethod(say, "holds")
    open = functools.partialmethod(say, "open")
    fails = functools.partialmethod(say, "FAILS")

def quoted(text):
    """Text of unknown origin, so that it cannot command a terminal."""
    return json.dumps(text if len(text) <= 300 else text[:300] + "…")

def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()

def be(n, octets):
    return n.to_bytes(octets, "big")

def text_of(data, what):
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise Refused(f"{what}: not UTF-8") from None

def unbase64(text, what, length=None):
    """RFC 4648's standard alphabet, padded, without loose bits."""
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        raise Refused(f"{what}: not base64") from None
    refuse(base64.b64encode(data).decode("ascii") != text, f"{what}: not the one base64 of its bytes")
    refuse(length is not None and len(data) != length, f"{what}: not {length} bytes")
    return data

def unhex(text, what, length=None):
    refuse(not isinstance(text, str) or not re.fullmatch(r"(?:[0-9a-f]{2})*", text), f"{what}: not lower-case hex")
    refuse(length is not None and len(text) != 2 * length, f"{what}: not {length} bytes")
    return bytes.fromhex(text)

def decimal(text, what, most):
    if not re.fullmatch(r"0|[1-9][0-9]{0,19}", text) or int(text) > most:
        raise Refused(f"{what}: not a decimal number up to {most} without leading zeroes")
    return int(text)

def read_file(path, most):
    """The bytes of a regular file of at most so many; it does not wait where there is a pipe."""
    try:
        with open(path, "rb", opener=lambda p, flags: os.open(p, flags | getattr(os, "O_NONBLOCK", 0))) as f:
            refuse(not stat.S_ISREG(os.fstat(f.fileno()).st_mode), f"{quoted(path)}: not a file")
            data = f.read(most + 1)
    except (FileNotFoundError, NotADirectoryError):
        raise Missing(f"{quoted(path)}: no such file") from None
    except IsADirectoryError:
        raise Refused(f"{quoted(path)}: not a file") from None
    refuse(len(data) > most, f"{quoted(path)}: more than {most} bytes")
    return data

def node(left, right):
    return sha256(b"\x01", left, right)

def split(n):
    """The largest power of two smaller than n."""
    return 1 << ((n - 1).bit_length() - 1)

def tree_hash(hashes):
    """The root over leaf hashes, at least one. An odd one at the end of a row goes up as it is."""
    while len(hashes) > 1:
        row = [node(hashes[i], hashes[i + 1]) for i in range(0, len(hashes) - 1, 2)]
        hashes = row + hashes[len(hashes) & ~1 :]
    return hashes[0]

def root_by_inclusion(leaf, index, size, path):
    """The root that an audit path (section 2.1.1) leads to."""
    refuse(not 0 <= index < size, f"there is no place {index} in a tree of {size}")
    path = list(path)

    def climb(i, n):
        if n == 1:
            return leaf
        refuse(not path, "the audit path is too short")
        k, sibling = split(n), path.pop()
        return node(climb(i, k), sibling) if i < k else node(sibling, climb(i - k, n - k))
    root = climb(index, size)
    refuse(path, "the audit path is too long")
    return root

def check_consistency(old_size, old_root, new_size, new_root, proof):
    """Section 2.1.2: that the old tree is the beginning of the new one."""
    refuse(old_size > new_size, "the old tree is larger than the new one")
    check_root(old_size, old_root)
    check_root(new_size, new_root)
    proof = list(proof)
    if old_size in (0, new_size):
        refuse(proof, "this consistency proof has to be empty")
        refuse(old_size == new_size and old_root != new_root, "two trees of one size have two roots")
        return

    def climb(m, n, whole):
        if m == n and whole:
            return old_root, old_root
        refuse(not proof, "the consistency proof is too short")
        top = proof.pop()
        if m == n:
            return top, top
        k = split(n)
        if m <= k:
            old, new = climb(m, k, whole)
            return old, node(new, top)
        old, new = climb(m - k, n - k, False)
        return node(top, old), node(top, new)
    old, new = climb(old_size, new_size, True)
    refuse(proof, "the consistency proof is too long")
    refuse((old, new) != (old_root, new_root), "the consistency proof does not lead from the old root to the new one")

EMPTY_ROOT = sha256()

def check_root(size, root):
    refuse((size == 0) != (root == EMPTY_ROOT), "the empty tree, and it alone, has the root of no bytes")

def parse_consistency(data):
    """Old size, new size, hashes: as text, or as bytes."""
    what = "consistency proof"
    if data.startswith(b"old "):
        lines = text_of(data, what).split("\n")
        if lines.pop() != "" or len(lines) < 2 or not lines[1].startswith("new "):
            raise Refused(f"{what}: not lines that begin with old and new")
        sizes = [decimal(line[4:], what, MAX_SIZE) for line in lines[:2]]
        hashes = [unbase64(line, what, 32) for line in lines[2:]]
    else:
        refuse(len(data) < 16 or len(data) % 32 != 16, f"{what}: neither text nor of a length that a proof has")
        sizes = [int.from_bytes(data[i : i + 8], "big") for i in (0, 8)]
        hashes = [data[i : i + 32] for i in range(16, len(data), 32)]
    return *sizes, hashes

def body_root(fields):
    """The counted tree of an event's fields, from (tag, commitment) of each."""
    hashes = [sha256(b"\x00strongroom/event-field/v1\n", be(tag, 2), commitment) for tag, commitment in fields]
    return sha256(b"strongroom/event-body/v1\n", be(len(fields), 4), tree_hash(hashes))

class Key:
    """A verifier key of signed-note: name+keyid+base64(type ‖ public key)."""
    LENGTHS = {1: 32, 4: 32, 6: 1312}
    SIGNATURES = {1: 64, 4: 8 + 64, 6: 8 + 2420}

    def __init__(self, vkey):
        name, _, rest = vkey.partition("+")
        shown_id, _, encoded = rest.partition("+")
        check_name(name, "name of a key")
        data = unbase64(encoded, "public key")
        refuse(not data or self.LENGTHS.get(data[0]) != len(data) - 1, "public key: no known type and length")
        self.name, self.type, self.public = name, data[0], data[1:]
        self.id = sha256(name.encode(), b"\n", data)[:4]
        refuse(shown_id != self.id.hex(), "public key: its id is not that of its name and bytes")

    def verify(self, signature, checkpoint):
        """Checks a signature of this key; gives its time, or None where the kind has none."""
        refuse(len(signature) != self.SIGNATURES[self.type], "a signature has the wrong length")
        time, message = None, checkpoint.text
        if self.type != 1:
            time, signature = int.from_bytes(signature[:8], "big"), signature[8:]
            refuse(time >= 1 << 63, "the time of a signature is not below 2^63")
            if self.type == 4:
                message = b"cosignature/v1\ntime %d\n" % time + checkpoint.text
            else:
                name, origin = self.name.encode(), checkpoint.origin.encode()
                message = b"subtree/v1\n\x00" + bytes([len(name)]) + name + be(time, 8)
                message += bytes([len(origin)]) + origin + be(0, 8) + be(checkpoint.size, 8) + checkpoint.root
        if not verify_signature(self.type, self.public, signature, message):
            raise Refused(f"the signature by {quoted(self.name)} (type {self.type:02x}) is wrong")
        return time

def verify_signature(kind, public, signature, message):
    try:
        from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
        from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey
    except ImportError:
        raise Unable("no library for signatures: install what requirements.txt lists") from None
    try:
        (MLDSA44PublicKey if kind == 6 else Ed25519PublicKey).from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    except UnsupportedAlgorithm:
        raise Unable("this build of the library for signatures lacks ML-DSA-44") from None
    return True

def check_name(name, what):
    """The rule for origins and key names."""
    refuse(not 1 <= len(name.encode("utf-8", "replace")) <= 255, f"{what}: not 1 to 255 bytes")
    if any(c.isspace() or c == "+" or unicodedata.category(c) in ("Cc", "Cs") for c in name):
        raise Refused(f"{what}: white space, a control character or '+'")

def log_keys(data):
    """Two lines of one name: the Ed25519 key, the ML-DSA-44 key."""
    lines = text_of(data, "keys").removesuffix("\n").split("\n")
    refuse(len(lines) != 2, "not two lines")
    first, second = Key(lines[0]), Key(lines[1])
    right = (first.type, second.type, first.name) == (1, 6, second.name)
    refuse(not right, "not an Ed25519 key (type 01) and then an ML-DSA-44 key (type 06), of one name")
    return first, second

def load_keys(args):
    try:
        keys = log_keys(read_file(args.keys, MAX_KEYS))
        witnesses = [Key(vkey) for vkey in args.witness]
    except Refused as e:
        raise Unable(f"a public key: {e}") from None
    names = {w.name for w in witnesses}
    need = len(names) if args.need is None else args.need
    if any(w.type not in (4, 6) for w in witnesses):
        raise Unable("a witness's key has type 04 or 06")
    if len({k.public for k in [*keys, *witnesses]}) < 2 + len(witnesses) or keys[0].name in names:
        raise Unable("a witness is given twice, or is the log itself")
    if not 0 <= need <= len(names):
        raise Unable("--need asks for more witnesses than are named")
    return keys, witnesses, need

class Checkpoint:
    """A checkpoint as its bytes have it; nobody has believed it yet."""
    def __init__(self, data):
        refuse(len(data) > MAX_CHECKPOINT, f"checkpoint: more than {MAX_CHECKPOINT} bytes")
        note = text_of(data, "checkpoint")
        refuse(any(ord(c) < 0x20 and c != "\n" for c in note), "checkpoint: a control character")
        lines = note.split("\n")
        refuse(lines.pop() != "", "checkpoint: it does not end with a line feed")
        refuse(len(lines) < 5 or lines[3] != "", "checkpoint: not three lines, an empty line, and signature lines")
        refuse(len(lines) - 4 > MAX_SIGNATURE_LINES, f"checkpoint: more than {MAX_SIGNATURE_LINES} signature lines")
        self.origin = lines[0]
        check_name(self.origin, "checkpoint: origin")
        self.size = decimal(lines[1], "checkpoint: size", MAX_SIZE)
        self.root = unbase64(lines[2], "checkpoint: root", 32)
        check_root(self.size, self.root)
        self.text = "".join(line + "\n" for line in lines[:3]).encode()
        self.signatures = [self.signature_line(line) for line in lines[4:]]

    @staticmethod
    def signature_line(line):
        parts = line.split(" ")
        refuse(len(parts) != 3 or parts[0] != "\u2014", "checkpoint: a signature line is malformed")
        check_name(parts[1], "checkpoint: name of a key")
        data = unbase64(parts[2], "checkpoint: signature")
        refuse(len(data) <= 4, "checkpoint: a key id without a signature")
        return parts[1], data[:4], data[4:]

    def by(self, key):
        return [s for name, key_id, s in self.signatures if (name, key_id) == (key.name, key.id)]

    def believe(self, report, keys, witnesses=(), need=0, called="checkpoint"):
        """Both signatures of the log, each exactly once and right; then the witnesses'."""
        refuse(self.origin != keys[0].name, f"{called}: its origin {quoted(self.origin)} is not the name of the keys")
        for key in keys:
            mine = self.by(key)
            kind = "ML-DSA-44" if key.type == 6 else "Ed25519"
            refuse(len(mine) != 1, f"{called}: {len(mine)} {kind} lines of the log instead of one")
            time = key.verify(mine[0], self)
        report.holds(f"{called}: {quoted(self.origin)}, {self.size} entries, root {self.root.hex()}")
        report.holds(f"{called}: signed by the log with Ed25519 and with ML-DSA-44 ({show_seconds(time)})")
        counted = {}
        for witness in witnesses:
            for signature in self.by(witness):
                counted[witness.name] = max(counted.get(witness.name, 0), witness.verify(signature, self))
        for name, time in counted.items():
            report.holds(f"{called}: cosigned by {quoted(name)} ({show_seconds(time)})")
        refuse(len(counted) < need, f"{called}: {len(counted)} of the named witnesses cosigned, {need} are needed")
        others = len(self.signatures) - sum(len(self.by(key)) for key in [*keys, *witnesses])
        if others:
            report.open(f"{called}: {others} signature lines of other keys were passed over")

def show_seconds(seconds):
    try:
        return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError, OSError):
        return f"{seconds} seconds since 1970"

def place(level, index, width):
    """The path of a tile or bundle; width 256 is a full one."""
    groups = [group.zfill(3) for group in f"{index:,}".split(",")]
    path = f"tile/{level}/" + "/".join(["x" + g for g in groups[:-1]] + groups[-1:])
    return path if width == TILE else f"{path}.p/{width}"

class Folder:
    def __init__(self, path):
        if not os.path.isdir(path):
            raise Unable(f"{quoted(path)}: no such folder")
        self.path = path

    def items(self, level, index, width, item):
        """So many bytes of a tile or bundle; a full one stands in for a partial one that was removed."""
        for w in (width, TILE)[: 1 + (width < TILE)]:
            name = place(level, index, w)
            try:
                data = read_file(os.path.join(self.path, name), w * item)
            except Missing:
                continue
            refuse(len(data) != w * item, f"{name}: {len(data)} bytes instead of {w * item}")
            return [data[i : i + item] for i in range(0, width * item, item)]
        raise Refused(f"{place(level, index, width)}: missing")

    def hashes(self, level, index, width):
        return self.items(level, index, width, 32)

    def entry_hashes(self, index, width):
        items = self.items("entries", index, width, 2 + ENTRY)
        for i, item in enumerate(items):
            if item[:3] != be(ENTRY, 2) + b"\x01":
                raise Refused(f"{place('entries', index, width)}: entry {index * TILE + i} is malformed")
        return [sha256(b"\x00", item[2:]) for item in items]

    def range_hash(self, low, high, size):
        """The tree hash of the leaves from low up to high, from the tiles of a tree of that size."""
        n = high - low
        if n & (n - 1):
            k = split(n)
            return node(self.range_hash(low, low + k, size), self.range_hash(low + k, high, size))
        level = (n.bit_length() - 1) // 8
        first, count = low >> 8 * level, n >> 8 * level
        tile, begin = divmod(first, TILE)
        hashes = self.hashes(level, tile, min(TILE, (size >> 8 * level) - tile * TILE))
        return tree_hash(hashes[begin : begin + count])

    def consistency_proof(self, old, new):
        """Section 2.1.2; proves nothing by itself, whoever made it has to check it."""
        def descend(m, low, high, whole):
            n = high - low
            if m == n:
                return [] if whole else [self.range_hash(low, high, new)]
            k = split(n)
            if m <= k:
                return descend(m, low, low + k, whole) + [self.range_hash(low + k, high, new)]
            return descend(m - k, low + k, high, False) + [self.range_hash(low, low + k, new)]
        return descend(old, 0, new, True) if 0 < old < new else []

def check_folder(report, folder, checkpoint):
    """Every bundle and tile that the checkpoint's size calls for, and the root."""
    rows = []  # for each level, the hashes of its last tile so far

    def attempt(read, *which):
        try:
            return read(*which)
        except Refused as e:
            report.fails(str(e))

    def compare(level, index):
        width = len(rows[level])
        if attempt(folder.hashes, level, index, width) not in (None, rows[level]):
            report.fails(f"{place(level, index, width)}: not the hashes of what is below it")

    def push(level, h, index):
        if level == len(rows):
            rows.append([])
        rows[level].append(h)
        if len(rows[level]) == TILE:
            if level > 0:
                compare(level, index // TILE)
            full, rows[level] = rows[level], []
            push(level + 1, tree_hash(full), index // TILE)
    for bundle in range((checkpoint.size + TILE - 1) // TILE):
        width = min(TILE, checkpoint.size - bundle * TILE)
        entries = attempt(folder.entry_hashes, bundle, width)
        tile = attempt(folder.hashes, 0, bundle, width)
        if entries and tile and entries != tile:
            report.fails(f"{place(0, bundle, width)}: not the hashes of the entries of the same place")
        refuse(not (entries or tile), f"no bundle and no tile from {bundle * TILE} on; nothing after that was read")
        for i, h in enumerate(entries or tile):
            push(0, h, bundle * TILE + i)
    rest = None
    for level, row in enumerate(rows):
        if row and level > 0:
            compare(level, checkpoint.size >> 8 * (level + 1))
        if row or rest:
            rest = tree_hash(row + ([rest] if rest else []))
    refuse((rest or EMPTY_ROOT) != checkpoint.root, "the folder's entries and tiles do not give the checkpoint's root")
    report.holds(f"folder: {checkpoint.size} entries, or the tile where they are missing, give the checkpoint's root")

def command_ledger(args, report):
    keys, witnesses, need = load_keys(args)
    folder = Folder(args.folder)
    checkpoint = Checkpoint(read_file(os.path.join(args.folder, "checkpoint"), MAX_CHECKPOINT))
    checkpoint.believe(report, keys, witnesses, need)
    check_folder(report, folder, checkpoint)
    if not report.faults:
        report.holds("folder: every tile and bundle that this size calls for is there and right")
    report.open("whether a newer checkpoint exists, or another one was shown to others")
    report.open("what the entries say: they are commitments. Files that this size does not call for were not read")

def parse_receipt(data):
    """A tlog-proof whose extra data is the entry: entry, index, audit path, checkpoint."""
    refuse(len(data) > MAX_RECEIPT, f"receipt: more than {MAX_RECEIPT} bytes")
    head, gap, note = data.partition(b"\n\n")
    lines = text_of(head, "receipt").split("\n")
    refuse(not gap or len(lines) < 3 or lines[0] != "c2sp.org/tlog-proof@v1", "receipt: not a tlog-proof@v1")
    refuse((lines[1][:6], lines[2][:6]) != ("extra ", "index "), "receipt: lines two and three are not extra and index")
    entry = unbase64(lines[1][6:], "receipt: entry", ENTRY)
    refuse(entry[0] != 1, "receipt: the entry does not begin with 01")
    index = decimal(lines[2][6:], "receipt: index", MAX_SIZE - 1)
    path = [unbase64(line, "receipt: audit path", 32) for line in lines[3:]]
    return entry, index, path, Checkpoint(note)

def check_receipt(report, data, keys, witnesses, need):
    entry, index, path, checkpoint = parse_receipt(data)
    checkpoint.believe(report, keys, witnesses, need)
    root = root_by_inclusion(sha256(b"\x00", entry), index, checkpoint.size, path)
    refuse(root != checkpoint.root, "receipt: the audit path does not lead to the checkpoint's root")
    report.holds(f"receipt: the entry {entry.hex()} is at place {index} of the ledger")
    return entry, index, checkpoint

def strict_object(pairs):
    result = dict(pairs)
    refuse(len(result) != len(pairs), "JSON: a key twice")
    return result

def parse_json(data):
    try:
        return json.loads(text_of(data, "JSON"), object_pairs_hook=strict_object)
    except (ValueError, RecursionError):
        raise Refused("neither a receipt as text nor JSON") from None

def member(value, key, kind, what):
    if not isinstance(value, dict) or type(value.get(key)) is not kind:
        raise Refused(f"JSON: {what} is not there, or not as it has to be")
    return value[key]

def check_shown(report, shown, keys, witnesses, need):
    """The object of `receipt ID --json`: its receipt, its fields, and that they are this entry's. Gives what they say."""
    log = member(shown, "log", dict, "log")
    proof = member(log, "proof", str, "log.proof").encode("utf-8", "surrogatepass")
    entry, index, checkpoint = check_receipt(report, proof, keys, witnesses, need)
    if unhex(member(log, "entry", str, "log.entry"), "log.entry", ENTRY) != entry:
        report.fails("log.entry is not the entry of the receipt")
    if member(log, "index", int, "log.index") != index:
        report.fails("log.index is not the place in the receipt")
    signature = unhex(member(log, "signature", str, "log.signature"), "log.signature", 32)
    fields, sealed = member(shown, "fields", list, "fields"), member(shown, "sealed", list, "sealed")
    refuse(len(fields) != len(FIELDS) or len(sealed) > (1 << 16) - FIRST_SEALED, "JSON: no event has so many fields")
    commitments, hidden, said, values = [], [], {}, {}
    for tag, (name, field) in enumerate(zip(FIELDS, fields), 1):
        if member(field, "tag", int, "tag of a field") != tag or member(field, "name", str, "name of a field") != name:
            raise Refused(f"JSON: field {tag} has not the tag and name of {name}")
        commitment = unhex(member(field, "commitment", str, f"commitment of {name}"), f"commitment of {name}", 32)
        commitments.append((tag, commitment))
        if field.get("salt") is None and field.get("value") is None:
            hidden.append(name)
            continue
        salt = unhex(field.get("salt"), f"salt of {name}", 32)
        value = unhex(field.get("value"), f"value of {name}")
        if sha256(b"strongroom/value/v1\n", be(tag, 2), salt, be(len(value), 8), value) != commitment:
            report.fails(f"field {name}: salt and value do not give the commitment")
            continue
        said[name], values[name] = show_value(value), value
    for i, text in enumerate(sealed):
        commitments.append((FIRST_SEALED + i, unhex(text, "a sealed field's commitment", 32)))
    root = sha256(b"strongroom/entry/v1\n", body_root(commitments), signature)
    refuse(b"\x01" + root != entry, "the fields and the signature commitment do not give the entry")
    for name in said:
        report.holds(f"field {name}: {said[name]}")
    report.holds(f"event: {len(fields)} clear and {len(sealed)} sealed fields and the signature give the entry")
    report.open("whose signature it bears, or whether any: the signature commitment hides it")
    if hidden or sealed:
        report.open(f"what was not shown: {', '.join(hidden + [f'{len(sealed)} sealed fields'] * bool(sealed))}")
    report.open("what a value in hex means: it is shown as it is encoded")
    claims = {"id": "id", "at": "at", "what": "kind", "record": "record"}
    claims = {key: name for key, name in claims.items() if key in shown and name in said}
    for key, name in claims.items():
        if shown[key] != said[name]:
            report.fails(f"{key} is not what the field {name} says")
    if "room" in said and checkpoint.origin.split("/")[:2] != ["strongroom", said["room"]]:
        report.fails("the field room is not the room of the ledger")
    more = [k for k in shown if k not in ("fields", "sealed", "log", *claims)]
    more += ["log." + k for k in log if k not in ("entry", "index", "signature", "proof")]
    more += [f"{f['name']}.{k}" for f in fields for k in f if k not in ("tag", "name", "commitment", "salt", "value")]
    if more:
        report.fails("no receipt says this, or no field that is shown bears it out: " + ", ".join(quoted(k) for k in more[:20]))
    return values, checkpoint

def command_receipt(args, report):
    keys, witnesses, need = load_keys(args)
    data = read_file(args.file, MAX_JSON)
    if data.lstrip()[:1] == b"{":
        check_shown(report, parse_json(data), keys, witnesses, need)
        return
    check_receipt(report, data, keys, witnesses, need)
    report.open("whose event it is and what it says: this may be anyone's; its fields, as `receipt ID --json` has them, tell")

def show_value(value):
    """An id, a time or a short word (README.md) as text; everything else as the hex of its encoding."""
    if value[:1] == b"\x50" and len(value) == 17:
        n = int.from_bytes(value[1:], "big")
        return "".join(ID_ALPHABET[n >> 5 * i & 31] for i in reversed(range(26)))
    if value[:1] == b"\x1b" and len(value) == 9:
        seconds, thousandths = divmod(int.from_bytes(value[1:], "big"), 1000)
        return show_seconds(seconds).replace("Z", f".{thousandths:03}Z")
    if 1 < len(value) <= 24 and value[0] == 0x5F + len(value) and re.fullmatch(rb"[a-z-]+", value[1:]):
        return value[1:].decode("ascii")
    return "null" if value == b"\xf6" else value.hex()

def command_checkpoints(args, report):
    keys, witnesses, need = load_keys(args)
    old = Checkpoint(read_file(args.old, MAX_CHECKPOINT))
    new = Checkpoint(read_file(args.new, MAX_CHECKPOINT))
    old.believe(report, keys, called="old checkpoint")
    new.believe(report, keys, witnesses, need, called="new checkpoint")
    if args.proof is not None:
        old_size, new_size, proof = parse_consistency(read_file(args.proof, MAX_PROOF))
        refuse((old_size, new_size) != (old.size, new.size), "the consistency proof is for other sizes")
    else:
        proof = Folder(args.ledger).consistency_proof(old.size, new.size)
    check_consistency(old.size, old.root, new.size, new.root, proof)
    report.holds("consistency: the old ledger is the beginning of the new one; nothing in it was changed or dropped")
    report.open("the entries themselves; and what others were shown, unless witnesses cosign")

def cbor(data):
    """A value in deterministic CBOR (README.md): numbers, byte strings, texts, arrays, booleans, null."""
    def item(at, depth):
        refuse(at >= len(data) or depth > 16, "an encoded value ends too soon, or goes too deep")
        major, n = data[at] >> 5, data[at] & 31
        at += 1
        if major == 7:
            refuse(n not in (20, 21, 22), "an encoded value has what none has")
            return {20: False, 21: True, 22: None}[n], at
        if n > 23:
            refuse(n > 27, "an encoded value has no length")
            octets = 1 << n - 24
            raw = data[at : at + octets]
            n, at = int.from_bytes(raw, "big"), at + octets
            refuse(len(raw) != octets or n < (24 if octets == 1 else 1 << 4 * octets), "a number is not encoded as it should be")
        if major == 0:
            return n, at
        refuse(major not in (2, 3, 4) or n > len(data) - at, "an encoded value has what none has, or ends too soon")
        if major == 4:
            values = []
            for _ in range(n):
                value, at = item(at, depth + 1)
                values.append(value)
            return values, at
        raw = data[at : at + n]
        return raw if major == 2 else text_of(raw, "an encoded text"), at + n

    value, end = item(0, 0)
    refuse(end != len(data), "there is something behind an encoded value")
    return value

def act_of(values, number):
    """The fields of an act, if it is the one of that number."""
    act = cbor(values["act"]) if "act" in values else None
    fits = isinstance(act, list) and len(act) == 2 and act[0] == number and isinstance(act[1], list)
    return act[1] if fits else None

def framed(*parts):
    return b"".join(be(len(part), 8) + part for part in parts)

def verify_person(public, domain, message, signature):
    """A personal signature (sealed.md): Ed25519 and ML-DSA-87, both over the frame."""
    lengths = (2 + 32 + 2592, 2 + 64 + 4627)
    if (len(public), len(signature)) != lengths or public[:2] != signature[:2] or public[:2] != b"\x00\x01":
        return False
    try:
        from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
        from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA87PublicKey
    except ImportError:
        raise Unable("no library for signatures: install what requirements.txt lists") from None
    frame = framed(b"strongroom/v1/signature", public, domain, message)
    try:
        Ed25519PublicKey.from_public_bytes(public[2:34]).verify(signature[2:66], frame)
        MLDSA87PublicKey.from_public_bytes(public[34:]).verify(signature[66:], frame)
    except (InvalidSignature, ValueError):
        return False
    except UnsupportedAlgorithm:
        raise Unable("this build of the library for signatures lacks ML-DSA-87") from None
    return True

CUSTODY_HEAD = r"strongroom custody statement v1\nroom (\S+)\nhead (0|[1-9][0-9]*) ([0-9a-f]{64})\nat \S+\ninspector (\S+) \".*\"\n"
CONFIRMED, REKEYED, CUSTODY_STATED, INSPECTOR = 4, 23, 52, 4
MAX_NAMED = 1_000

def answer_of(statement):
    """The lines of a statement that say what was found."""
    lines = text_of(statement, "statement").split("\n")
    first = next((i for i, line in enumerate(lines) if line.startswith("opened ")), len(lines))
    last = next((i for i, line in enumerate(lines[first:], first) if line.startswith("meaning ")), len(lines))
    return lines[first:last]

def no_more(value, known, what):
    """That an object has no key but these: for another nothing would vouch."""
    more = sorted(set(value) - known)[:20]
    refuse(more, f"JSON: {what} has no such key, and nothing vouches for what it says: " + ", ".join(map(quoted, more)))

def custody_lines(custody):
    """The same lines, from what stands beside the statement."""
    def said(value):
        refuse(not isinstance(value, str), "JSON: what an entry says is not text")
        return json.dumps(value, ensure_ascii=False)
    def line(entry):
        refuse(not isinstance(entry, dict), "JSON: an entry is no object")
        about = member(entry, "conversation", dict, "conversation of an entry")
        no_more(entry, {"entry", "act", "record", "at", "by", "conversation"}, "an entry")
        no_more(about, {"date", "place", "participants"}, "the conversation of an entry")
        who = about.get("participants", [])
        refuse(not isinstance(who, list), "JSON: participants are no list")
        plain = [member(entry, key, str, key) for key in ("entry", "act", "at", "record")]
        date, place = (said(about[key]) if key in about else "none" for key in ("date", "place"))
        who = " ".join(map(said, who)) or "none"
        return (f"- entry {plain[0]} {plain[1]} {plain[2]} by {said(entry.get('by'))} record {plain[3]} "
                f"date {date} place {place} participants {who}")
    lines = [f"opened {member(custody, 'opened', int, 'opened')}"]
    for label in ("found", "silent"):
        entries = member(custody, label, list, label)
        lines += [f"{label} {len(entries)}", *list(map(line, entries))[:MAX_NAMED]]
    return lines

def command_custody(args, report):
    keys, witnesses, need = load_keys(args)
    custody = parse_json(read_file(args.file, MAX_JSON))
    statement = member(custody, "statement", str, "statement").encode("utf-8", "surrogatepass")
    signature = unbase64(member(custody, "signature", str, "signature"), "signature")
    old = Checkpoint(member(custody, "head", str, "head").encode("utf-8", "surrogatepass"))
    grown = parse_consistency(member(custody, "grown", str, "grown").encode("utf-8", "surrogatepass"))
    lines = re.match(CUSTODY_HEAD, text_of(statement, "statement"))
    refuse(not lines, "the first lines are not those of a statement of custody")
    known = {"statement", "signature", "head", "grown", "stated", "bound", "found", "silent", "opened"}
    no_more(custody, known, "a statement of custody")
    for said in text_of(statement, "statement").splitlines():
        print(f"states {quoted(said)}")
    room, size, root, inspector = lines.groups()
    events = {}
    for which in ("stated", "bound"):
        report.about = which + ": "
        events[which] = check_shown(report, member(custody, which, dict, which), keys, witnesses, need)
    report.about = ""
    (stated, new), (bound, _) = events["stated"], events["bound"]
    old.believe(report, keys, called="head")
    refuse(grown[:2] != (old.size, new.size), "the consistency proof is for other sizes")
    check_consistency(old.size, old.root, new.size, new.root, grown[2])
    report.holds("head: the ledger in which the statement stands grew from it")
    refuse((size, root) != (str(old.size), old.root.hex()), "the statement names another head than the one that stands with it")
    refuse(any(show_value(e.get("room", b"")) != room for e in (stated, bound)), "a receipt is of another room than the statement names")
    over = hashlib.sha384(framed(b"strongroom/v1/digest/custody", statement, signature)).digest()
    commits = (act_of(stated, CUSTODY_STATED) or [None])[0] == b"\x58\x30" + over
    refuse(not commits, "the event that is shown does not commit to this statement")
    report.holds("statement: the ledger commits to just this statement and its signature")
    refuse(custody_lines(custody) != answer_of(statement), "what stands beside the statement is not what it says")
    report.holds("answer: found, silent and opened are what the statement says")
    confirmed, rekeyed = act_of(bound, CONFIRMED), (act_of(bound, REKEYED) or [None])[0]
    if confirmed and len(confirmed) >= 3 and isinstance(confirmed[2], list) and INSPECTOR in confirmed[2]:
        person, public = confirmed[:2]
    else:
        refuse(not isinstance(rekeyed, list) or len(rekeyed) != 3, "the other event binds no inspector's keys")
        _, person, public = rekeyed
    ids = isinstance(person, bytes) and show_value(b"\x50" + person), show_value(stated.get("actor", b""))
    refuse(ids != (inspector, inspector), "the keys are not shown to be those of the inspector who states it")
    halves = cbor(public) if isinstance(public, bytes) else None
    sound = isinstance(halves, list) and len(halves) == 2 and isinstance(halves[1], bytes)
    message = stated["room"][1:] + statement
    signed = sound and verify_person(halves[1], b"strongroom/v1/sign/custody", message, signature)
    refuse(not signed, "the signature is not the inspector's over this statement")
    report.holds(f"statement: signed by the inspector {inspector}, over the first {size} entries of the ledger")
    report.open("what the filings that it counts declare: that is the inspector's word, and each filer's")
    if max(len(custody["found"]), len(custody["silent"])) > MAX_NAMED:
        report.open(f"which entries there are beyond the first {MAX_NAMED} of a kind: the statement does not name them")

DISCLOSED, PLACES = 0xD15C, 32

def command_disclosure(args, report):
    keys, witnesses, need = load_keys(args)
    shown = parse_json(read_file(args.file, MAX_JSON))
    for key, kind in (("room", str), ("disclosure", str), ("number", int)):
        member(shown, key, kind, key)
    digest = unhex(member(shown, "digest", str, "digest"), "digest", 48)
    salt = unhex(member(shown, "salt", str, "salt"), "salt", 32)
    path = unbase64(member(shown, "path", str, "path"), "path", 16 + 5 * 32)
    no_more(shown, {"room", "disclosure", "number", "digest", "salt", "path", "batch"}, "a proof of a disclosure")
    values, _ = check_shown(report, member(shown, "batch", dict, "batch"), keys, witnesses, need)
    refuse(values.get("kind") != b"\x71disclosures-taken", "the event that is shown is no batch of disclosures")
    page = cbor(values["portions"]) if "portions" in values else None
    sound = isinstance(page, list) and len(page) == 2 and isinstance(page[0], bytes)
    refuse(not sound, "the batch does not show its root")
    size, place = (int.from_bytes(path[i : i + 8], "big") for i in (0, 8))
    refuse(size != PLACES, f"a batch has {PLACES} places")
    leaf = sha256(b"strongroom/value/v1\n", be(DISCLOSED, 2), salt, be(len(digest), 8), digest)
    hashes = [path[i : i + 32] for i in range(16, len(path), 32)]
    root = root_by_inclusion(sha256(b"\x00", leaf), place, size, hashes)
    refuse(root != page[0], "leaf and path do not give the root that the batch shows")
    report.holds(f"disclosure: a sealed message with the digest {digest.hex()} was taken in with this batch")
    report.open("that room, disclosure and number are those of the message: the sealed message binds them")

COMMANDS = {"ledger": command_ledger, "receipt": command_receipt, "checkpoints": command_checkpoints,
            "custody": command_custody, "disclosure": command_disclosure}

def main(argv=None):
    parser = argparse.ArgumentParser(description="Checks Strongroom's ledger offline, with public keys alone.")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--keys", required=True, help="file with the ledger's two public keys")
    common.add_argument("--witness", nargs="+", action="extend", default=[], metavar="VKEY", help="public keys")
    common.add_argument("--need", type=int, metavar="N", help="how many witnesses must have cosigned (default: all)")
    commands = parser.add_subparsers(required=True, dest="command")
    ledger = commands.add_parser("ledger", parents=[common], help="check a ledger's folder")
    ledger.add_argument("folder", metavar="DIR")
    receipt = commands.add_parser("receipt", parents=[common], help="check a receipt, as text or JSON")
    receipt.add_argument("file", metavar="FILE")
    two = commands.add_parser("checkpoints", parents=[common], help="check that one checkpoint follows from another")
    two.add_argument("old", metavar="OLD")
    two.add_argument("new", metavar="NEW")
    source = two.add_mutually_exclusive_group(required=True)
    source.add_argument("--proof", metavar="FILE", help="a consistency proof")
    source.add_argument("--ledger", metavar="DIR", help="a ledger's folder, to take the proof from")
    custody = commands.add_parser("custody", parents=[common], help="check a statement of custody")
    custody.add_argument("file", metavar="FILE")
    disclosure = commands.add_parser("disclosure", parents=[common], help="check the proof of a disclosure")
    disclosure.add_argument("file", metavar="FILE")
    args = parser.parse_args(argv)
    report = Report()
    try:
        COMMANDS[args.command](args, report)
    except Refused as e:
        report.fails(str(e))
    except (Unable, OSError, MemoryError) as e:
        print("nothing can be said: " + (str(e) or "not enough memory"), file=sys.stderr)
        return 2
    return 1 if report.faults else 0

if __name__ == "__main__":
    sys.stdout.reconfigure(errors="backslashreplace")
    sys.stderr.reconfigure(errors="backslashreplace")
    sys.exit(main())
