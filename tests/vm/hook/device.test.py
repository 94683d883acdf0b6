# SPDX-License-Identifier: GPL-2.0-or-later
"""Hooks of a device: ingress and egress, of netdev and inet."""
import os
import socket
import struct
import threading
from errno import EBUSY, EINVAL

from attached import INET, IPV4, NETDEV, SEE, Hooked, hooked, send
from nflua_nl import N, u32
from rules import settle
from tap import Aside, equal, main, note, ok, refused, sh, wait_for
from topology import HOSTS, Inside, Net, Router, received, udp
from wire import Wire, eth, fragment, ipv4, ipv6
from wire import udp as datagram

INGRESS, EGRESS, INET_INGRESS = 0, 1, 5
PORT = 5310
BUDGET = 1000000
KERNEL = tuple(int(n) for n in os.uname().release.split(".")[:2])

LOOK = SEE % PORT + """
function all() return true end
function called() calls = (calls or 0) + 1 end
"""


def ask(c, script, name="fw"):
    return c.eval(name, script)


def forget(c, verdict="nil"):
    c.exec("fw", "seen, drop = {}, %s" % verdict)


def seen(c, n=1):
    """Returns the notes, once there are n."""
    wait_for(lambda: ask(c, "#seen")[0] >= n, 3)
    return ask(c, "table.unpack(seen)")


PLACES = ((NETDEV, INGRESS, "iif", "c", "INGRESS", "c nil 14", "netdev ingress"),
          (INET, INET_INGRESS, "iif", "c", "INGRESS", "c nil 14", "inet ingress"),
          (NETDEV, EGRESS, "oif", "s", "EGRESS", "nil s 14", "netdev egress"))


def seeing(_):
    """What functions see, and their verdicts."""
    with Router():
        c = hooked("r")
        c.create("fw", LOOK, budget=u32(BUDGET))
        for family, hook, which, device, name, devices, what in PLACES:
            place(c, family, hook, {which: device}, name, devices, what)
        settle(c, "fw")
        c.close()


def place(c, family, hook, device, name, devices, what):
    c.attach("f", hook, family, **device)
    for version, (here, there) in HOSTS.items():
        sink = udp("s", there, PORT)
        header = 28 if version == 4 else 48
        forget(c)
        send(("c", here), there, PORT, b"12345")
        ok(received(sink) is not None, "%s: IPv%d: without a verdict a datagram goes on" %
           (what, version))
        equal("%s: IPv%d: the function sees the packet without padding" % (what, version),
              seen(c), ["%s %d %d %d 5 %s %s" % (name, version, header + 5, header + 5, here,
                                                 devices)])
        for verdict in ("'drop'", "true", "'stolen'"):
            forget(c, verdict)
            send(("c", here), there, PORT)
            ok(seen(c) and received(sink, 0.1) is None,
               "%s: IPv%d: %s drops a datagram" % (what, version, verdict))
        for verdict in ("'accept'", "false", "'stop'"):
            forget(c, verdict)
            send(("c", here), there, PORT)
            ok(received(sink) is not None, "%s: IPv%d: %s lets a datagram pass" %
               (what, version, verdict))
        sink.close()
    errors = c.get("fw").number("ERRORS")
    forget(c, "'queue'")
    send(("c", HOSTS[4][0]), HOSTS[4][1])
    ok(seen(c) and wait_for(lambda: c.get("fw").number("ERRORS") == errors + 1),
       "%s: 'queue' is an error" % what, c.get("fw").text("LAST_ERROR"))
    ok("'queue', which is not a verdict" in c.get("fw").text("LAST_ERROR"),
       "%s: which says so" % what)
    c.detach_all()


# ---- What is not for IP -------------------------------------------------------------------


def frames(_):
    """Frames that IP would not take, or would cut, on the wire."""
    wire = Wire()
    for end in ("wa", "wb"):  # they send nothing of their own
        sh("sysctl -qw net.ipv6.conf.%s.disable_ipv6=1" % end)
    c = Hooked()
    c.create("fw", LOOK, budget=u32(BUDGET))
    c.attach("f", INGRESS, NETDEV, iif="wb")
    c.attach("called", INGRESS, NETDEV, iif="wb")
    data = datagram(4000, PORT, b"12345")
    good4, good6 = ipv4(17, data), ipv6(17, data)
    inner = struct.pack("!HH", 7, 0x0800) + good4
    cases = (
        (eth(0x0800, good4 + b"padding"), 1, "an IPv4 packet with padding"),
        (eth(0x86dd, good6 + b"padding"), 1, "an IPv6 packet with padding"),
        (eth(0x8100, inner), 1, "a packet with a VLAN tag"),
        (eth(0x0806, bytes(28)), 0, "ARP"),
        (eth(0x88cc, b"\2\7"), 0, "LLDP"),
        (eth(0x8864, b"\x11\0\0\1" + struct.pack("!HH", len(good4) + 2, 0x21) + good4), 0, "PPPoE"),
        (eth(0x0800, b""), 0, "nothing after the type of IPv4"),
        (eth(0x0800, good4[:19]), 0, "19 bytes of an IPv4 header"),
        (eth(0x0800, b"\x65" + good4[1:]), 0, "version 6 with the type of IPv4"),
        (eth(0x0800, b"\x44" + good4[1:]), 0, "an IPv4 header of 16 bytes"),
        (eth(0x0800, b"\x4f" + good4[1:]), 0, "an IPv4 header longer than its packet"),
        (eth(0x0800, good4[:-1]), 0, "an IPv4 packet that lacks a byte"),
        (eth(0x0800, good4[:2] + b"\0\x13" + good4[4:]), 0,
         "an IPv4 packet shorter than its header"),
        (eth(0x86dd, good6[:39]), 0, "39 bytes of an IPv6 header"),
        (eth(0x86dd, b"\x45" + good6[1:]), 0, "version 4 with the type of IPv6"),
        (eth(0x86dd, good6[:-1]), 0, "an IPv6 packet that lacks a byte"),
    )
    for frame, wanted, what in cases:
        c.exec("fw", "calls, seen = 0, {}")
        wire.send(frame)
        wire.send(eth(0x0800, ipv4(17, datagram(1, 2, b""))))  # the last to be counted
        wait_for(lambda w=wanted: ask(c, "calls")[0] > w, 3)
        equal("the function is called for %s: %s" % (what, bool(wanted)),
              ask(c, "calls, #seen"), [1 + wanted, wanted])
    forget(c)
    c.exec("fw", "function f(_, p) seen[#seen + 1] = p.frag_off .. ' ' .. tostring(p.mf) end")
    wire.send(eth(0x86dd, ipv6(44, fragment(17, 0, True, 7) + data)))
    wire.send(eth(0x0800, ipv4(17, bytes(16), frag=3)))
    equal("fragments come one by one", seen(c, 2), ["0 true", "24 false"])
    settle_hooks(c)
    c.close()
    wire.close()


# ---- Copies and replies -----------------------------------------------------------------

COPY = """
function f(_, packet)
    if not packet.udp or packet.udp.dport ~= %d or #packet.payload ~= 2 then return end
    sent = {nf.getpacket():send('copied')}
    return 'drop'
end
function g(_, packet)
    if packet.udp and packet.udp.dport == %d then
        replied = {nf.reply('udp', 'answer')}
        return 'drop'
    end
end
""" % (PORT, PORT)


def sending(_):
    with Router():
        c = hooked("r")
        for family, hook, which, device, _, _, what in PLACES:
            c.create("fw", COPY, budget=u32(BUDGET))
            for version, (here, there) in HOSTS.items():
                sink = udp("s", there, PORT)
                source = udp("c", here, 4000)
                i = c.attach("f", hook, family, **{which: device})
                source.sendto(b"xx", (there, PORT))
                got = received(sink)
                equal("%s: IPv%d: a copy with another payload is sent" % (what, version),
                      got and got[0], b"copied")
                c.detach(i)
                i = c.attach("g", hook, family, **{which: device})
                source.sendto(b"question", (there, PORT))
                got = received(source)
                equal("%s: IPv%d: nf.reply answers" % (what, version), got, (b"answer",
                                                                            (there, PORT)))
                ok(received(sink, 0.1) is None, "%s: IPv%d: and the datagram is dropped" %
                   (what, version))
                c.detach(i)
                sink.close()
                source.close()
            equal("%s: no call fails" % what, c.get("fw").text("LAST_ERROR"), None)
            settle(c, "fw")
        c.close()


LARGE = """
largest = 0
function f(_, packet)
    if not packet.tcp then return end
    packets = (packets or 0) + 1
    if packet.gso_segs > 1 and #packet > largest and #packet == packet.length then
        largest = #packet
    end
end
"""


def transfers(_):
    """A transfer over lo, whose packets are large and have no checksums yet."""
    c = Hooked()
    data = os.urandom(1 << 20) * 4
    sh("ip link set lo mtu 1500")
    for address in ("127.0.0.1", "::1"):
        for family, hook, which, _, _, _, what in PLACES:
            c.create("fw", LARGE, budget=u32(BUDGET))
            c.attach("f", hook, family, **{which: "lo"})
            listener = socket.create_server((address, PORT), family=socket.AF_INET6 if
                                            ":" in address else socket.AF_INET)
            sender = socket.create_connection((address, PORT))
            peer, _ = listener.accept()
            pusher = Aside(lambda s=sender: (s.sendall(data), s.shutdown(socket.SHUT_WR)))
            got = bytearray()
            peer.settimeout(60)
            while piece := peer.recv(1 << 20):
                got += piece
            pusher.end()
            for sock in (listener, sender, peer):
                sock.close()
            ok(got == data, "%s: %s: a transfer arrives whole" % (what, address), len(got))
            ok(ask(c, "packets, largest")[1] > 1600,
               "%s: %s: the function sees segments that are not cut yet" % (what, address),
               ask(c, "packets, largest"))
            equal("%s: %s: no call fails" % (what, address), c.get("fw").text("LAST_ERROR"), None)
            settle_hooks(c)
    sh("ip link set lo mtu 65536")
    c.close()


def settle_hooks(c):
    c.detach_all()
    settle(c, "fw")


# ---- Devices that come and go ---------------------------------------------------------------


def waits(c):
    return [bool(h.get("WAITS") is not None) for h in c.hooks()]


def going(_):
    with Net("r"):
        c = hooked("r")
        events = hooked("r")
        events.join("events")
        c.create("fw", "n = 0 function f() n = n + 1 end", budget=u32(BUDGET))
        c.attach("f", INGRESS, NETDEV, iif="later")
        equal("a hook of a device that is not there waits", waits(c), [True])

        def run(command):
            with Inside("r"):
                sh(command)

        run("ip link add later type dummy")
        equal("it does not when the device comes", waits(c), [False])
        refused("the state is in use by it", EBUSY, "hooks", c.destroy, "fw")
        run("ip link set later name other")
        equal("it waits when the device gets another name", waits(c), [True])
        run("ip link set other name later")
        equal("it does not when the device has its name again", waits(c), [False])
        run("ip netns add elsewhere; ip link set later netns elsewhere")
        equal("it waits when the device moves to another namespace", waits(c), [True])
        run("ip -n elsewhere link set later netns r")
        equal("it does not when the device comes back", waits(c), [False])
        run("ip link del later")
        equal("it waits when the device is deleted", waits(c), [True])
        run("ip link add one type dummy; ip link set one name later")
        equal("it does not when another device gets its name", waits(c), [False])
        told = [m.get("WAITS") is not None for m in told_by(events, 9)]
        equal("each change is an event", told,
              [True, False, True, False, True, False, True, False])
        c.detach_all()
        run("ip link del later; ip netns del elsewhere")
        equal("a hook that is removed waits for nothing", c.hooks(), [])
        c.attach("f", INGRESS, NETDEV, iif="later")
        c.detach_all()
        settle(c, "fw")
        events.close()
        c.close()


def told_by(events, most):
    """Returns the events of hooks that came, at most this many."""
    got = []
    events.sock.settimeout(1)
    try:
        while len(got) < most:
            got += [m for m in events.receive() if m.cmd == N["NFLUA_CMD_HOOK_NEW_NTF"]]
    except socket.timeout:
        pass
    return got


def closing(_):
    """The device and the namespace go while packets come."""
    for turn in range(5):
        with Router() as net:
            c = hooked("r")
            c.create("fw", "function f() end", budget=u32(BUDGET))
            for family, hook, which, device, *_ in PLACES:
                c.attach("f", hook, family, **{which: device})
            over = threading.Event()
            sender = Aside(flood, over)
            ok(wait_for(lambda: c.get("fw").number("CALLS") > 20),
               "turn %d: packets come" % turn)
            if turn % 2:
                net.sh("r", "ip link del c")
                equal("turn %d: the hooks of a device that goes wait" % turn,
                      sum(waits(c)), 2)
            c.close()
        over.set()
        sender.end()


def flood(over):
    """Sends datagrams until it is told to end, or the way is gone."""
    source = udp("c", HOSTS[4][0])
    try:
        while not over.is_set():
            source.sendto(b"x", (HOSTS[4][1], PORT))
    except OSError:
        pass
    source.close()


def wrong(_):
    c = Hooked()
    c.create("fw", LOOK)
    for what, more in (("ingress without a device", {"hook": INGRESS}),
                       ("egress without a device", {"hook": EGRESS}),
                       ("ingress with oif", {"hook": INGRESS, "oif": "lo"}),
                       ("egress with iif", {"hook": EGRESS, "iif": "lo"}),
                       ("ingress with two devices",
                        {"hook": INGRESS, "iif": "lo", "oif": "lo"})):
        refused("%s is refused" % what, EINVAL, "ingress or egress", c.attach, "f",
                family=NETDEV, **more)
    refused("a hook that netdev does not have is refused", EINVAL, "no such hook",
            c.attach, "f", 2, NETDEV, iif="lo")
    refused("ingress of the family ip is refused", EINVAL, "no such hook", c.attach, "f", 5,
            IPV4, iif="lo")
    settle(c, "fw")
    c.close()


def listed(_):
    """nft shows the hook."""
    if KERNEL < (6, 12):
        note("Linux %d.%d does not list hooks" % KERNEL)
        return
    c = Hooked()
    c.create("fw", LOOK)
    c.attach("all", INGRESS, NETDEV, iif="lo", priority=7)
    text = sh("nft list hooks netdev device lo")
    ok("nflua_hook_frame [nflua]" in text, "nft list hooks shows a hook of a device", text)
    settle_hooks(c)
    c.close()


main(seeing, frames, sending, transfers, going, closing, wrong, listed)
