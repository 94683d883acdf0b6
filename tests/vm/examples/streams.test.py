# SPDX-License-Identifier: GPL-2.0-or-later
# Of scripts: left out with older kernels.
"""Gives messages of clients to tls.lua and blockpage.lua in dry runs. evasion.py does so on
a router."""
import struct

from clients import (ACK, BLOCKED, BLOCKED_GET, BODY, FREE, FREE_GET, GET, POST, RANDOM, RST, SYN, URG,
                     scattered)
from nflua_nl import attr, u32, u64
from readme import hello, records
from tap import DEBUG_KERNEL, TOP, equal, main, ok
from wire import ipv4, ipv6
from wire import tcp as header

RESULTS = ("CONTINUE", "ACCEPT", "DROP", "STOLEN", "QUEUE", "REPEAT", "STOP", "NO_MATCH",
           "MATCH", "ERROR", "REJECT")


def script(name):
    text = b""
    for part in ("streams", name):
        with open(TOP + "/examples/%s.lua" % part, "rb") as f:
            text += f.read()
    return text.decode()


class Trial:
    """Connections whose packets are given to a state in dry runs."""

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
    """Sends a message in one segment, on a known connection and on an unknown one."""
    trial.begin()
    equal("%s %s" % (name, "is refused" if want else "passes"), trial.send(0, data), want)
    trial.begin(syn=False)
    equal("%s is refused on an unknown connection" % name, trial.send(0, data), True)
    trial.c.exec(trial.state, "refuse_unknown = false")
    equal("%s %s on an unknown connection if refuse_unknown is false"
          % (name, "is refused" if loose else "passes"), trial.send(0, data), loose)
    trial.c.exec(trial.state, "refuse_unknown = true")


def in_pieces(trial, name, data, end):
    """The piece that completes bytes 0 to end must be refused, and all pieces after it."""
    trial.begin()
    missing, got, want = set(range(end or 0)), [], []
    for at, piece in scattered(data):
        missing -= set(range(at, at + len(piece)))
        got.append(trial.send(at, piece))
        want.append(end is not None and not missing)
    equal("%s: each of %d pieces gets the right verdict" % (name, len(got)), got, want)


def sni(*entries):
    names = b"".join(struct.pack("!BH", kind, len(name)) + name for kind, name in entries)
    return struct.pack("!HHH", 0, len(names) + 2, len(names)) + names


CCS = b"\x14\3\3\0\1\1"
EARLY = records(hello("free.example", more=b"\0\x2a\0\0"))	# offers early data
MALFORMED = records(b"\1\0\0\5abcde")
TWO = sni((0, b"free.example"), (0, b"blocked.example"))


def with_sni(extension):
    """Returns a ClientHello with this extension instead of its server_name."""
    body = hello("x")[4:].replace(sni((0, b"x")), extension)
    more = len(body) - len(hello("x")[4:])
    at = 2 + 32 + 33 + 6 + 2
    body = body[:at] + (int.from_bytes(body[at:at + 2], "big") + more).to_bytes(2, "big") + body[at + 2:]
    return records(b"\1" + len(body).to_bytes(3, "big") + body)


# Whether each is refused on a new connection, and on an unknown one if refuse_unknown is false.
HELLOS = {
    "a ClientHello with a listed name": (BLOCKED, True, True),
    "a ClientHello with a name that is not listed": (FREE, False, False),
    "a ClientHello with a name below a listed one, in mixed case":
        (records(hello("www.Blocked.Example")), True, True),
    "a ClientHello with a name that only ends like a listed one":
        (records(hello("notblocked.example")), False, False),
    "a ClientHello with a listed name and a final dot":
        (records(hello("blocked.example.")), True, True),
    "a ClientHello with a listed name and three final dots":
        (records(hello("blocked.example...")), True, True),
    "a ClientHello without a name": (with_sni(b""), False, False),
    "a ClientHello with a listed name and a NUL":
        (records(hello("blocked.example\0")), True, False),
    "a ClientHello with a name of 400 bytes": (records(hello("a." * 200)), True, False),
    "a ClientHello with two names, the second of them listed": (with_sni(TWO), True, True),
    "a ClientHello with a listed name of another type":
        (with_sni(sni((1, b"blocked.example"), (0, b"a.example"))), False, False),
    "a ClientHello with server_name twice": (with_sni(sni((0, b"a.example")) * 2), True, False),
    "a ClientHello with an empty list of names": (with_sni(b"\0\0\0\2\0\0"), True, False),
    "a ClientHello with a list of names longer than the extension":
        (with_sni(b"\0\0\0\4\0\3\0\0"), True, False),
    "a ClientHello with a listed name in two records":
        (records(hello("blocked.example"), cuts=(1,)), True, True),
    "a ClientHello with a listed name in records of a byte":
        (records(hello("blocked.example"), 1), True, True),
    "a ClientHello with a listed name after ChangeCipherSpec": (CCS + BLOCKED, True, True),
    "a ClientHello after three ChangeCipherSpec": (CCS * 3 + FREE, False, False),
    "a ClientHello after an empty record": (b"\x16\3\1\0\0" + FREE, True, False),
    "a ClientHello with an empty record in it":
        (records(hello("free.example"), cuts=(9, 9)), True, False),
    "a ClientHello after an alert": (b"\x15\3\1\0\2\1\0" + BLOCKED, True, False),
    "a handshake message of another type":
        (records(b"\2" + hello("free.example")[1:]), True, False),
    "a ClientHello of 2 KB": (records(hello("free.example", 2000)), False, False),
    "a ClientHello of 2 KB with a listed name":
        (records(hello("blocked.example", 2000)), True, True),
    "a ClientHello of more than 16 KB": (records(hello("free.example", 17000)), True, False),
    "a ClientHello before a second one": (FREE + BLOCKED, True, False),
    "a ClientHello before application data": (FREE + b"\x17\3\3\0\1x" + BLOCKED, False, False),
    "a second ClientHello after early data": (EARLY + b"\x17\3\3\0\1x" + BLOCKED, True, False),
    "a free second ClientHello after early data": (EARLY + b"\x17\3\3\0\1x" + FREE, False, False),
    "a second ClientHello after an alert": (FREE + b"\x15\3\3\0\2\1\x5a" + BLOCKED, True, False),
    "a second ClientHello that is malformed": (FREE + MALFORMED, True, False),
    "a second ClientHello with another type in the middle":
        (FREE + b"\x16\3\1\0\x0a" + hello("free.example")[:10] + b"\x17\3\3\0\1x", True, False),
    "a second ClientHello after an empty record":
        (FREE + b"\x16\3\1\0\0" + BLOCKED, True, False),
    "a ClientHello before an encrypted Finished that begins like one":
        (FREE + CCS + b"\x16\3\3\0\x28\1" + b"\xee" * 39, False, False),
    "a ClientHello with a name and a port": (records(hello("blocked.example:443")), True, False),
    "a ClientHello with an IPv6 address": (records(hello("[2001:db8::1]")), False, False),
    "a ClientHello before a key exchange":
        (FREE + b"\x16\3\3\0\4\x10\0\0\0" + CCS + b"\x16\3\3\0\4\1\0\0\0", False, False),
    "a ClientHello of 12 KB three times": (records(hello("free.example", 12000)) * 3, True, False),
    "a ClientHello with bytes after the extensions":
        (records(b"\1" + (len(FREE) - 8).to_bytes(3, "big") + FREE[9:] + b"x"), True, False),
    "a ClientHello of SSL 2": (b"\x80\x2e\1\3\1" + b"x" * 43, True, False),
    "an HTTP request": (b"GET / HTTP/1.1\r\n\r\n", True, False),
}


def tls(c):
    c.create("tls", script("tls"), budget=u32(1000000), maxalloc=u64(64 << 20))
    t = Trial(c, "tls")
    for name, (data, want, loose) in HELLOS.items():
        judged(t, "tls: " + name, data, want, loose)
    judged_before(t)
    for name, data, end in (
            ("a free ClientHello and data", FREE + b"\x17\3\3\0\3abc" * 9, None),
            ("a blocked ClientHello and data", BLOCKED + b"x" * 50, len(BLOCKED)),
            ("a free ClientHello of 2 KB in records", records(hello("free.example", 1700), 200),
             None),
            ("a blocked ClientHello in records", CCS + records(hello("a.blocked.example"), 33),
             len(CCS + records(hello("a.blocked.example"), 33)))):
        for _ in range(3):
            in_pieces(t, "tls: " + name, data, end)
    t.begin(isn=0xffffffc0)
    equal("tls: a blocked message is refused when its sequence numbers wrap around",
          [t.send(90, BLOCKED[90:]), t.send(0, BLOCKED[:90])], [False, True])
    equal("tls: a blocked message that begins in the SYN is refused",
          [t.begin(data=BLOCKED[:90]), t.send(90, BLOCKED[90:])], [False, True])
    equal("tls: a SYN with all of a blocked message is refused", t.begin(data=BLOCKED), True)
    t.begin(version=6)
    equal("tls: a blocked message in two segments is refused over IPv6",
          [t.send(90, BLOCKED[90:]), t.send(0, BLOCKED[:90])], [False, True])
    same(t, FREE, BLOCKED)
    t.begin()
    equal("tls: urgent data after the ClientHello passes",
          [t.send(0, FREE + b"\x17\3\3\0\1"), t.send(len(FREE) + 5, b"x", URG)], [False, False])
    t.begin()
    t.send(0, FREE + b"\x17\3\3\0\1")
    equal("tls: more than 4 GiB of data after the ClientHello pass",
          {t.send(at, b"z" * 1000)
           for at in range(len(FREE) + 5, (4 << 30) + len(FREE), 16000000)} |
          {t.send((4 << 30) + 90, b"z" * 100)}, {False})
    if not DEBUG_KERNEL:  # which takes longer for it than the script's period of 60 s
        limits(t, c)


def same(t, free, blocked):
    """Tests what both filters do alike: contradictory segments, SYNs, resets and pauses."""
    half = len(blocked) // 3
    t.begin()
    equal("%s: a blocked message over a free one is refused, with all that follows" % t.state,
          [t.send(0, free), t.send(0, blocked), t.send(0, blocked), t.send(len(free), b"x")],
          [False, True, True, True])
    t.begin()
    equal("%s: a second half that contradicts bytes sent before is refused" % t.state,
          [t.send(0, blocked[:half]), t.send(half + 1, b"x" * 9), t.send(half, blocked[half:])],
          [False, False, True])
    t.begin()
    equal("%s: a segment that contradicts one byte is refused" % t.state,
          [t.send(0, free[:half]), t.send(half - 1, b"\0")], [False, True])
    t.begin()
    equal("%s: a keep-alive probe before a free message passes" % t.state,
          [t.send(-1, b"\0"), t.send(0, free)], [False, False])
    t.begin()
    equal("%s: urgent data in a free message is refused" % t.state,
          [t.send(0, free[:half]), t.send(half, free[half:], URG)], [False, True])
    t.begin()
    equal("%s: a blocked message is refused in spite of a reset in it" % t.state,
          [t.send(0, blocked[:half]), t.send(half, b"", RST), t.send(half, blocked[half:])],
          [False, False, True])
    t.begin()
    equal("%s: a free message passes in spite of a reset with data in it" % t.state,
          [t.send(0, free[:half]), t.send(half, b"\1\2", RST), t.send(half, free[half:])],
          [False] * 3)
    for shift in (70000, -3, 1 << 31):
        t.begin()
        again = t.packet(t.isn + shift, b"", SYN)
        equal("%s: a blocked message is refused in spite of a second SYN, %d further"
              % (t.state, shift), [again, t.send(half, blocked[half:]), t.send(0, blocked[:half])],
              [False, False, True])
    t.begin()
    equal("%s: SYNs with more than four sequence numbers are refused" % t.state,
          [t.packet(t.isn + i * 1000000, b"", SYN) for i in range(1, 6)],
          [False] * 3 + [True] * 2)
    t.begin()
    t.send(0, free)
    port, isn = t.port, t.isn
    t.isn = isn + (1 << 30)
    equal("%s: a free message on a second connection with the same ports passes" % t.state,
          [t.packet(t.isn, b"", SYN), t.send(half, free[half:]), t.send(0, free[:half])],
          [False] * 3)
    t.isn = t.isn + (1 << 30)
    equal("%s: a blocked message on a third connection with the same ports is refused" % t.state,
          [t.packet(t.isn, b"", SYN), t.send(half, blocked[half:]), t.send(0, blocked[:half])],
          [False, False, True])
    t.begin()
    t.c.exec(t.state, "streams.turn()")
    equal("%s: a blocked message is refused after a pause of one period" % t.state,
          [t.send(half, blocked[half:]), t.send(0, blocked[:half])], [False, True])
    t.begin()
    t.send(0, free[:half])
    t.c.exec(t.state, "streams.turn() streams.turn()")
    equal("%s: a free message is refused after a pause of two periods" % t.state,
          [t.send(half, free[half:]), t.send(0, free)], [True, True])
    t.c.exec(t.state, "refuse_unknown = false")
    equal("%s: only a blocked message is refused after the pause if refuse_unknown is false"
          % t.state, [t.send(half, free[half:]), t.send(0, blocked[:half]),
                      t.send(half, blocked[half:])], [False, False, True])
    t.c.exec(t.state, "refuse_unknown = true")
    forgotten(t, free, blocked)


def forgotten(t, free, blocked):
    """A refused connection is forgotten in the second period, whatever comes meanwhile."""
    def again():
        return t.begin(isn=RANDOM.randrange(1 << 32), port=t.port)

    t.begin()
    equal("%s: a blocked message in one segment is refused" % t.state, t.send(0, blocked), True)
    t.c.exec(t.state, "streams.turn()")
    equal("%s: a refused connection is still refused after one period" % t.state,
          [t.send(0, blocked), again(), t.send(0, free)], [True] * 3)
    t.c.exec(t.state, "streams.turn()")
    equal("%s: a new connection with the refused ports passes after two periods" % t.state,
          [again(), t.send(0, free)], [False, False])
    t.begin()
    for _ in range(3):
        again()
    equal("%s: a fifth SYN with a new sequence number is refused" % t.state, again(), True)
    t.c.exec(t.state, "streams.turn()")
    equal("%s: a SYN is still refused one period after a fifth SYN" % t.state, again(), True)
    t.c.exec(t.state, "streams.turn()")
    equal("%s: a new connection passes two periods after a fifth SYN" % t.state,
          [again(), t.send(0, free)], [False, False])
    t.begin()
    t.c.exec(t.state, "streams.turn()")
    t.send(0, blocked)
    t.c.exec(t.state, "streams.turn()")
    equal("%s: a connection refused in its second period is still refused in the next" % t.state,
          again(), True)


def judged_before(t):
    """A connection whose ClientHello was judged may be silent for long."""
    def pause(times=1):
        t.c.exec(t.state, "for _ = 1, %d do streams.turn() end" % (2 * times))

    size, begun = len(FREE), FREE + b"\x17\3\3\0\x99"
    t.begin()
    equal("tls: data passes after a pause when the ClientHello was judged before",
          [t.send(0, begun), pause(), t.send(size, b"x" * 99), t.send(size + 99, b"y")],
          [False, None, False, False])
    pause(2)
    equal("tls: segments that contradict a judged ClientHello are refused, later data passes",
          [t.send(0, BLOCKED), t.send(size - 1, b"x" * 9), t.send(size + 100, b"z")],
          [True, True, False])
    at = (4 << 30) + 50
    for step in range(size + 101, at, 16000000):
        t.send(step, b"z" * 1000)
    equal("tls: data after 4 GiB passes at the sequence numbers of the ClientHello",
          [t.send(at - 1000, b"x" * 1000), t.send(at, b"y")], [False, False])
    for hour in range(3):
        t.c.exec(t.state, "streams.turn_judged() streams.turn()")
        equal("tls: data of an active connection passes in hour %d" % hour, t.send(at + 1, b"x"),
              False)
    t.c.exec(t.state, "streams.turn_judged()")
    pause()
    equal("tls: data passes after a pause of up to an hour", t.send(at + 1000, b"x"), False)
    pause()
    t.c.exec(t.state, "streams.turn_judged() streams.turn_judged()")
    equal("tls: data is refused after a pause of two hours", t.send(at + 1001, b"x"), True)
    t.begin()
    t.send(0, begun)
    t.begin(isn=t.isn + (1 << 20), port=t.port)
    pause()
    equal("tls: a new connection with the ports of a judged one is unknown after a pause",
          t.send(90, BLOCKED[90:]), True)
    t.begin()
    equal("tls: a connection that is refused after it was judged is refused after a pause",
          [t.send(0, begun), t.send(0, BLOCKED), pause(), t.send(size, b"x")],
          [False, True, None, True])
    t.begin()
    equal("tls: segments far from the beginning of a new connection are refused",
          [t.send(-100, b"x" * 100), t.send(70000, b"x"), t.send(-1, b"x")], [True, True, False])


# Clients that begin connections. Their packets differ only in the source address.
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
    """The filter follows only so many connections. What comes beyond that is refused."""
    c.exec(t.state, "streams.turn() streams.turn() begun = '\\22\\3\\1\\63\\255' .. ('x'):rep(1200) " + FILL)
    equal("tls: the SYNs of 20000 connections pass", c.eval(t.state, "passed[1]"), [20000])
    equal("tls: the SYN of one connection more than 20000 is refused", t.begin(), True)
    kept = c.eval(t.state, "passed[2]")[0]
    ok(12000 < kept < 13000, "tls: 12000 to 13000 segments of 1200 bytes are held", kept)
    ok(c.get(t.state).number("CURRALLOC") < 60 << 20,
       "tls: the connections and segments that are held take less than 60 MiB",
       c.get(t.state).number("CURRALLOC"))
    c.exec(t.state, "streams.turn() streams.turn()")
    equal("tls: a new connection passes when 20000 were forgotten",
          [t.begin(), t.send(0, FREE)], [False, False])


CHUNKS = b"5;a=b\r\nhello\r\n%x\r\n%s\r\n0\r\nX: y\r\n\r\n" % (len(BODY), BODY)
OPEN = GET % b"free.example"
REQUESTS = {
    "a request for a listed host": (BLOCKED_GET, True, True),
    "a request for a host that is not listed": (FREE_GET, False, False),
    "a listed host in a Host field in mixed case":
        (b"GET / HTTP/1.1\r\nhOSt: Blocked.EXAMPLE\r\n\r\n", True, True),
    "a listed host after Host: without a space":
        (b"GET / HTTP/1.1\r\nHost:blocked.example\r\n\r\n", True, True),
    "a listed host between tabs":
        (b"GET / HTTP/1.1\r\nHost:\tblocked.example\t \r\n\r\n", True, True),
    "a listed host with a final dot and a port":
        (GET % b"blocked.example.:80" + b"\r\n", True, True),
    "a host below a listed one": (GET % b"www.blocked.example" + b"\r\n", True, True),
    "a host that only ends like a listed one":
        (GET % b"notblocked.example" + b"\r\n", False, False),
    "an IPv4 address as the host": (GET % b"10.9.2.2:8080" + b"\r\n", False, False),
    "an IPv6 address as the host": (GET % b"[fd00::1]:80" + b"\r\n", False, False),
    "a request without a host": (b"GET / HTTP/1.0\r\n\r\n", False, False),
    "a URI with a listed host":
        (b"GET http://blocked.example/ HTTP/1.1\r\nHost: free.example\r\n\r\n", True, True),
    "a URI with a user and a listed host":
        (b"GET HTTP://a:b@blocked.example:80 HTTP/1.1\r\nHost: a\r\n\r\n", True, True),
    "a URI with a free host and a Host field with a listed one":
        (b"GET http://free.example/ HTTP/1.1\r\nHost: blocked.example\r\n\r\n", True, True),
    "a URI with a host that is not listed":
        (b"GET http://free.example/ HTTP/1.1\r\nHost: free.example\r\n\r\n", False, False),
    "a request for OPTIONS *": (b"OPTIONS * HTTP/1.1\r\nHost: free.example\r\n\r\n", False, False),
    "a request whose lines end with LF": (b"GET / HTTP/1.1\nHost: free.example\n\n", True, False),
    "a request with a field line that ends with LF":
        (OPEN + b"X: y\nContent-Length: 9\r\n\r\n", True, False),
    "an incomplete request with a field line that ends with LF":
        (OPEN + b"X: y\nContent-", True, False),
    "a request with an empty line that ends with LF": (OPEN + b"\n", True, False),
    "a request after an empty line that ends with LF": (b"\n" + FREE_GET, True, False),
    "a request for a listed host after an empty line": (b"\r\n" + BLOCKED_GET, True, True),
    "a request after nine empty lines": (b"\r\n" * 9 + FREE_GET, False, False),
    "a trailer with a line that ends with LF":
        (POST + b"Transfer-Encoding: chunked\r\n\r\n0\r\nX: y\nX", True, False),
    "GET with a body that holds requests for a listed host":
        (OPEN + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY, True, False),
    "GET with a body of 3 bytes": (OPEN + b"Content-Length: 3\r\n\r\nabc", True, False),
    "GET with an empty body": (OPEN + b"Content-Length: 0\r\n\r\n", False, False),
    "HEAD with a body":
        (OPEN.replace(b"GET", b"HEAD") + b"Content-Length: 3\r\n\r\nabc", True, False),
    "GET with chunks": (OPEN + b"Transfer-Encoding: chunked\r\n\r\n" + CHUNKS, True, False),
    "DELETE with a body":
        (OPEN.replace(b"GET", b"DELETE") + b"Content-Length: 3\r\n\r\nabc", False, False),
    "a body with the header Sec-WebSocket-Key1":
        (POST + b"Content-Length: 3\r\nSec-WebSocket-Key1: x\r\n\r\nabc", True, False),
    "a body that holds requests for a listed host":
        (POST + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY, False, False),
    "a chunk that holds requests for a listed host":
        (POST + b"Transfer-Encoding: Chunked\r\n\r\n" + CHUNKS, False, False),
    "a request for a listed host after a body":
        (POST + b"Content-Length: 3\r\n\r\nabc" + BLOCKED_GET, True, True),
    "a request for a listed host after chunks":
        (POST + b"Transfer-Encoding: chunked\r\n\r\n" + CHUNKS + BLOCKED_GET, True, True),
    "a request for a listed host after one for a free host": (FREE_GET + BLOCKED_GET, True, True),
    "a segment with 90 requests for a free host": (FREE_GET * 90, False, False),
    "text that is no request":
        (b"a mail that quotes\r\nHost: blocked.example\r\nand goes on", True, False),
    "a request with two Host fields": (OPEN + b"Host: other.example\r\n\r\n", True, False),
    "a request with two Host fields, the second of them listed":
        (OPEN + b"Host: blocked.example\r\n\r\n", True, True),
    "a host with a percent encoding": (GET % b"blocked%2eexample" + b"\r\n", True, False),
    "a Host field with a space before the colon":
        (b"GET / HTTP/1.1\r\nHost : blocked.example\r\n\r\n", True, False),
    "a folded Host field": (b"GET / HTTP/1.1\r\nHost:\r\n blocked.example\r\n\r\n", True, False),
    "a field with a bare CR": (OPEN + b"X: a\rHost: b\r\n\r\n", True, False),
    "a field with a NUL": (OPEN + b"X: a\0b\r\n\r\n", True, False),
    "a line that is no field": (OPEN + b"abc\r\n\r\n", True, False),
    "a request line with two spaces":
        (b"GET  / HTTP/1.1\r\nHost: free.example\r\n\r\n", True, False),
    "a request of HTTP/0.9": (b"GET /\r\n", True, False),
    "the preface of HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", True, False),
    "a ClientHello": (FREE, True, False),
    "a body with two different lengths":
        (POST + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\n", True, False),
    "a body with the same length twice":
        (POST + b"Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc", False, False),
    "a body with a signed length": (POST + b"Content-Length: +3\r\n\r\n", True, False),
    "a body with a length and chunks":
        (POST + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", True, False),
    "a body with an unknown transfer coding":
        (POST + b"Transfer-Encoding: xchunked\r\n\r\n", True, False),
    "a body in chunks in HTTP/1.0":
        (POST.replace(b"1.1", b"1.0") + b"Transfer-Encoding: chunked\r\n\r\n", True, False),
    "a chunk without a size": (POST + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n", True, False),
    "a chunk that does not end after its size":
        (POST + b"Transfer-Encoding: chunked\r\n\r\n1\r\nabc", True, False),
    "a chunk's line that ends with LF":
        (POST + b"Transfer-Encoding: chunked\r\n\r\n1\nab", True, False),
    "a header section of more than 16 KB":
        (OPEN + b"X: " + b"x" * 16384 + b"\r\n\r\n", True, False),
    "a header section of 15 KB": (OPEN + b"X: " + b"x" * 15000 + b"\r\n\r\n", False, False),
    "a field with 16 KB of white space": (OPEN + b"X:" + b" \t" * 8000 + b"\r\n\r\n", False, False),
    "a header section of 300 lines": (OPEN + b"a:\r\n" * 300 + b"\r\n", True, False),
    "a trailer that is no field":
        (POST + b"Transfer-Encoding: chunked\r\n\r\n0\r\nabc\r\n\r\n", True, False),
    "a segment with 9000 chunks of a byte":
        (POST + b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 9000, True, False),
    "a segment with 101 requests": (FREE_GET * 101, True, False),
    "CONNECT with a URI":
        (b"CONNECT http://free.example/ HTTP/1.1\r\nHost: free.example\r\n\r\n", True, False),
    "CONNECT with a host":
        (b"CONNECT free.example:443 HTTP/1.1\r\nHost: free.example\r\n\r\n", True, False),
    "a WebSocket frame after Upgrade":
        (OPEN + b"Upgrade: websocket\r\n\r\n\x81\x85abcd", True, False),
    "a request for a listed host after Upgrade":
        (OPEN + b"Upgrade: websocket\r\n\r\n" + BLOCKED_GET, True, True),
    "a request for a free host after Upgrade":
        (OPEN + b"Upgrade: h2c\r\n\r\n" + FREE_GET, False, False),
}


def http(c):
    c.create("http", script("blockpage"), budget=u32(1000000), maxalloc=u64(64 << 20))
    t = Trial(c, "http")
    for name, (data, want, loose) in REQUESTS.items():
        judged(t, "http: " + name, data, want, loose)
    upload = POST + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY
    for name, data, end in (
            ("three free requests", FREE_GET * 3, None),
            ("a blocked request and data", BLOCKED_GET + b"x" * 50, len(BLOCKED_GET)),
            ("chunks and a free request",
             POST + b"Transfer-Encoding: chunked\r\n\r\n" + CHUNKS + FREE_GET, None),
            ("a body and a free request", upload + FREE_GET, None),
            ("a free and a blocked request", FREE_GET + BLOCKED_GET, len(FREE_GET + BLOCKED_GET))):
        for _ in range(3):
            in_pieces(t, "http: " + name, data, end)
    same(t, FREE_GET, BLOCKED_GET)
    t.begin()
    equal("http: a keep-alive probe after a request passes, a blocked request after it does not",
          [t.send(0, FREE_GET), t.send(len(FREE_GET) - 1, b"\0"),
           t.send(len(FREE_GET), BLOCKED_GET)], [False, False, True])
    t.begin()
    equal("http: an x in the place of a keep-alive probe is refused",
          [t.send(0, FREE_GET), t.send(len(FREE_GET) - 1, b"x")], [False, True])
    head = POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"
    t.begin()
    equal("http: a keep-alive probe within a body is refused",
          [t.send(0, head), t.send(len(head) - 1, b"\0")], [False, True])
    head = POST + b"Content-Length: 9999\r\n\r\n"
    t.begin()
    equal("http: a blocked request after a body is refused when the header's beginning comes last",
          [t.send(20, head[20:]), t.send(len(head) + 9999, BLOCKED_GET), t.send(0, head[:20])],
          [False, False, True])
    c.exec("http", "websocket = true")
    upgrade = OPEN + b"Upgrade: websocket\r\n\r\n"
    for what in (b"\x81\x85abcd", b"\x01\x80", b"\x8a\x80"):
        t.begin()
        equal("http: the WebSocket frame %r passes after Upgrade if websocket is true" % what,
              [t.send(0, upgrade), t.send(len(upgrade), what)], [False, False])
    for what in (b" ", b"\t", b"\v", b"\f", b"\x85", b"\n", b"\xa0", b"\x1c"):
        t.begin()
        equal("http: %r and a blocked request after Upgrade are refused if websocket is true"
              % what, [t.send(0, upgrade), t.send(len(upgrade), what + BLOCKED_GET)],
              [False, True])
    t.begin()
    equal("http: a WebSocket frame is refused without Upgrade if websocket is true",
          [t.send(0, FREE_GET), t.send(len(FREE_GET), b"\x81\x85")], [False, True])
    long_ones(t, c)


def long_ones(t, c):
    """The filter keeps neither bodies nor more than the last requests."""
    size = (4 << 30) + 100000000
    head = POST + b"Content-Length: %d\r\n\r\n" % size
    before = c.get("http").number("CURRALLOC")
    t.begin()
    equal("http: a body of more than 4 GiB passes", {t.send(0, head)} |
          {t.send(len(head) + at, b"z" * 1000) for at in range(0, size - 1000, 16000000)}, {False})
    equal("http: a blocked request after a body of more than 4 GiB is refused",
          t.send(len(head) + size, BLOCKED_GET), True)
    t.begin()
    head = POST + b"Transfer-Encoding: chunked\r\n\r\n"
    chunks = (b"400\r\n" + b"z" * 1024 + b"\r\n") * 60
    got = {t.send(0, head)} | {t.send(len(head) + i * len(chunks), chunks) for i in range(100)}
    equal("http: 6000 chunks pass", got, {False})
    equal("http: some of the last chunks pass again",
          t.send(len(head) + 97 * len(chunks), chunks), False)
    equal("http: a blocked request after 6000 chunks is refused",
          t.send(len(head) + 100 * len(chunks), b"0\r\n\r\n" + BLOCKED_GET), True)
    t.begin()
    request = OPEN + b"X: " + b"x" * 1000 + b"\r\n\r\n"
    equal("http: 200 free requests pass", {t.send(i * len(request), request) for i in range(200)},
          {False})
    equal("http: one of the last 20 requests passes again", t.send(180 * len(request), request),
          False)
    equal("http: the first of 200 requests is refused when it is sent again", t.send(0, request),
          True)
    equal("http: the next request passes after a forgotten one was refused",
          t.send(200 * len(request), request), False)
    equal("http: a blocked request in the place of one of the last is refused",
          t.send(190 * len(request), BLOCKED_GET), True)
    c.exec("http", "collectgarbage()")
    ok(c.get("http").number("CURRALLOC") - before < 1 << 20,
       "http: connections with long bodies and many requests take less than 1 MiB",
       c.get("http").number("CURRALLOC") - before)


main(tls, http)
