"""A key server that shares nothing with Latchkey: Keyless SSL v1 as docs/protocol/kssl1.md has it, in Python.

    independent_key_server.py CA CERTIFICATE KEY SITE_KEY...

prints the port that it listens on, on 127.0.0.1, and serves until its standard input ends.
"""

import asyncio
import ssl
import struct
import sys

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils
from cryptography.hazmat.primitives.hashes import SHA1, SHA224, SHA256, SHA384, SHA512
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import SubjectKeyIdentifier

SKI, OPCODE, PAYLOAD, PADDING = 0x04, 0x11, 0x12, 0x20
DECRYPT, ED25519, PING, PONG, SUCCESS, ERROR = 0x01, 0x18, 0xF1, 0xF2, 0xF0, 0xFF
PKCS1 = {0x03: SHA1(), 0x04: SHA224(), 0x05: SHA256(), 0x06: SHA384(), 0x07: SHA512()}
ECDSA = {opcode + 0x10: digest for opcode, digest in PKCS1.items()}
PSS = {0x35: SHA256(), 0x36: SHA384(), 0x37: SHA512()}
CRYPTOGRAPHY_FAILURE, KEY_NOT_FOUND, BAD_OPCODE, MALFORMED = 0x01, 0x02, 0x05, 0x07
SHORTEST_FRAME = 1024


class Refused(Exception):
    """Becomes an answer with its error code."""


def items_of(body):
    items = {}
    # One or two stray bytes at the end are ignored.
    while len(body) > 2:
        tag, length = struct.unpack_from(">BH", body)
        value, body = body[3 : 3 + length], body[3 + length :]
        if len(value) < length or tag in items:
            raise Refused(MALFORMED)
        items[tag] = value
    return items


def perform(key, opcode, payload):
    if opcode in PKCS1 and isinstance(key, rsa.RSAPrivateKey):
        return key.sign(payload, padding.PKCS1v15(), utils.Prehashed(PKCS1[opcode]))
    if opcode in PSS and isinstance(key, rsa.RSAPrivateKey):
        digest = PSS[opcode]
        scheme = padding.PSS(padding.MGF1(digest), padding.PSS.DIGEST_LENGTH)
        return key.sign(payload, scheme, utils.Prehashed(digest))
    if opcode == DECRYPT and isinstance(key, rsa.RSAPrivateKey):
        numbers = key.private_numbers()
        block = pow(int.from_bytes(payload, "big"), numbers.d, numbers.public_numbers.n)
        return block.to_bytes(key.key_size // 8, "big")
    if opcode in ECDSA and isinstance(key, ec.EllipticCurvePrivateKey):
        return key.sign(payload, ec.ECDSA(utils.Prehashed(ECDSA[opcode])))
    if opcode == ED25519 and isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign(payload)
    raise Refused(CRYPTOGRAPHY_FAILURE if opcode in {DECRYPT, ED25519, *PKCS1, *ECDSA, *PSS} else BAD_OPCODE)


def answer_to(body, keys):
    try:
        items = items_of(body)
        opcode, payload = items.get(OPCODE, b""), items.get(PAYLOAD, b"")
        if len(opcode) != 1:
            raise Refused(MALFORMED)
        if opcode[0] == PING:
            return PONG, payload
        if items.get(SKI) not in keys:
            raise Refused(KEY_NOT_FOUND)
        return SUCCESS, perform(keys[items[SKI]], opcode[0], payload)
    except Refused as refusal:
        return ERROR, bytes(refusal.args)
    except (ValueError, UnsupportedAlgorithm):
        return ERROR, bytes([CRYPTOGRAPHY_FAILURE])


def frame_of(identifier, opcode, payload):
    body = struct.pack(">BHB", OPCODE, 1, opcode) + struct.pack(">BH", PAYLOAD, len(payload)) + payload
    missing = max(0, SHORTEST_FRAME - 8 - len(body) - 3)
    body += struct.pack(">BH", PADDING, missing) + bytes(missing)
    return struct.pack(">BBHI", 1, 0, len(body), identifier) + body


async def serve(reader, writer, keys):
    try:
        while True:
            _, _, length, identifier = struct.unpack(">BBHI", await reader.readexactly(8))
            writer.write(frame_of(identifier, *answer_to(await reader.readexactly(length), keys)))
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def main(authority, certificate, key, *site_keys):
    keys = {}
    for file in site_keys:
        with open(file, "rb") as pem:
            site_key = load_pem_private_key(pem.read(), None)
        keys[SubjectKeyIdentifier.from_public_key(site_key.public_key()).digest] = site_key
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    # As the peers in the field.
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(authority)
    context.load_cert_chain(certificate, key)
    server = await asyncio.start_server(
        lambda reader, writer: serve(reader, writer, keys), "127.0.0.1", 0, ssl=context
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


asyncio.run(main(*sys.argv[1:]))
