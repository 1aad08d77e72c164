"""A second implementation of commitments, entries and the tree, written from the
module docs alone, as recursively as RFC 6962 puts them. It writes the vectors in
commitment/ and proof/ that tests/vectors.rs holds the crate to:

    python3 second.py
"""

import hashlib
import pathlib

HERE = pathlib.Path(__file__).parent


def H(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def u(bits, number):
    return number.to_bytes(bits // 8, "big")


# -- commitments (crate::commit) ---------------------------------------------


def value(tag, salt, data):
    return H(b"strongroom/value/v1\n", u(16, tag), salt, u(64, len(data)), data)


def signature(salt, data):
    if data is None:
        return H(b"strongroom/no-signature/v1\n", salt)
    return H(b"strongroom/signature/v1\n", salt, u(64, len(data)), data)


# -- trees (RFC 6962, section 2.1) -------------------------------------------


def split(n):
    k = 1
    while 2 * k < n:
        k *= 2
    return k


def mth(leaves):
    if not leaves:
        return H()
    if len(leaves) == 1:
        return leaves[0]
    k = split(len(leaves))
    return H(b"\1", mth(leaves[:k]), mth(leaves[k:]))


def path(m, leaves):
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    if m < k:
        return path(m, leaves[:k]) + [mth(leaves[k:])]
    return path(m - k, leaves[k:]) + [mth(leaves[:k])]


def consistency(m, leaves, whole=True):
    if m == len(leaves):
        return [] if whole else [mth(leaves)]
    k = split(len(leaves))
    if m <= k:
        return consistency(m, leaves[:k], whole) + [mth(leaves[k:])]
    return consistency(m - k, leaves[k:], False) + [mth(leaves[:k])]


def counted(leaf_domain, root_domain, leaves):
    hashes = [H(b"\0", leaf_domain, leaf) for leaf in leaves]
    return H(root_domain, u(32, len(leaves)), mth(hashes)), hashes


def fields(subject, list_of_fields):
    leaves = [u(16, tag) + commitment for tag, commitment in list_of_fields]
    return counted(
        b"strongroom/%s-field/v1\n" % subject,
        b"strongroom/%s-body/v1\n" % subject,
        leaves,
    )


def counted_proof(index, hashes):
    return u(32, index) + u(32, len(hashes)) + b"".join(path(index, hashes))


# -- vectors ------------------------------------------------------------------


def write(folder, name, **lines):
    text = "".join(f"{key} {(data.hex() if isinstance(data, bytes) else data)}\n" for key, data in lines.items())
    (HERE / folder / name).write_text(text)


def main():
    salt = [bytes([n]) * 32 for n in range(8)]

    write("commitment", "empty-value", tag=0, salt=salt[0], value=b"", commitment=value(0, salt[0], b""))
    write("commitment", "short-value", tag=7, salt=salt[1], value=b"restrict", commitment=value(7, salt[1], b"restrict"))
    long = bytes(range(256)) * 4
    write("commitment", "long-value", tag=65535, salt=salt[2], value=long, commitment=value(65535, salt[2], long))
    write("commitment", "signature", salt=salt[3], signature=b"signed", commitment=signature(salt[3], b"signed"))
    write("commitment", "empty-signature", salt=salt[3], signature=b"", commitment=signature(salt[3], b""))
    write("commitment", "no-signature", salt=salt[3], commitment=signature(salt[3], None))

    for count in (1, 2, 3, 5, 8):
        listed = [(10 + n, value(10 + n, salt[n], b"value %d" % n)) for n in range(count)]
        body, hashes = fields(b"event", listed)
        portion, _ = fields(b"portion", listed)
        entry = b"\1" + H(b"strongroom/entry/v1\n", body, signature(salt[7], None))
        write(
            "commitment",
            f"event-of-{count}",
            count=count,
            body=body,
            portion=portion,
            entry=entry,
            leaf=H(b"\0", entry),
            proof_of_last=counted_proof(count - 1, hashes),
        )

    for count in (1, 4, 7):
        roots = [H(u(32, n)) for n in range(count)]
        portions, portion_hashes = counted(b"strongroom/portion/v1\n", b"strongroom/portions/v1\n", roots)
        command, command_hashes = counted(b"strongroom/command-event/v1\n", b"strongroom/command/v1\n", roots)
        write(
            "commitment",
            f"roots-of-{count}",
            count=count,
            portions=portions,
            portion_proof=counted_proof(0, portion_hashes),
            command=command,
            command_proof=counted_proof(0, command_hashes),
        )

    log = [H(b"\0", b"\1" + H(u(64, n))) for n in range(300)]
    for size, index in ((1, 0), (2, 1), (7, 6), (255, 254), (256, 17), (257, 256), (300, 128)):
        write(
            "proof",
            f"inclusion-{index}-of-{size}",
            size=size,
            index=index,
            root=mth(log[:size]),
            proof=u(64, size) + u(64, index) + b"".join(path(index, log[:size])),
        )
    for old, new in ((1, 1), (1, 2), (3, 7), (4, 7), (128, 256), (200, 256), (256, 300), (257, 300)):
        write(
            "proof",
            f"consistency-{old}-to-{new}",
            old=old,
            new=new,
            old_root=mth(log[:old]),
            new_root=mth(log[:new]),
            proof=u(64, old) + u(64, new) + b"".join(consistency(old, log[:new])),
        )


main()
