#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes the corpora that the targets of libFuzzer begin with:

    tests/fuzz/seeds.py

The same files each time, in tests/fuzz/corpus/NAME. What is there beside them,
such as inputs that once found a mistake, stays.
"""
import os
import random
import struct
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../vm/common"))
from nflua_nl import N, attr, u32, u64  # noqa: E402


def generic(name):
    return struct.pack("BBH", N["NFLUA_CMD_" + name], N["NFLUA_GENL_VERSION"], 0)


def value(kind, data=b""):
    return attr("VALUE", attr(N["NFLUA_VALUE_" + kind], data))


def result():
    head = generic("EXEC") + attr("NAME", "fw")
    values = [value("NIL"), value("BOOLEAN", b"\1"), value("INTEGER", struct.pack("q", -5)),
              value("STRING", b"a\0b"), value("OTHER", b"table: 0x1"), value("STRING")]
    failure = attr("ERROR_KIND", u32(3)) + attr("ERROR_TEXT", "c:1: why") + \
        attr("TRACEBACK", "stack traceback:\n\t[C]: in ?")
    yield "empty", head
    yield "values", head + b"".join(values)
    yield "output", head + attr("OUTPUT", b"hello\n") + attr("TRUNCATED", u32(15))
    yield "error", head + attr("OUTPUT", b"so far\n") + failure
    yield "doubled", head + failure + failure + values[4] + values[4]
    yield "pad", head + attr("VALUE", attr(N["NFLUA_VALUE_PAD"]) + values[2][4:])
    yield "two-in-one", head + attr("VALUE", values[2][4:] + values[3][4:])
    yield "beyond", head + attr("VALUE", b"\xff\0\4\0")
    yield "no-nul", head + attr("ERROR_TEXT", b"abc")
    yield "no-attributes", b""
    yield "odd-kind", head + attr("ERROR_KIND", u32(0xffffffff))


def figures(name):
    numbers = [attr(n, u64(i << 20)) for i, n in enumerate((
        "MAXALLOC", "CURRALLOC", "PEAKALLOC", "CALLS", "MATCHES", "ERRORS", "TIME_NS",
        "AGE_NS"))]
    numbers += [attr(n, u32(1)) for n in ("BUDGET", "FLAGS", "REFS", "RUNTIMES")]
    return generic("STATE_GET") + attr("NAME", name) + b"".join(numbers)


def state():
    one, other = figures("fw"), figures("x" * 63) + attr("LAST_ERROR", "f:1: why")
    yield "two", bytes([255 * len(one) // len(one + other) + 1]) + one + other
    yield "one", b"\xff" + one
    yield "last-error", b"\0" + other
    yield "troubled", b"\xff" + one + b"".join([
        attr("ON_ERROR", u32(1)), attr("RULE_FUNCTION", "f"), attr("RULE_FUNCTION", "g"),
        attr("MISSING_FUNCTION", "g"), attr("LAST_ERROR", "f:1: why"), attr("FUNCTION", "f"),
        attr("ERROR_COUNT", u64(3)), attr("ERROR_AGE_NS", u64(5)), attr("ERROR_KIND", u32(3)),
        attr("ERROR_TEXT", "f:1: why"), attr("TRACEBACK", "stack traceback:"),
        attr("TRUNCATED", u32(32))])
    yield "no-name", b"\0" + generic("STATE_GET") + attr("MAXALLOC", u64(1))
    yield "long-name", b"\0" + generic("STATE_GET") + attr("NAME", "x" * 64)
    yield "empty-name", b"\0" + generic("STATE_GET") + attr("NAME", b"")
    yield "short-number", b"\0" + generic("STATE_GET") + attr("NAME", "a") + attr("CALLS", u32(1))


def note(*parts):
    return generic("MSG") + b"".join(parts)


def message():
    payload, name, seq = attr("MSG", b"pay\0load"), attr("NAME", "fw"), attr("SEQ", u32(7))
    yield "whole", note(payload, name, seq)
    yield "version-1", note(payload)
    yield "empty", note(attr("MSG"), name, seq)
    yield "long-name", note(payload, attr("NAME", "x" * 63), seq)
    yield "longer-name", note(payload, attr("NAME", "x" * 64), seq)
    yield "no-nul", note(payload, attr("NAME", b"fw"), seq)
    yield "empty-name", note(payload, attr("NAME", b""), seq)
    yield "short-number", note(payload, name, attr("SEQ", b"\1\2"))
    yield "no-payload", note(name, seq)
    yield "doubled", note(payload, payload, name, name, seq, seq)
    yield "beyond", note(name, b"\xff\0\1\0pay")
    yield "other", generic("EXEC") + payload + name
    yield "bare", b""
    yield "two", bytes([40]) + note(payload, name, seq) + note(payload, name, attr("SEQ", u32(9)))


def dry_run():
    head = generic("RUN") + attr("NAME", "fw")
    counts = attr("RESULTS", b"".join(u64(i) for i in range(10))) + attr("CALLS", u64(45))
    sent = attr("SENT_PACKETS", u64(2)) + attr("SENT_MESSAGES", u64(1)) + \
        attr("SENT_PACKET", b"E\0\0\x14") + attr("SENT_MESSAGE", b"") + attr("SENT_PACKET", b"x")
    failure = attr("ERROR_KIND", u32(5)) + attr("ERROR_TEXT", "budget exceeded")
    yield "whole", head + counts + attr("TIME_NS", u64(9)) + sent + attr("OUTPUT", b"hi\n") + \
        failure
    yield "short", head + attr("RESULTS", b"12345678") + attr("CALLS", u64(1))
    yield "long", head + attr("RESULTS", b"x" * 200) + attr("CALLS", u64(1))
    yield "odd", head + attr("RESULTS", b"123") + attr("CALLS", u64(1))
    yield "no-results", head + attr("CALLS", u64(1)) + sent
    yield "short-number", head + counts + attr("SENT_PACKETS", u32(1))
    yield "no-nul", head + counts + sent + attr("ERROR_TEXT", b"abc")
    yield "bare", b""


def event():
    seq, failure = attr("SEQ", u32(7)), attr("ERROR_KIND", u32(3)) + attr("ERROR_TEXT", "why")
    ends = attr("PROTOCOL", b"\6") + attr("SADDR", b"\1\2\3\4") + attr("DADDR", b"\5\6\7\x08")
    ports = attr("SPORT", b"\1\0") + attr("DPORT", b"\xff\xff")
    for cmd in ("STATE_NEW_NTF", "STATE_DEL_NTF", "STATE_REPLACE_NTF"):
        yield cmd.lower(), generic(cmd) + figures("fw")[4:] + seq
    error = generic("ERROR_NTF") + attr("NAME", "fw") + seq + attr("FUNCTION", "f")
    yield "error", error + failure + attr("TRACEBACK", "stack") + attr("DROPPED", u32(5))
    yield "for-a-packet", error + failure + ends + ports
    yield "ipv6", error + ends.replace(b"\1\2\3\4", b"") + attr("SADDR", b"x" * 16)
    yield "no-address", error + attr("PROTOCOL", b"\6") + ports
    yield "odd-address", error + attr("PROTOCOL", b"\6") + attr("SADDR", b"x" * 5) + \
        attr("DADDR", b"x" * 17)
    yield "short-port", error + ends + attr("SPORT", b"\1")
    yield "print", generic("PRINT_NTF") + attr("NAME", "x" * 63) + seq + attr("OUTPUT", b"said\n")
    yield "no-name", generic("PRINT_NTF") + seq + attr("OUTPUT", b"said\n")
    yield "no-number", generic("PRINT_NTF") + attr("NAME", "fw")
    yield "another", generic("EXEC") + attr("NAME", "fw") + seq
    yield "bare", b""


def family():
    head = struct.pack("BBH", 1, 2, 0)
    number, version = attr(1, struct.pack("H", 33)), attr(3, u32(2))
    yield "both", head + attr(2, "NFLUA") + number + version
    yield "no-version", head + number
    yield "no-number", head + version
    yield "long-number", head + attr(1, u32(33)) + attr(3, u64(2))
    yield "groups", head + number + version + attr(7, attr(1, attr(1, "events") + attr(2, u32(5))))


def ack():
    request = generic("STATE_DEL") + attr("NAME", "abc") + attr("FORCE")
    echo = struct.pack("IHHII", 16 + len(request), 30, 5, 1, 2)
    tlvs = attr(1, "why") + attr(2, u32(28))
    asked = bytes([len(request)]) + request
    for name, flags, code in (("done", 1, 0), ("done-error", 3, -12)):
        yield name, bytes([flags]) + asked + struct.pack("i", code) + tlvs * (flags > 1)
    yield "acknowledged", b"\0" + asked + struct.pack("i", 0) + echo
    yield "capped", b"\6" + asked + struct.pack("i", -22) + echo + tlvs
    yield "whole", b"\2" + asked + struct.pack("i", -22) + echo + request + tlvs
    yield "no-request", b"\x0e\0" + struct.pack("i", -2) + echo + tlvs
    yield "positive", b"\6" + asked + struct.pack("i", 5) + echo
    yield "short", b"\0" + asked + b"\0\0"
    yield "long-echo", b"\2" + asked + struct.pack("iI", -22, 0xfffffff0) + echo[4:] + tlvs
    yield "echo-beyond", b"\2" + asked + struct.pack("iI", -22, 0xc2c2c2c2) + echo[4:] + tlvs
    yield "no-nul", b"\6" + asked + struct.pack("i", -22) + echo + attr(1, b"why")


def arguments():
    for i, line in enumerate((
            "create fw -m 64M -b 5000 fw.lua", "-j -n c list a b", "load fw -e x=1 -r",
            "load fw --check -- -f", "destroy --all --force", "destroy -af -q",
            "eval fw 1+1", "--netns", "-n", "-x", "--mem", "create --memory=1G fw",
            "create -m", "list --json=1", "help create", "-V version", "-- list -- --", "",
            "load --e", "-jqhV", "load - -", "create fw -m1K -b9 -m")):
        yield "line%02d" % i, line.replace(" ", "\0").encode()
    yield "bundled", b"load\0fw\0-cccccccccccccccccccccccccccccccccrrrrre\0x"
    yield "empty-words", b"\0\0list\0\0-\0"
    yield "bytes", b"\xff\xfe\0-\xff\0--\xff=\xff"


def size():
    for text in ("0", "64K", "1KiB", "1kB", "512B", "2G", "1T", "18446744073709551615",
                 "16777216T", "1Mi", "0x10", "-1", " 1", "4294967296", "1BB", "10239999",
                 "99999999999999999999999"):
        yield text.strip().replace("-", "minus"), text.encode()
    for shift in range(3, 64, 10):
        yield "bit%d" % shift, struct.pack("Q", (1 << shift) - 1)


def json():
    for name, text in (
            ("empty", b""), ("ascii", b"abc"), ("nul", b"a\0b"), ("quotes", b"\"\\/\n\t\x7f\x01"),
            ("utf8", "\u00e4\u20ac\U0001f600\ufffe".encode()), ("bytes", b"\xff\x80"),
            ("overlong", b"\xc0\xaf"), ("overlong3", b"\xe0\x80\xaf"), ("surrogate", b"\xed\xa0\x80"),
            ("last", b"\xf4\x8f\xbf\xbf"), ("past-last", b"\xf4\x90\x80\x80"), ("cut", b"a\xf0\x9f\x98")):
        yield name, text


def script():
    for name, text in (
            ("empty", b""), ("plain", b"x = 1\n"), ("comment", b"#!/usr/bin/lua\nx = 1\n"),
            ("one-line", b"# only"), ("hash", b"#"), ("second", b"\n# no comment\n"),
            ("bytes", b"#\0\xff\n\0\xff"), ("binary", b"\x1bLua")):
        yield name, text


def engine():
    """What goes wrong, where, and then random choices of the grammar."""
    chance = random.Random(5)
    for mode in range(0, 256, 7):
        setup = bytes((mode, chance.randrange(8), *chance.randbytes(3), chance.choice((0, 7, 50))))
        yield "mode%02x" % mode, setup + chance.randbytes(chance.randrange(100, 300))


def main():
    for make in (result, state, message, dry_run, event, family, ack, arguments, size, json,
                 script, engine):
        directory = os.path.join(HERE, "corpus", make.__name__)
        os.makedirs(directory, exist_ok=True)
        for name, data in make():
            with open(os.path.join(directory, name), "wb") as f:
                f.write(data)


main()
