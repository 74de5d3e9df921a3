#!/usr/bin/env python3
"""A second verifier of audit logs, written from the formats' texts and not from the product's code.

    verify_log.py FOLDER "name+hash+base64"

FOLDER is what `sideband audit export` wrote, as records or as tiles. Exit 0: it is what was signed; 9:
it is not; the reason stands on standard error. Needs nothing but Python.

Formats: RFC 6962 (tree), C2SP signed-note, tlog-checkpoint and tlog-tiles, RFC 8032 (Ed25519),
RFC 8785 (records, restricted to whole numbers).
"""

import base64
import binascii
import hashlib
import json
import os
import sys

# ---- Ed25519, RFC 8032 section 5.1, in affine coordinates: slow, short, for a few signatures -------

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P


def add(a, b):
    (x1, y1), (x2, y2) = a, b
    product = D * x1 * x2 * y1 * y2 % P
    x = (x1 * y2 + x2 * y1) * pow(1 + product, -1, P) % P
    y = (y1 * y2 + x1 * x2) * pow(1 - product, -1, P) % P
    return x, y


def times(scalar, point):
    result = (0, 1)
    while scalar:
        if scalar & 1:
            result = add(result, point)
        point = add(point, point)
        scalar >>= 1
    return result


def decompress(data):
    y = int.from_bytes(data, "little")
    odd, y = y >> 255, y & (2**255 - 1)
    if y >= P:
        raise ValueError("no point")
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * pow(2, (P - 1) // 4, P) % P
    if x * x % P != square or (x == 0 and odd):
        raise ValueError("no point")
    return (P - x if x & 1 != odd else x), y


BASE = decompress((4 * pow(5, -1, P) % P).to_bytes(32, "little"))


def signed(public, message, signature):
    if len(signature) != 64:
        return False
    try:
        key, r = decompress(public), decompress(signature[:32])
    except ValueError:
        return False
    s = int.from_bytes(signature[32:], "little")
    if s >= ORDER:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little")
    return times(s, BASE) == add(r, times(h % ORDER, key))


# ---- the tree, RFC 6962 section 2.1 ------------------------------------------------------------------


def leaf_hash(leaf):
    return hashlib.sha256(b"\0" + leaf).digest()


def root_of(hashes):
    """The definition itself: split at the largest power of two below the number of leaves."""
    if not hashes:
        return hashlib.sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    split = 1
    while split * 2 < len(hashes):
        split *= 2
    return hashlib.sha256(b"\1" + root_of(hashes[:split]) + root_of(hashes[split:])).digest()


# ---- notes -------------------------------------------------------------------------------------------


class Bad(Exception):
    """The log is not what was signed."""


def b64(text):
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Bad("not base64") from error
    if base64.b64encode(data).decode() != text:
        raise Bad("not canonical base64")
    return data


def read_head(note, key):
    name, _, encoded = key.split("+", 2)
    typed = b64(encoded)
    key_id = hashlib.sha256(name.encode() + b"\n" + typed).digest()[:4]
    try:
        text, signatures = note.decode().rsplit("\n\n", 1)
    except ValueError as error:
        raise Bad("no signed note") from error
    lines = text.split("\n")
    if len(lines) != 3 or lines[0] != name or str(int(lines[1])) != lines[1] or not signatures.endswith("\n"):
        raise Bad("no checkpoint of this log")
    found = False
    for line in signatures[:-1].split("\n"):
        parts = line.split(" ")
        if len(parts) != 3 or parts[0] != "\u2014":
            raise Bad("no signature line")
        data = b64(parts[2])
        if parts[1] != name or data[:4] != key_id:
            continue
        if not signed(typed[1:], text.encode() + b"\n", data[4:]):
            raise Bad("a wrong signature")
        found = True
    if not found:
        raise Bad("not signed by this key")
    return int(lines[1]), b64(lines[2])


# ---- records -----------------------------------------------------------------------------------------


def no_twins(pairs):
    if len({key for key, _ in pairs}) != len(pairs):
        raise Bad("a key stands twice")
    return dict(pairs)


def no_fraction(text):
    raise Bad("a number that is not whole: " + text)


def parse_record(data):
    """Canonical when it is what Python writes of it: keys of records are ASCII."""
    try:
        record = json.loads(data.decode(), object_pairs_hook=no_twins, parse_float=no_fraction)
    except ValueError as error:
        raise Bad("no JSON") from error
    if json.dumps(record, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode() != data:
        raise Bad("not canonical")
    return record


class Rules:
    """No outcome without its intent, no token that falls, nothing behind a repair's end."""

    ENDS = {"converged", "compensated", "needs_human", "cancelled", "superseded"}

    def __init__(self):
        self.tokens, self.intents, self.ended = {}, {}, set()

    def take(self, record):
        if record.get("v") != 1 or not all(
            isinstance(record.get(name), str) and record[name] for name in ("ts", "kind", "actor")
        ):
            raise Bad("no record")
        kind, repair, state = record["kind"], record.get("repair"), record.get("state")
        acts = kind in ("intent", "outcome")
        if acts and not (repair and "step" in record and "token" in record):
            raise Bad("an act without repair, step or token")
        if repair is None:
            return
        if repair in self.ended and (acts or state is not None):
            raise Bad("a repair goes on behind its end")
        if (acts or state in self.ENDS) and "token" in record:
            if record["token"] < self.tokens.get(repair, 0):
                raise Bad("a token fell")
            self.tokens[repair] = record["token"]
        if kind == "intent":
            self.intents[repair, record["step"]] = True
        if kind == "outcome" and self.intents.pop((repair, record["step"]), None) is None:
            raise Bad("an outcome without intent")
        if state in self.ENDS:
            self.ended.add(repair)


# ---- the two forms -----------------------------------------------------------------------------------


def read(*parts):
    try:
        with open(os.path.join(*parts), "rb") as file:
            return file.read()
    except OSError as error:
        raise Bad("cannot read " + os.path.join(*parts)) from error


def leaves_of_records(folder, size):
    data = read(folder, "leaves.jsonl")
    leaves = data.split(b"\n")
    if leaves.pop() != b"":
        raise Bad("a line is cut")
    if read(folder, "leaves.hashes") != b"".join(leaf_hash(leaf) for leaf in leaves):
        raise Bad("records and leaves.hashes differ")
    origin = read(folder, "checkpoint").split(b"\n")[0].decode()
    manifest = {"format": "sideband-export/1", "from": 0, "origin": origin, "to": size}
    if read(folder, "manifest.json") != json.dumps(manifest, separators=(",", ":")).encode() + b"\n":
        raise Bad("the manifest says something else")
    return leaves


def tile_name(level, index, width):
    digits = "%03d" % (index % 1000)
    while index >= 1000:
        index //= 1000
        digits = "x%03d/%s" % (index % 1000, digits)
    return "tile/%s/%s" % (level, digits) + ("" if width == 256 else ".p/%d" % width)


def leaves_of_bundle(data, width):
    leaves, at = [], 0
    while at < len(data):
        length = int.from_bytes(data[at : at + 2], "big")
        leaves.append(data[at + 2 : at + 2 + length])
        if len(leaves[-1]) != length:
            raise Bad("a bundle is cut")
        at += 2 + length
    if len(leaves) != width:
        raise Bad("a bundle of another width")
    return leaves


def leaves_of_tiles(folder, size):
    leaves = []
    for index in range((size + 255) // 256):
        width = min(256, size - index * 256)
        leaves += leaves_of_bundle(read(folder, tile_name("entries", index, width)), width)
    level, hashes = 0, [leaf_hash(leaf) for leaf in leaves]
    while hashes:
        for index in range((len(hashes) + 255) // 256):
            part = hashes[index * 256 : index * 256 + 256]
            if read(folder, tile_name(level, index, len(part))) != b"".join(part):
                raise Bad("a tile of level %d differs" % level)
        full = len(hashes) // 256
        level, hashes = level + 1, [root_of(hashes[i * 256 : i * 256 + 256]) for i in range(full)]
    return leaves


def verify(folder, key):
    size, root = read_head(read(folder, "checkpoint"), key)
    tiled = os.path.isdir(os.path.join(folder, "tile"))
    leaves = leaves_of_tiles(folder, size) if tiled else leaves_of_records(folder, size)
    if len(leaves) != size or root_of([leaf_hash(leaf) for leaf in leaves]) != root:
        raise Bad("not the leaves that were signed")
    rules = Rules()
    for leaf in leaves:
        rules.take(parse_record(leaf))
    return size, root


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    try:
        size, root = verify(sys.argv[1], sys.argv[2])
    except (Bad, ValueError, UnicodeError) as error:
        print("not proven: %s" % error, file=sys.stderr)
        sys.exit(9)
    print("%d leaves, root %s" % (size, root.hex()))


if __name__ == "__main__":
    main()
