# SPDX-License-Identifier: GPL-2.0-or-later
"""Clients try to bypass tls.lua and blockpage.lua on a router, with handmade segments that
a real server reads. Connections that are not blocked must come through untouched."""
import socket
import struct
import time

from clients import (ACK, BLOCKED, BLOCKED_GET, BODY, FREE, FREE_GET, POST, RANDOM, RST, SYN, URG,
                     scattered)
from readme import SLOW, hello, records
from tap import equal, ok, wait_for
from topology import HOSTS, Inside, checksum, tcp
from wire import ip, ipv4
from wire import tcp as header

NEAR, FAR = HOSTS[4]


class Hand:
    """A connection from c with handmade segments."""

    ports = iter(range(20000, 30000))

    def __init__(self, port=443):
        self.port, self.to = next(self.ports), port
        with Inside("c"):
            self.sock = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
            self.back = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP)
        self.isn, self.next, self.reset, self.data = RANDOM.randrange(1 << 32), 0, False, b""

    def segment(self, seq, data=b"", flags=ACK, ttl=64, urgent=0, fragments=0, spoilt=0):
        segment = header(self.port, self.to, data, flags, seq & 0xffffffff, self.next, window=65535, urgent=urgent)
        segment = segment[:16] + b"\0\0" + segment[18:]
        pseudo = ip(NEAR) + ip(FAR) + struct.pack("!HH", 6, len(segment))
        segment = segment[:16] + struct.pack("!H", checksum(pseudo + segment) ^ spoilt) + segment[18:]
        size = fragments or len(segment)
        for at in range(0, len(segment), size):
            more = 0x2000 if at + size < len(segment) else 0
            self.sock.sendto(ipv4(6, segment[at:at + size], NEAR, FAR, ttl=ttl, frag=more | at // 8,
                                  ident=self.port), (FAR, 0))

    def send(self, at, data, flags=ACK, **more):
        self.segment(self.isn + 1 + at, data, flags, **more)

    def look(self, seconds):
        """Takes in a packet that came back. Returns whether there was one."""
        self.back.settimeout(seconds)
        try:
            packet = self.back.recv(65536)[20:]
        except OSError:
            return False
        if struct.unpack_from("!HH", packet) == (self.to, self.port):
            if packet[13] & SYN:
                self.next = struct.unpack_from("!I", packet, 4)[0] + 1
            self.reset = self.reset or bool(packet[13] & RST)
            self.data += packet[(packet[12] >> 4) * 4:]
        return True

    def open(self, listener):
        self.segment(self.isn, b"", SYN)
        ok(wait_for(lambda: self.look(0.1) and self.next),
           "port %d answers the SYN of a handmade connection" % self.to)
        self.segment(self.isn + 1, b"", 0x10)
        return listener.accept()[0]

    def close(self):
        self.segment(self.isn + 1, b"", RST)
        self.sock.close()
        self.back.close()


def through(listener, pieces, size, port=443, ends=None):
    """Sends pieces: a segment (offset, data, more arguments), seconds to wait, or a
    function to call. Returns what the server reads, and the client's connection."""
    hand = Hand(port)
    peer = hand.open(listener)
    peer.settimeout(0.02)
    for piece in pieces:
        if isinstance(piece, float):
            time.sleep(piece)
        elif callable(piece):
            piece()
        else:
            hand.send(*piece[:2], **(piece[2] if len(piece) > 2 else {}))
    got, end = b"", time.monotonic() + (0.4 if ends is None else 5) * SLOW
    while len(got) < size and time.monotonic() < end and not hand.reset and not (ends and ends in hand.data):
        while hand.look(0.001):
            pass
        try:
            piece = peer.recv(65536)
        except socket.timeout:
            continue
        except OSError:
            break
        if not piece:
            break
        got += piece
    peer.close()
    hand.close()
    return got, hand


LOST = {"ttl": 2}  # passes the router, and is lost before the server


def prepare(x, port):
    """Keeps c from resetting handmade connections, and s from seeing lost segments."""
    x.net.sh("c", "iptables -A OUTPUT ! -f -p tcp --tcp-flags RST,PSH RST -j DROP")
    x.net.sh("s", "iptables -t raw -A PREROUTING -m ttl --ttl-lt 2 -j DROP")
    listener = tcp("s", FAR, port)
    listener.listen(50)
    return listener


def fakes(free, blocked, middle):
    """Returns connections by name, with segments from which a server would read what is
    blocked."""
    a, b = blocked[:middle], blocked[middle:]
    cut = middle // 2
    return {
        "a blocked message in one segment": [(0, blocked)],
        "a blocked message whose second half comes first": [(middle, b), (0, a)],
        "a blocked message byte by byte, backwards":
            [(i, blocked[i:i + 1]) for i in range(len(blocked) - 1, -1, -1)],
        "a blocked message in IP fragments": [(0, blocked, {"fragments": 48})],
        "a blocked message after a free one with a wrong checksum":
            [(0, free, {"spoilt": 1}), (0, blocked)],
        "a blocked message with a byte twice": [(0, a), (middle - 1, a[-1:] + b)],
        "a blocked message whose second half follows a lost fake of it":
            [(0, a), (middle, b"x" * (len(b) - 1), LOST), (middle, b)],
        "a blocked message whose second half follows a lost half of a free one":
            [(0, a), (middle, free[middle:], LOST), (middle, b)],
        "a blocked message after a lost free one": [(0, free, LOST), (0, blocked)],
        "a blocked message with an urgent byte":
            [(0, a), (middle, b"X", {"flags": URG, "urgent": 1}), (middle + 1, b)],
        "a blocked message after lost SYNs":
            [(-1, b"", {"flags": SYN, "ttl": 2}), (69999, b"", {"flags": SYN, "ttl": 2}),
             (middle, b), (0, a)],
        "a blocked message after a lost reset":
            [(0, b"", {"flags": RST, "ttl": 2}), (middle, b), (0, a)],
        "a blocked message after a keep-alive probe":
            [(-1, b"\0"), (cut, blocked[cut:]), (0, blocked[:cut])],
    }


def free_ones(name, listener, data, port):
    """All the data reaches the server, though each segment is sent only once."""
    for n in range(5):
        pieces = scattered(data) if n else [(0, data[:1400]), (1400, data[1400:])]
        got, _ = through(listener, pieces, len(data), port)
        ok(got == data, "%s: a free message in %d pieces comes through" % (name, len(pieces)),
           got[-100:])
    for what in ({"fragments": 200}, {}):
        pieces = [(0, data[:900] + b"x", {"spoilt": 1}), (0, data[:1400], what), (1400, data[1400:])]
        got, _ = through(listener, pieces, len(data), port)
        ok(got == data, "%s: a free message %s after a spoilt segment comes through"
           % (name, "in IP fragments" if what else "in two segments"), got[-100:])


def silent(x, periods=2):
    """Returns a function that ages connections as if they were silent for so many periods."""
    def wait():
        time.sleep(0.3 * SLOW)
        x.c.exec(x.state, "for _ = 1, %d do streams.turn() end" % periods)
    return wait


def pauses(x, free, blocked, middle):
    """Returns connections as fakes() does, which are silent for long."""
    a, b = blocked[:middle], blocked[middle:]
    ahead = middle - len(free)  # here a free message ends where the rest of the other begins
    return {
        "a blocked message with a pause in it": [(0, a), silent(x), (middle, b)],
        "a blocked message after a pause": [silent(x), (middle, b), (0, a)],
        "a blocked message, backwards with a pause in it": [(middle, b), silent(x), (0, a)],
        "a blocked message with a pause, a lost SYN and a lost free one in it":
            [(0, a), silent(x), (ahead - 1, b"", {"flags": SYN, "ttl": 2}),
             (ahead, free, LOST), (middle, b)],
    }


def answers_after_refusal(x, listener):
    """Whether a client that was refused, and always uses the same port, gets an answer at
    once, after one period of silence, and after two."""
    def begin():
        hand = Hand(listener.getsockname()[1])
        hand.port = 29999
        hand.segment(hand.isn, b"", SYN)
        return hand, wait_for(lambda: hand.look(0.1) and hand.next, 0.5 * SLOW)

    def end(hand):
        hand.close()
        time.sleep(0.3 * SLOW)

    hand = Hand(listener.getsockname()[1])
    hand.port = 29999
    peer = hand.open(listener)
    hand.send(0, {443: BLOCKED, 80: BLOCKED_GET}[hand.to])
    ok(wait_for(lambda: hand.look(0.1) and (hand.reset or b"here" in hand.data)),
       "%s: a client that keeps its port is refused" % x.state)
    end(hand)
    peer.close()
    answers = []
    for period in range(3):
        if period:
            silent(x, 1)()
        hand, answer = begin()
        answers.append(bool(answer))
        end(hand)
    return answers


def recovers(x, listener):
    """The script's own periods, of 60 seconds, may come in between, but not each time."""
    for _ in range(3):
        answers = answers_after_refusal(x, listener)
        if answers == [False, False, True]:
            break
    equal("%s: a client that was refused can reuse its port after 2 periods, not before"
          % x.state, answers, [False, False, True])

def live_tls(x):
    listener = prepare(x, 443)
    cases = fakes(FREE, BLOCKED, 100) | pauses(x, FREE, BLOCKED, 100)
    cases["a blocked message after a lost free one and its next record"] = \
        [(0, FREE + b"\x17\3\3\0\1x", LOST), (0, BLOCKED)]
    done = FREE + b"\x17\3\3\0\1x"
    cases["a blocked message after a pause and a free one in a SYN"] = \
        [silent(x), (-1 - len(done), done, {"flags": SYN}), (0, BLOCKED)]
    cases["a blocked message with 6.5 seconds in it"] = \
        [(0, BLOCKED[:100]), 6.5, (100, BLOCKED[100:])]
    for name, pieces in cases.items():
        got, hand = through(listener, pieces, len(BLOCKED))
        ok(len(got) < len(BLOCKED) - 1, "tls: %s is refused" % name, got)
        if "urgent" not in name and "reset" not in name:
            equal("tls: the client of %s gets a reset" % name, hand.reset, True)
    # The rule for urgent data drops the segment that announces it, so the server drops no byte.
    data = records(hello("blXocked.example"))
    got, _ = through(listener, [(0, b"", {"flags": URG, "urgent": data.index(b"X") + 1}), (0, data)], len(data))
    equal("tls: a byte that an empty segment announces as urgent reaches the server in place", got,
          data)
    x.run("iptables -D FORWARD -p tcp --dport 443 --tcp-flags URG URG -j DROP")
    got, hand = through(listener, cases["a blocked message with an urgent byte"], len(BLOCKED))
    equal("tls: the script refuses an urgent byte when no rule drops it",
          (len(got) <= 100, hand.reset), (True, True))
    data = records(hello("free.example", 1500)) + b"\x17\3\3\x01\0" + b"d" * 256
    free_ones("tls", listener, data, 443)
    half = len(data) - 99
    got, _ = through(listener, [(0, data[:1400]), (1400, data[1400:half]), silent(x, 4),
                                (half, data[half:half + 9]), silent(x, 4), (half + 9, data[half + 9:])], len(data))
    ok(got == data, "tls: a free message and its data come through after pauses", got[-100:])
    recovers(x, listener)
    listener.close()


def live_http(x):
    listener = prepare(x, 80)
    for name, pieces in pauses(x, FREE_GET, BLOCKED_GET, 26).items():
        got, hand = through(listener, pieces, len(BLOCKED_GET), 80, b"408 Request Timeout")
        equal("http: %s is refused with 408 Request Timeout" % name,
              (len(got) < len(BLOCKED_GET) - 1, b"408 Request Timeout" in hand.data), (True, True))
    for name, pieces in fakes(FREE_GET, BLOCKED_GET, 26).items():
        got, hand = through(listener, pieces, len(BLOCKED_GET), 80,
                            None if "urgent" in name or "reset" in name else b"</html>\n")
        ok(len(got) < len(BLOCKED_GET) - 1, "http: %s is refused" % name, got)
        if "urgent" not in name and "reset" not in name:
            equal("http: the client of %s gets the page once" % name,
                  hand.data.count(b"Not from here"), 1)
    for cut in (18, 24, 30, len(BLOCKED_GET) - 2):
        got, hand = through(listener, [(0, BLOCKED_GET[:cut]), 0.05, (cut, BLOCKED_GET[cut:])],
                            len(BLOCKED_GET), 80, b"</html>\n")
        equal("http: a blocked request cut at %d gets the page" % cut,
              (got, b"Not from here" in hand.data), (BLOCKED_GET[:cut], True))
    data = FREE_GET + BLOCKED_GET
    got, hand = through(listener, [(0, data)], len(data), 80, b"</html>\n")
    equal("http: a blocked request after a free one in a segment gets the page",
          (got, b"Not from here" in hand.data), (b"", True))
    free_ones("http", listener, FREE_GET + POST + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY, 80)
    recovers(x, listener)
    listener.close()
