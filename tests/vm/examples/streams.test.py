# SPDX-License-Identifier: GPL-2.0-or-later
# Of scripts: left out with older kernels.
"""What tls.lua and blockpage.lua make of what clients send, in trials; how it goes on a
router is in evasion.py."""
import struct

from clients import (ACK, BLOCKED, BLOCKED_GET, BODY, FREE, FREE_GET, GET, POST, RANDOM, RST, SYN, URG,
                     scattered)
from nflua_nl import attr, u32, u64
from readme import hello, records
from tap import TOP, equal, main, ok
from wire import ipv4, ipv6
from wire import tcp as header

RESULTS = ("CONTINUE", "ACCEPT", "DROP", "STOLEN", "QUEUE", "REPEAT", "STOP", "NO_MATCH", "MATCH",
           "ERROR")


def script(name):
    text = b""
    for part in ("streams", name):
        with open(TOP + "/examples/%s.lua" % part, "rb") as f:
            text += f.read()
    return text.decode()


class Trial:
    """Connections whose packets are tried in a state."""

    ports = iter(range(1024, 65536))

    def __init__(self, c, state):
        self.c, self.state = c, state

    def begin(self, isn=None, syn=True, data=b"", version=4, port=None):
        self.port, self.version = port or next(self.ports), version
        self.isn = RANDOM.randrange(1 << 32) if isn is None else isn
        return syn and self.packet(self.isn, data, SYN)

    def packet(self, seq, data, flags):
        segment = header(self.port, 443, data, flags, seq & 0xffffffff, urgent=1)
        m = self.c.request("RUN", attr("NAME", self.state), attr("FUNCTION", "blocked"),
                           attr("PACKET", {4: ipv4, 6: ipv6}[self.version](6, segment)), attr("HOOK", u32(2)))[0]
        counts = struct.unpack("%dQ" % len(RESULTS), m.get("RESULTS"))
        got = [name for name, n in zip(RESULTS, counts) if n]
        return {"MATCH": True, "NO_MATCH": False}.get(got[0], got)

    def send(self, at, data, flags=ACK):
        return self.packet(self.isn + 1 + at, data, flags)


def judged(trial, name, data, want, loose):
    """A message in one segment, where its beginning is known and where not."""
    trial.begin()
    equal("%s: refused" % name, trial.send(0, data), want)
    trial.begin(syn=False)
    equal("%s: on an unknown connection" % name, trial.send(0, data), True)
    trial.c.exec(trial.state, "refuse_unknown = false")
    equal("%s: which is not refused as such" % name, trial.send(0, data), loose)
    trial.c.exec(trial.state, "refuse_unknown = true")


def in_pieces(trial, name, data, end):
    """Only what makes bytes 0 to end complete is refused, with all that follows."""
    trial.begin()
    missing, got, want = set(range(end or 0)), [], []
    for at, piece in scattered(data):
        missing -= set(range(at, at + len(piece)))
        got.append(trial.send(at, piece))
        want.append(end is not None and not missing)
    equal("%s in %d pieces" % (name, len(got)), got, want)


def sni(*entries):
    names = b"".join(struct.pack("!BH", kind, len(name)) + name for kind, name in entries)
    return struct.pack("!HHH", 0, len(names) + 2, len(names)) + names


CCS = b"\x14\3\3\0\1\1"
TWO = sni((0, b"free.example"), (0, b"blocked.example"))


def with_sni(extension):
    """A ClientHello with this in the place of its server_name."""
    body = hello("x")[4:].replace(sni((0, b"x")), extension)
    more = len(body) - len(hello("x")[4:])
    at = 2 + 32 + 33 + 6 + 2
    body = body[:at] + (int.from_bytes(body[at:at + 2], "big") + more).to_bytes(2, "big") + body[at + 2:]
    return records(b"\1" + len(body).to_bytes(3, "big") + body)


HELLOS = {  # whether it is refused, and whether it is on an older connection
    "a listed name": (BLOCKED, True, True),
    "another one": (FREE, False, False),
    "below it, in any case": (records(hello("www.Blocked.Example")), True, True),
    "a longer one": (records(hello("notblocked.example")), False, False),
    "the root's dot": (records(hello("blocked.example.")), True, True),
    "more dots": (records(hello("blocked.example...")), True, True),
    "no name": (with_sni(b""), False, False),
    "a NUL behind it": (records(hello("blocked.example\0")), True, False),
    "a long name": (records(hello("a." * 200)), True, False),
    "two names": (with_sni(TWO), True, True),
    "a name of another kind": (with_sni(sni((1, b"blocked.example"), (0, b"a.example"))), False, False),
    "server_name twice": (with_sni(sni((0, b"a.example")) * 2), True, False),
    "no name in the list": (with_sni(b"\0\0\0\2\0\0"), True, False),
    "a list that is too long": (with_sni(b"\0\0\0\4\0\3\0\0"), True, False),
    "two records": (records(hello("blocked.example"), cuts=(1,)), True, True),
    "records of a byte": (records(hello("blocked.example"), 1), True, True),
    "after ChangeCipherSpec": (CCS + BLOCKED, True, True),
    "after more of them": (CCS * 3 + FREE, False, False),
    "an empty record": (b"\x16\3\1\0\0" + FREE, True, False),
    "a cut at an empty one": (records(hello("free.example"), cuts=(9, 9)), True, False),
    "an alert before": (b"\x15\3\1\0\2\1\0" + BLOCKED, True, False),
    "another message": (records(b"\2" + hello("free.example")[1:]), True, False),
    "2 KB": (records(hello("free.example", 2000)), False, False),
    "2 KB, listed": (records(hello("blocked.example", 2000)), True, True),
    "16 KB": (records(hello("free.example", 17000)), True, False),
    "a second ClientHello": (FREE + BLOCKED, True, False),
    "application data behind": (FREE + b"\x17\3\3\0\1x" + BLOCKED, False, False),
    "keys behind": (FREE + b"\x16\3\3\0\4\x10\0\0\0" + CCS + b"\x16\3\3\0\4\1\0\0\0", False, False),
    "more and more of them": (records(hello("free.example", 12000)) * 3, True, False),
    "bytes behind the extensions": (records(b"\1" + (len(FREE) - 8).to_bytes(3, "big") + FREE[9:] + b"x"), True, False),
    "SSL 2": (b"\x80\x2e\1\3\1" + b"x" * 43, True, False),
    "HTTP": (b"GET / HTTP/1.1\r\n\r\n", True, False),
}


def tls(c):
    c.create("t", script("tls"), budget=u32(1000000), maxalloc=u64(64 << 20))
    t = Trial(c, "t")
    for name, (data, want, loose) in HELLOS.items():
        judged(t, "tls, " + name, data, want, loose)
    judged_before(t)
    for name, data, end in (("free", FREE + b"\x17\3\3\0\3abc" * 9, None), ("blocked", BLOCKED + b"x" * 50, len(BLOCKED)),
                            ("2 KB", records(hello("free.example", 1700), 200), None),
                            ("records", CCS + records(hello("a.blocked.example"), 33), len(CCS + records(hello("a.blocked.example"), 33)))):
        for _ in range(3):
            in_pieces(t, "tls, " + name, data, end)
    t.begin(isn=0xffffffc0)
    equal("tls: numbers that begin again", [t.send(90, BLOCKED[90:]), t.send(0, BLOCKED[:90])], [False, True])
    equal("tls: in the SYN", [t.begin(data=BLOCKED[:90]), t.send(90, BLOCKED[90:])], [False, True])
    equal("tls: all in the SYN", t.begin(data=BLOCKED), True)
    t.begin(version=6)
    equal("tls: IPv6", [t.send(90, BLOCKED[90:]), t.send(0, BLOCKED[:90])], [False, True])
    same(t, FREE, BLOCKED)
    t.begin()
    equal("tls: urgent data behind it", [t.send(0, FREE + b"\x17\3\3\0\1"), t.send(len(FREE) + 5, b"x", URG)],
          [False, False])
    t.begin()
    t.send(0, FREE + b"\x17\3\3\0\1")
    equal("tls: much data, of more than 4 GiB", {t.send(at, b"z" * 1000) for at in
          range(len(FREE) + 5, (4 << 30) + len(FREE), 16000000)} | {t.send((4 << 30) + 90, b"z" * 100)}, {False})
    limits(t, c)


def same(t, free, blocked):
    """Of both filters: two segments that say different things."""
    half = len(blocked) // 3
    t.begin()
    equal("a fake before", [t.send(0, free), t.send(0, blocked), t.send(0, blocked), t.send(len(free), b"x")],
          [False, True, True, True])
    t.begin()
    equal("a fake second half", [t.send(0, blocked[:half]), t.send(half + 1, b"x" * 9), t.send(half, blocked[half:])],
          [False, False, True])
    t.begin()
    equal("one byte of it", [t.send(0, free[:half]), t.send(half - 1, b"\0")], [False, True])
    t.begin()
    equal("a probe of keep-alive", [t.send(-1, b"\0"), t.send(0, free)], [False, False])
    t.begin()
    equal("urgent data", [t.send(0, free[:half]), t.send(half, free[half:], URG)], [False, True])
    t.begin()
    equal("a reset is no end", [t.send(0, blocked[:half]), t.send(half, b"", RST), t.send(half, blocked[half:])],
          [False, False, True])
    t.begin()
    equal("what a reset says is nothing", [t.send(0, free[:half]), t.send(half, b"\1\2", RST), t.send(half, free[half:])],
          [False] * 3)
    for shift in (70000, -3, 1 << 31):
        t.begin()
        again = t.packet(t.isn + shift, b"", SYN)
        equal("another SYN", [again, t.send(half, blocked[half:]), t.send(0, blocked[:half])], [False, False, True])
    t.begin()
    equal("many SYNs", [t.packet(t.isn + i * 1000000, b"", SYN) for i in range(1, 6)], [False] * 3 + [True] * 2)
    t.begin()
    t.send(0, free)
    port, isn = t.port, t.isn
    t.isn = isn + (1 << 30)
    equal("the ports again", [t.packet(t.isn, b"", SYN), t.send(half, free[half:]), t.send(0, free[:half])], [False] * 3)
    t.isn = t.isn + (1 << 30)
    equal("and again", [t.packet(t.isn, b"", SYN), t.send(half, blocked[half:]), t.send(0, blocked[:half])],
          [False, False, True])
    t.begin()
    t.c.exec(t.state, "streams.turn()")
    equal("after a while", [t.send(half, blocked[half:]), t.send(0, blocked[:half])], [False, True])
    t.begin()
    t.send(0, free[:half])
    t.c.exec(t.state, "streams.turn() streams.turn()")
    equal("after a longer one", [t.send(half, free[half:]), t.send(0, free)], [True, True])
    t.c.exec(t.state, "refuse_unknown = false")
    equal("it is a connection that is not known", [t.send(half, free[half:]), t.send(0, blocked[:half]),
          t.send(half, blocked[half:])], [False, False, True])
    t.c.exec(t.state, "refuse_unknown = true")
    forgotten(t, free, blocked)


def forgotten(t, free, blocked):
    """What is refused is forgotten at a certain time, whatever comes meanwhile."""
    def again():
        return t.begin(isn=RANDOM.randrange(1 << 32), port=t.port)

    t.begin()
    equal("refused", t.send(0, blocked), True)
    t.c.exec(t.state, "streams.turn()")
    equal("and still", [t.send(0, blocked), again(), t.send(0, free)], [True] * 3)
    t.c.exec(t.state, "streams.turn()")
    equal("then the ports are free", [again(), t.send(0, free)], [False, False])
    t.begin()
    for _ in range(3):
        again()
    equal("a fifth SYN", again(), True)
    t.c.exec(t.state, "streams.turn()")
    equal("and again", again(), True)
    t.c.exec(t.state, "streams.turn()")
    equal("then it may begin", [again(), t.send(0, free)], [False, False])
    t.begin()
    t.c.exec(t.state, "streams.turn()")
    t.send(0, blocked)
    t.c.exec(t.state, "streams.turn()")
    equal("refused late, and still", again(), True)


def judged_before(t):
    """A connection whose message was judged may be silent for long."""
    def pause(times=1):
        t.c.exec(t.state, "for _ = 1, %d do streams.turn() end" % (2 * times))

    size, begun = len(FREE), FREE + b"\x17\3\3\0\x99"
    t.begin()
    equal("tls: a long pause", [t.send(0, begun), pause(), t.send(size, b"x" * 99), t.send(size + 99, b"y")],
          [False, None, False, False])
    pause(2)
    equal("tls: the message is what it was", [t.send(0, BLOCKED), t.send(size - 1, b"x" * 9), t.send(size + 100, b"z")],
          [True, True, False])
    at = (4 << 30) + 50
    for step in range(size + 101, at, 16000000):
        t.send(step, b"z" * 1000)
    equal("tls: after 4 GiB the same numbers are others", [t.send(at - 1000, b"x" * 1000), t.send(at, b"y")], [False, False])
    for hour in range(3):
        t.c.exec(t.state, "streams.turn_judged() streams.turn()")
        equal("tls: in hour %d" % hour, t.send(at + 1, b"x"), False)
    t.c.exec(t.state, "streams.turn_judged()")
    pause()
    equal("tls: within the hour", t.send(at + 1000, b"x"), False)
    pause()
    t.c.exec(t.state, "streams.turn_judged() streams.turn_judged()")
    equal("tls: after hours", t.send(at + 1001, b"x"), True)
    t.begin()
    t.send(0, begun)
    t.begin(isn=t.isn + (1 << 20), port=t.port)
    pause()
    equal("tls: another connection in its place", t.send(90, BLOCKED[90:]), True)
    t.begin()
    equal("tls: refused afterwards", [t.send(0, begun), t.send(0, BLOCKED), pause(), t.send(size, b"x")],
          [False, True, None, True])
    t.begin()
    equal("tls: far away", [t.send(-100, b"x" * 100), t.send(70000, b"x"), t.send(-1, b"x")], [True, True, False])


# Clients that begin connections, with the same packet for each but for its source.
FILL = """
local function packet(i, syn, data)
    return { saddr = (">I4"):pack(i), daddr = "", payload = data, tcp = { sub = function() return "" end,
             seq = syn and 0 or 1, syn = syn, rst = false, urg = false, flags = syn and 2 or 16 } }
end
passed = { 0, 0 }
for i = 1, 20100 do
    passed[1] = passed[1] + (blocked(nil, packet(i, true, "")) and 0 or 1)
    passed[2] = passed[2] + (blocked(nil, packet(i, false, begun)) and 0 or 1)
end
"""


def limits(t, c):
    """Tables have an end, which is that of what comes then."""
    c.exec(t.state, "streams.turn() streams.turn() begun = '\\22\\3\\1\\63\\255' .. ('x'):rep(1200) " + FILL)
    equal("tls: connections that are known", c.eval(t.state, "passed[1]"), [20000])
    equal("tls: the one more", t.begin(), True)
    kept = c.eval(t.state, "passed[2]")[0]
    ok(12000 < kept < 13000, "tls: bytes that are kept", kept)
    ok(c.get(t.state).number("CURRALLOC") < 60 << 20, "tls: memory", c.get(t.state).number("CURRALLOC"))
    c.exec(t.state, "streams.turn() streams.turn()")
    equal("tls: later there is room", [t.begin(), t.send(0, FREE)], [False, False])


CHUNKS = b"5;a=b\r\nhello\r\n%x\r\n%s\r\n0\r\nX: y\r\n\r\n" % (len(BODY), BODY)
OPEN = GET % b"free.example"
REQUESTS = {
    "a listed host": (BLOCKED_GET, True, True),
    "another one": (FREE_GET, False, False),
    "the field in any case": (b"GET / HTTP/1.1\r\nhOSt: Blocked.EXAMPLE\r\n\r\n", True, True),
    "no space": (b"GET / HTTP/1.1\r\nHost:blocked.example\r\n\r\n", True, True),
    "tabs": (b"GET / HTTP/1.1\r\nHost:\tblocked.example\t \r\n\r\n", True, True),
    "the root's dot, and a port": (GET % b"blocked.example.:80" + b"\r\n", True, True),
    "below it": (GET % b"www.blocked.example" + b"\r\n", True, True),
    "a longer one": (GET % b"notblocked.example" + b"\r\n", False, False),
    "an address": (GET % b"10.9.2.2:8080" + b"\r\n", False, False),
    "one of IPv6": (GET % b"[fd00::1]:80" + b"\r\n", False, False),
    "no host": (b"GET / HTTP/1.0\r\n\r\n", False, False),
    "a URI": (b"GET http://blocked.example/ HTTP/1.1\r\nHost: free.example\r\n\r\n", True, True),
    "a URI with a user": (b"GET HTTP://a:b@blocked.example:80 HTTP/1.1\r\nHost: a\r\n\r\n", True, True),
    "a URI, and the listed one": (b"GET http://free.example/ HTTP/1.1\r\nHost: blocked.example\r\n\r\n", True, True),
    "a URI of another host": (b"GET http://free.example/ HTTP/1.1\r\nHost: free.example\r\n\r\n", False, False),
    "all of a server": (b"OPTIONS * HTTP/1.1\r\nHost: free.example\r\n\r\n", False, False),
    "lines without CR": (b"GET / HTTP/1.1\nHost: free.example\n\n", True, False),
    "a line without": (OPEN + b"X: y\nContent-Length: 9\r\n\r\n", True, False),
    "a line without, so far": (OPEN + b"X: y\nContent-", True, False),
    "an empty one without": (OPEN + b"\n", True, False),
    "an empty one without, before": (b"\n" + FREE_GET, True, False),
    "an empty line before": (b"\r\n" + BLOCKED_GET, True, True),
    "more of them": (b"\r\n" * 9 + FREE_GET, False, False),
    "a trailer's line without": (POST + b"Transfer-Encoding: chunked\r\n\r\n0\r\nX: y\nX", True, False),
    "a body of GET": (OPEN + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY, True, False),
    "a body of GET that is free": (OPEN + b"Content-Length: 3\r\n\r\nabc", True, False),
    "an empty one": (OPEN + b"Content-Length: 0\r\n\r\n", False, False),
    "a body of HEAD": (OPEN.replace(b"GET", b"HEAD") + b"Content-Length: 3\r\n\r\nabc", True, False),
    "chunks of GET": (OPEN + b"Transfer-Encoding: chunked\r\n\r\n" + CHUNKS, True, False),
    "a body of DELETE": (OPEN.replace(b"GET", b"DELETE") + b"Content-Length: 3\r\n\r\nabc", False, False),
    "a length of another name": (POST + b"Content-Length: 3\r\nSec-WebSocket-Key1: x\r\n\r\nabc", True, False),
    "in a body": (POST + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY, False, False),
    "in chunks": (POST + b"Transfer-Encoding: Chunked\r\n\r\n" + CHUNKS, False, False),
    "behind a body": (POST + b"Content-Length: 3\r\n\r\nabc" + BLOCKED_GET, True, True),
    "behind chunks": (POST + b"Transfer-Encoding: chunked\r\n\r\n" + CHUNKS + BLOCKED_GET, True, True),
    "the second of two": (FREE_GET + BLOCKED_GET, True, True),
    "many": (FREE_GET * 90, False, False),
    "text": (b"a mail that quotes\r\nHost: blocked.example\r\nand goes on", True, False),
    "two hosts": (OPEN + b"Host: other.example\r\n\r\n", True, False),
    "two hosts, one listed": (OPEN + b"Host: blocked.example\r\n\r\n", True, True),
    "encoded": (GET % b"blocked%2eexample" + b"\r\n", True, False),
    "a space before the colon": (b"GET / HTTP/1.1\r\nHost : blocked.example\r\n\r\n", True, False),
    "a folded line": (b"GET / HTTP/1.1\r\nHost:\r\n blocked.example\r\n\r\n", True, False),
    "a bare CR": (OPEN + b"X: a\rHost: b\r\n\r\n", True, False),
    "a NUL": (OPEN + b"X: a\0b\r\n\r\n", True, False),
    "a line that is no field": (OPEN + b"abc\r\n\r\n", True, False),
    "spaces in a request": (b"GET  / HTTP/1.1\r\nHost: free.example\r\n\r\n", True, False),
    "HTTP/0.9": (b"GET /\r\n", True, False),
    "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", True, False),
    "TLS": (FREE, True, False),
    "two lengths": (POST + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\n", True, False),
    "the same twice": (POST + b"Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc", False, False),
    "a length that is none": (POST + b"Content-Length: +3\r\n\r\n", True, False),
    "a length and chunks": (POST + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", True, False),
    "another coding": (POST + b"Transfer-Encoding: xchunked\r\n\r\n", True, False),
    "chunks of HTTP/1.0": (POST.replace(b"1.1", b"1.0") + b"Transfer-Encoding: chunked\r\n\r\n", True, False),
    "a chunk without a size": (POST + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n", True, False),
    "a chunk that does not end": (POST + b"Transfer-Encoding: chunked\r\n\r\n1\r\nabc", True, False),
    "a chunk's line without CR": (POST + b"Transfer-Encoding: chunked\r\n\r\n1\nab", True, False),
    "16 KB of header": (OPEN + b"X: " + b"x" * 16384 + b"\r\n\r\n", True, False),
    "15 KB of it": (OPEN + b"X: " + b"x" * 15000 + b"\r\n\r\n", False, False),
    "white space that is long": (OPEN + b"X:" + b" \t" * 8000 + b"\r\n\r\n", False, False),
    "many lines": (OPEN + b"a:\r\n" * 300 + b"\r\n", True, False),
    "a trailer that is none": (POST + b"Transfer-Encoding: chunked\r\n\r\n0\r\nabc\r\n\r\n", True, False),
    "chunks of a byte, too many": (POST + b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 9000, True, False),
    "too many in a packet": (FREE_GET * 101, True, False),
    "CONNECT of a URI": (b"CONNECT http://free.example/ HTTP/1.1\r\nHost: free.example\r\n\r\n", True, False),
    "CONNECT": (b"CONNECT free.example:443 HTTP/1.1\r\nHost: free.example\r\n\r\n", True, False),
    "another protocol": (OPEN + b"Upgrade: websocket\r\n\r\n\x81\x85abcd", True, False),
    "HTTP all the same": (OPEN + b"Upgrade: websocket\r\n\r\n" + BLOCKED_GET, True, True),
    "and free": (OPEN + b"Upgrade: h2c\r\n\r\n" + FREE_GET, False, False),
}


def http(c):
    c.create("h", script("blockpage"), budget=u32(1000000), maxalloc=u64(64 << 20))
    t = Trial(c, "h")
    for name, (data, want, loose) in REQUESTS.items():
        judged(t, "http, " + name, data, want, loose)
    upload = POST + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY
    for name, data, end in (("free", FREE_GET * 3, None), ("blocked", BLOCKED_GET + b"x" * 50, len(BLOCKED_GET)),
                            ("chunks", POST + b"Transfer-Encoding: chunked\r\n\r\n" + CHUNKS + FREE_GET, None),
                            ("a body", upload + FREE_GET, None), ("pipelined", FREE_GET + BLOCKED_GET, len(FREE_GET + BLOCKED_GET))):
        for _ in range(3):
            in_pieces(t, "http, " + name, data, end)
    same(t, FREE_GET, BLOCKED_GET)
    t.begin()
    equal("http: a probe of keep-alive", [t.send(0, FREE_GET), t.send(len(FREE_GET) - 1, b"\0"), t.send(len(FREE_GET), BLOCKED_GET)],
          [False, False, True])
    t.begin()
    equal("http: no such probe", [t.send(0, FREE_GET), t.send(len(FREE_GET) - 1, b"x")], [False, True])
    head = POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"
    t.begin()
    equal("http: nor in a body", [t.send(0, head), t.send(len(head) - 1, b"\0")], [False, True])
    head = POST + b"Content-Length: 9999\r\n\r\n"
    t.begin()
    equal("http: a header that is last", [t.send(20, head[20:]), t.send(len(head) + 9999, BLOCKED_GET), t.send(0, head[:20])],
          [False, False, True])
    c.exec("h", "websocket = true")
    upgrade = OPEN + b"Upgrade: websocket\r\n\r\n"
    for what in (b"\x81\x85abcd", b"\x01\x80", b"\x8a\x80"):
        t.begin()
        equal("http: WebSocket", [t.send(0, upgrade), t.send(len(upgrade), what)], [False, False])
    for what in (b" ", b"\t", b"\v", b"\f", b"\x85", b"\n", b"\xa0", b"\x1c"):
        t.begin()
        equal("http: no WebSocket: %r" % what, [t.send(0, upgrade), t.send(len(upgrade), what + BLOCKED_GET)], [False, True])
    t.begin()
    equal("http: nor without an upgrade", [t.send(0, FREE_GET), t.send(len(FREE_GET), b"\x81\x85")], [False, True])
    long_ones(t, c)


def long_ones(t, c):
    """Bodies are not kept, nor are more than some requests."""
    size = (4 << 30) + 100000000
    head = POST + b"Content-Length: %d\r\n\r\n" % size
    before = c.get("h").number("CURRALLOC")
    t.begin()
    equal("http: a body of more than 4 GiB", {t.send(0, head)} |
          {t.send(len(head) + at, b"z" * 1000) for at in range(0, size - 1000, 16000000)}, {False})
    equal("http: behind it", t.send(len(head) + size, BLOCKED_GET), True)
    t.begin()
    head = POST + b"Transfer-Encoding: chunked\r\n\r\n"
    chunks = (b"400\r\n" + b"z" * 1024 + b"\r\n") * 60
    got = {t.send(0, head)} | {t.send(len(head) + i * len(chunks), chunks) for i in range(100)}
    equal("http: 6000 chunks", got, {False})
    equal("http: some of them again", t.send(len(head) + 97 * len(chunks), chunks), False)
    equal("http: behind them", t.send(len(head) + 100 * len(chunks), b"0\r\n\r\n" + BLOCKED_GET), True)
    t.begin()
    request = OPEN + b"X: " + b"x" * 1000 + b"\r\n\r\n"
    equal("http: 200 requests", {t.send(i * len(request), request) for i in range(200)}, {False})
    equal("http: the last ones again", t.send(180 * len(request), request), False)
    equal("http: the first one, that is forgotten", t.send(0, request), True)
    equal("http: which is no end", t.send(200 * len(request), request), False)
    equal("http: others in their place", t.send(190 * len(request), BLOCKED_GET), True)
    c.exec("h", "collectgarbage()")
    ok(c.get("h").number("CURRALLOC") - before < 1 << 20, "http: memory", c.get("h").number("CURRALLOC") - before)


main(tls, http)
