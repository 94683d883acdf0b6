# SPDX-License-Identifier: GPL-2.0-or-later
"""Packets that are several on the wire (GSO, GRO): what scripts are told about them, and
that the examples handle them."""
import ctypes
import fcntl
import socket
import struct

from nflua_nl import N, attr, u32
from rules import Rule, settle
from tap import DEBUG_KERNEL, TOP, Udp, equal, main, ok, wait_for
from topology import Inside, Router, client, received, udp
from wire import ipv4
from wire import udp as udp_header

PORT = 5300
WAIT = 3 if DEBUG_KERNEL else 0.3
UDP_SEGMENT = 103  # of SOL_UDP
LOOK = """
function look(frame, packet)
    local at = {}
    for first, last in packet:segments() do at[#at + 1] = first .. "-" .. last end
    seen = {packet.gso_segs, packet.gso_size, table.concat(at, " "), #packet.payload}
    most = math.max(most or 0, packet.gso_segs)
    copy, why = nf.getpacket()
    if copy then copy:close() end
    return false
end
"""


def example(name):
    with open(TOP + "/examples/%s.lua" % name) as f:
        return f.read()


def segmented(sock, to, data, size):
    sock.sendmsg([data], [(socket.SOL_UDP, UDP_SEGMENT, struct.pack("H", size))], 0, to)


def fields(c):
    c.create("d", LOOK)
    for tool, host in (("iptables-legacy", "127.0.0.1"), ("ip6tables-legacy", "::1")):
        through = Udp(PORT, host)
        with Rule("-m lua --state d --function look", "INPUT", tool):
            for data, size, want in (
                    (b"x" * 530, 100, [6, 100, "1-100 101-200 201-300 301-400 401-500 501-530", 530]),
                    (b"x" * 200, 100, [2, 100, "1-100 101-200", 200]),
                    (b"x" * 3, 1, [3, 1, "1-1 2-2 3-3", 3]),
                    (b"x" * 100, 100, [1, None, "1-100", 100]),
                    (b"x" * 100, None, [1, None, "1-100", 100]),
                    (b"", None, [1, None, "1-0", 0])):
                if size:
                    segmented(through.sender, through.to, data, size)
                else:
                    through.send(data)
                ok(wait_for(lambda: c.eval("d", "seen and seen[4]") == [len(data)]),
                   "%s: the function sees %d bytes, cut at %s" % (host, len(data), size))
                equal("%s: the GSO fields are right for %d bytes, cut at %s" %
                      (host, len(data), size),
                      c.eval("d", "seen[1], seen[2], seen[3], seen[4]"), want)
                equal("%s: nf.getpacket() copies %d bytes, cut at %s" %
                      (host, len(data), size), c.eval("d", "why"), [None])
                c.exec("d", "seen = nil")
        through.close()
    with Rule("-m lua --state d --function look", "INPUT", match="-p tcp --dport %d" % PORT):
        listener = socket.socket()
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 1000)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", PORT))
        listener.listen()
        sender = socket.create_connection(("127.0.0.1", PORT))
        peer, _ = listener.accept()
        c.exec("d", "most = 0")
        sender.sendall(b"x" * 200000)
        got = 0
        while got < 200000:
            got += len(peer.recv(65536))
        ok(c.eval("d", "most")[0] > 1, "some TCP packets have gso_segs above 1",
           c.eval("d", "most"))
        for sock in (sender, peer, listener):
            sock.close()
    equal("no call fails for packets that are several on the wire",
          (c.get("d").number("ERRORS"), c.get("d").text("LAST_ERROR")), (0, None))
    settle(c, "d")


def label(name):
    return b"".join(bytes([len(part)]) + part for part in name) + b"\0"


def query(*questions, count=None):
    return (struct.pack("!HHHHHH", 1, 0x100, len(questions) if count is None else count, 0, 0, 0) +
            b"".join(q + b"\0\1\0\1" for q in questions))


ADS = label([b"ads", b"example"])
FREE = label([b"www", b"free", b"example"])
FILL = label([b"a" * 59])[:-1]  # 60 bytes
# Padded to one length, so that UDP_SEGMENT can cut them.
LONG_FREE = query(FREE).ljust(60, b"\0")
LONG_ADS = query(ADS).ljust(60, b"\0")

NAMES = {  # the right verdict is about what a name server would read
    "a listed name": (query(ADS), True),
    "a name below a listed one": (query(label([b"a", b"b", b"ads", b"example"])), True),
    "a listed name in mixed case": (query(label([b"ADS", b"eXample"])), True),
    "another name": (query(FREE), False),
    "a name that only ends like a listed one": (query(label([b"badads", b"example"])), False),
    "a pointer to a listed name": (query(b"\xc0\x12" + b"\0\1\0\1" + ADS, count=1), True),
    "a label and a pointer to a listed name": (
        query(b"\3www\xc0\x16" + b"\0\1\0\1" + ADS, count=1), True),
    "a pointer to a pointer to a listed name": (
        query(b"\xc0\x12\0\1\0\1\xc0\x14" + ADS, count=1), True),
    "250 pointers to a listed name": (
        query(b"".join(struct.pack("!H", 0xc00e + 2 * i) for i in range(250)) + ADS), True),
    "a pointer to itself": (query(b"\xc0\x0c"), False),
    "pointers in a circle": (query(b"\1a\xc0\x0c"), False),
    "a pointer past the end": (query(b"\xff\xff"), False),
    "half a pointer": (query(b"\xc0")[:13], False),
    "a listed name as a single label with a dot": (query(label([b"ads.example"])), False),
    "a listed name after a dot in its first label": (query(label([b"x.ads", b"example"])), False),
    "a reserved label length": (query(b"\x80" + ADS), False),
    "a label of 64 bytes": (query(b"\x40" + b"a" * 64 + ADS), False),
    "a name of 255 bytes with a listed one at its end": (
        query(FILL * 3 + label([b"a" * 61])[:-1] + ADS), True),
    "a name of 256 bytes with a listed one at its end": (
        query(FILL * 3 + label([b"a" * 62])[:-1] + ADS), False),
    "a name of 1,213 bytes with a listed one at its end": (query(FILL * 20 + ADS), False),
    "a listed name in the second question": (query(FREE, ADS), True),
    "a listed name with a count of no questions": (query(count=0) + ADS, False),
    "a header without its question": (query(count=1), False),
    "a query cut in its header": (query(ADS)[:11], False),
    "an empty datagram": (b"", False),
}


def try_(c, message, times=1):
    """Returns how often the example matches the query, how often it fails, and ns per call."""
    m = c.request("RUN", attr("NAME", "n"), attr("FUNCTION", "blocked"), attr("REPEAT", u32(times)),
                  attr("PACKET", ipv4(17, udp_header(4000, 53, message))))[0]
    results = struct.unpack("%dQ" % (len(m.get("RESULTS")) // 8), m.get("RESULTS"))
    return (results[N["NFLUA_RUN_MATCH"]], results[N["NFLUA_RUN_ERROR"]],
            m.number("TIME_NS") // times)


def names(c):
    """Runs the example dns on queries as a rule would see them."""
    c.create("n", example("dns"), budget=u32(1000000 if DEBUG_KERNEL else 20000))
    for what, (message, want) in NAMES.items():
        equal("the example dns judges rightly: " + what, try_(c, message)[:2], (want, 0))
    plain = try_(c, query(FREE), 100)[2]
    for what, message in (
            ("many pointers", query(b"".join(struct.pack("!H", 0xc00e + 2 * i) for i in range(700)))),
            ("many labels", query(b"\1a" * 700)),
            ("many questions", query(*[label([b"a"] * 120)] * 5, count=65535))):
        got = try_(c, message, 100)
        equal("the example dns neither matches nor fails for " + what, got[:2], (0, 0))
        ok(got[2] < 300 * plain, "the example dns takes bounded time for %s" % what,
           (got[2], plain))
    c.destroy("n")


def filters(c):
    """Runs the examples on packets that are several on the wire."""
    receiver = Udp(PORT)

    def arrived(data, size):
        segmented(receiver.sender, receiver.to, data, size)
        return receiver.through(0)

    c.create("n", example("dns"))
    with Rule("-m lua --state n --function blocked -j DROP"):
        equal("the example dns lets joined queries for other names pass",
              arrived(LONG_FREE * 3, 60), 3)
        equal("the example dns drops joined queries of which the last has a listed name",
              arrived(LONG_FREE * 2 + LONG_ADS, 60), 0)
        equal("the example dns drops joined queries of which the first has a listed name",
              arrived(LONG_ADS + LONG_FREE, 60), 0)
    settle(c, "n")
    c.create("l", example("ratelimit") + "period = 60000")
    with Rule("-m lua --state l --function exceeds -j DROP"):
        got = sum(arrived(b"x" * 2000, 100) for _ in range(10))
        ok(20 <= got <= 50, "the example ratelimit counts each of joined datagrams", got)
    settle(c, "l")
    c.create("l", example("ratelimit") + "hosts_max, period = 0, 60000")
    with Rule("-m lua --state l --function exceeds -j DROP"):
        equal("the example ratelimit limits hosts beyond hosts_max, too", receiver.through(60), 50)
    settle(c, "l")
    script = example("accounting").replace("interval = 10000", "interval = 300").replace(
        "nf.netlink(0, 1, ", "tell(")
    c.create("a", "function tell(text) told = text end " + script)
    with Rule("-m lua --state a --function count"):
        segmented(receiver.sender, receiver.to, b"x" * 1050, 100)
        receiver.send(b"x" * 10)
        wait_for(lambda: c.eval("a", "told")[0])
    equal("the example accounting counts packets and bytes on the wire", c.eval("a", "told"),
          ["127.0.0.1 12 %d\n" % (1050 + 11 * 28 + 10 + 28)])
    settle(c, "a")
    receiver.close()


def features(name, device, wanted):
    """Does what `ethtool -K DEVICE NAME on|off` does (ETHTOOL_GSTRINGS, _SFEATURES)."""
    with Inside(name):
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    def call(data):
        value = ctypes.create_string_buffer(data, len(data))
        fcntl.ioctl(sock, 0x8946, struct.pack("16sP", device.encode(), ctypes.addressof(value)) + bytes(16))
        return value.raw

    count = struct.unpack_from("I", call(struct.pack("IIQI", 0x37, 0, 1 << 4, 0)), 16)[0]
    raw = call(struct.pack("III", 0x1b, 4, count) + bytes(32 * count))
    known = [raw[12 + 32 * i:44 + 32 * i].split(b"\0")[0].decode() for i in range(count)]
    blocks = (count + 31) // 32
    bits = [[0, 0] for _ in range(blocks)]
    for feature, on in wanted.items():
        i = known.index(feature)
        bits[i // 32][0] |= 1 << i % 32
        bits[i // 32][1] |= on << i % 32
    call(struct.pack("II", 0x3b, blocks) + b"".join(struct.pack("II", *b) for b in bits))
    sock.close()


def joined(_):
    """The router's device joins ordinary datagrams of an ordinary client."""
    for feature in ("rx-udp-gro-forwarding", "rx-gro-list"):
        with Router() as net:
            features("r", "c", {"rx-gro": True, feature: True})
            # Kernel 6.1 needs this for UDP_SEGMENT.
            features("c", "veth0", {"tx-checksum-ip-generic": True})
            c = client("r")
            c.create("d", LOOK)
            c.create("n", example("dns"))
            receiver, sender = udp("s", "10.9.2.2", PORT), udp("c", "10.9.1.2")
            net.sh("r", "iptables-legacy -A FORWARD -p udp -m lua --state d --function look")
            with Inside("c"):
                burst(sender, [LONG_FREE] * 20)
            got = 0
            while received(receiver, WAIT):
                got += 1
            equal("%s: all 20 datagrams arrive" % feature, got, 20)
            ok(c.eval("d", "(most or 0) > 1") == [True],
               "%s: the function sees joined datagrams" % feature, c.eval("d", "most"))
            if feature == "rx-gro-list":
                ok(c.eval("d", "why")[0] is None or "aggregated" in c.eval("d", "why")[0],
                   "rx-gro-list: nf.getpacket() copies, or says 'aggregated'", c.eval("d", "why"))
            net.sh("r", "iptables-legacy -I FORWARD -p udp -m lua --state n --function blocked -j DROP")
            with Inside("c"):
                burst(sender, [LONG_FREE, LONG_FREE, LONG_ADS] * 7)
            listed = 0
            while (m := received(receiver, WAIT)):
                listed += m[0] == LONG_ADS
            equal("%s: the example dns lets no query with a listed name pass" % feature, listed, 0)
            equal("%s: no call fails for joined datagrams" % feature,
                  [c.get(n).text("LAST_ERROR") for n in "dn"], [None] * 2)
            net.sh("r", "iptables-legacy -F")
            receiver.close()
            sender.close()
            c.close()


def burst(sock, datagrams):
    """Sends datagrams at once. The sender's kernel cuts them up, as its device does not, so
    they arrive together."""
    segmented(sock, ("10.9.2.2", PORT), b"".join(datagrams), len(datagrams[0]))


main(fields, names, filters, joined)
