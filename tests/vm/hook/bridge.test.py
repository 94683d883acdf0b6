# SPDX-License-Identifier: GPL-2.0-or-later
"""Hooks of bridges."""
import os
from errno import EEXIST, EINVAL

from attached import BRIDGE, INET, SEE, Hooked, hooked, send
from bridges import Switch
from nflua_nl import u32
from tap import Aside, equal, main, note, ok, refused, wait_for
from topology import offloads, received, tcp, udp

PRE, IN, FORWARD, OUT, POST = range(5)
FILTER = -200
PORT = 5311
BUDGET = 1000000
KERNEL = tuple(int(n) for n in os.uname().release.split(".")[:2])
HOST = {4: "10.9.1.%d", 6: "fd09:1::%d"}
C, B, S = 2, 1, 3

LOOK = SEE % PORT + """
function all(frame, packet)
    if packet.icmp and packet.version == 4 then calls = (calls or 0) + 1 end
    return true
end
function seven(frame, packet) packet.mark = 7 end
function answer(frame, packet)
    if packet.udp and packet.udp.dport == %d then nf.reply("udp", "answered") return true end
end
""" % PORT


def ask(c, script):
    return c.eval("fw", script)


def forget(c, verdict="nil"):
    c.exec("fw", "seen, drop = {}, %s" % verdict)


def seen(c):
    wait_for(lambda: ask(c, "#seen")[0] >= 1, 3)
    return ask(c, "table.unpack(seen)")


# A hook, who sends, who receives, its name, and the devices that a packet of it has.
PLACES = ((PRE, C, S, "PREROUTING", "c nil"), (FORWARD, C, S, "FORWARD", "c s"),
          (POST, C, S, "POSTROUTING", "nil s"), (IN, C, B, "INPUT", "c nil"),
          (OUT, B, S, "OUTPUT", "nil s"))
NAMES = {C: "c", B: "b", S: "s"}


def seeing(_):
    """What functions see, and their verdicts."""
    with Switch():
        c = hooked("b")
        c.create("fw", LOOK, budget=u32(BUDGET))
        for place in PLACES:
            for version in (4, 6):
                look(c, version, *place)
        c.detach_all()
        c.destroy("fw")
        c.close()


def look(c, version, hook, sender, receiver, name, devices):
    c.attach("f", hook, BRIDGE, priority=FILTER)
    here, there = HOST[version] % sender, HOST[version] % receiver
    what = "%s of a bridge, IPv%d" % (name.lower(), version)
    sink = udp(NAMES[receiver], there, PORT)
    length = (28 if version == 4 else 48) + 5
    forget(c)
    send((NAMES[sender], here), there, PORT, b"12345")
    ok(received(sink) is not None, "%s: a packet without a verdict goes on" % what)
    equal("%s: the function sees the packet without padding, and the ports" % what, seen(c),
          ["%s %d %d %d 5 %s %s 14" % (name, version, length, length, here, devices)])
    for verdict in ("'drop'", "true", "'stolen'", "'queue'", "'queue:9'"):
        forget(c, verdict)
        send((NAMES[sender], here), there, PORT)
        ok(seen(c) and received(sink, 0.1) is None, "%s: %s drops a packet" % (what, verdict))
    for verdict in ("'accept'", "false", "'stop'", "'queue:9:bypass'"):
        forget(c, verdict)
        send((NAMES[sender], here), there, PORT)
        ok(received(sink) is not None, "%s: %s lets a packet pass" % (what, verdict))
    equal("%s: none of these is an error" % what, c.get("fw").number("ERRORS"), 0)
    sink.close()
    c.detach_all()


def others(_):
    """What is not IP passes, and what another hook or family is for is not seen."""
    with Switch() as net:
        c = hooked("b")
        c.create("fw", LOOK, budget=u32(BUDGET))
        c.attach("all", FORWARD, BRIDGE)
        net.sh("c", "ip neigh flush dev veth0")
        net.sh("c", "ping -c 1 -W 1 10.9.1.3", check=False)
        ok("lladdr" in net.sh("c", "ip neigh show 10.9.1.3 dev veth0"),
           "ARP crosses a bridge whose hook drops all of IP")
        ok(ask(c, "calls")[0] >= 1, "the hook dropped the ping")
        before = ask(c, "calls")[0]
        net.sh("c", "ping -c 1 -W 2 10.9.1.1")
        equal("what is for the bridge's host is not forwarded", ask(c, "calls"), [before])
        c.detach_all()
        c.attach("all", FORWARD, INET)
        net.sh("c", "ping -c 1 -W 2 10.9.1.3")
        equal("a hook of inet does not see what a bridge forwards", ask(c, "calls"), [before])
        c.detach_all()
        only(c, net)
        c.destroy("fw")
        c.close()


def passes(net, target="10.9.1.3"):
    return " 1 received" in net.sh("c", "ping -c 1 -W 0.3 " + target, check=False)


def only(c, net):
    """The conditions of a hook."""
    for wanted, more, what in (
            (False, {"iif": "c", "oif": "s"}, "the ports of a packet"),
            (True, {"iif": "s", "oif": "s"}, "other ports"),
            (False, {"protocol": b"\1"}, "the protocol of a packet"),
            (True, {"protocol": b"\6"}, "another protocol"),
            (True, {"mark": 5}, "a mark that it has not")):
        c.attach("all", FORWARD, BRIDGE, **more)
        equal("a hook for %s %s the packet" % (what, "leaves" if wanted else "drops"),
              passes(net), wanted)
        c.detach_all()
    c.attach("seven", PRE, BRIDGE, priority=FILTER)
    c.attach("all", FORWARD, BRIDGE, mark=7)
    ok(not passes(net), "a hook of a bridge sets a mark, by which another one chooses")
    c.detach_all()


def beside(_):
    """Tables of nft for bridges, before and after the hook."""
    with Switch() as net:
        c = hooked("b")
        c.create("fw", LOOK, budget=u32(BUDGET))
        net.sh("b", "nft add table bridge t; "
               "nft 'add chain bridge t before { type filter hook forward priority -300; }'; "
               "nft 'add chain bridge t after { type filter hook forward priority 300; }'; "
               "nft add rule bridge t before ip protocol icmp meta mark set 9; "
               "nft add rule bridge t after ip protocol icmp meta mark 7 drop")
        ok(passes(net), "a ping passes the tables of nft")
        c.attach("seven", FORWARD, BRIDGE, priority=FILTER, mark=9)
        ok(not passes(net), "nft marks for a hook, which marks for nft")
        if KERNEL >= (6, 12):
            text = net.sh("b", "nft list hooks bridge")
            ok("nflua_hook_frame [nflua]" in text, "nft list hooks shows a hook of a bridge",
               text)
        else:
            note("Linux %d.%d does not list hooks" % KERNEL)
        c.detach_all()
        c.destroy("fw")
        c.close()


def answering(_):
    """nf.reply by the routes of the host that has the bridge."""
    with Switch():
        c = hooked("b")
        c.create("fw", LOOK, budget=u32(BUDGET))
        for hook, what in ((PRE, "prerouting"), (FORWARD, "forward")):
            c.attach("answer", hook, BRIDGE)
            for version in (4, 6):
                client = udp("c", HOST[version] % C)
                client.connect((HOST[version] % S, PORT))
                client.send(b"question")
                try:
                    answer = received(client)
                except ConnectionRefusedError:
                    answer = None
                equal("a function in %s of a bridge answers over IPv%d" % (what, version),
                      (answer or [None])[0], b"answered")
                client.close()
            c.detach_all()
        equal("answers are not errors", c.get("fw").text("LAST_ERROR"), None)
        c.destroy("fw")
        c.close()


SIZE = 3 << 20


def drain(listener):
    sock, _ = listener.accept()
    n = 0
    while True:
        data = sock.recv(1 << 16)
        if not data:
            break
        n += len(data)
    sock.close()
    return n


def transfers(_):
    """TCP with large segments, where all hooks read every packet."""
    with Switch():
        for name, device in (("c", "veth0"), ("s", "veth0"), ("b", "c"), ("b", "s")):
            offloads(name, device, True)
        c = hooked("b")
        c.create("fw", "n = 0 function read(f, p) if p.tcp then n = n + #p.payload:sub(0) end end",
                 budget=u32(BUDGET))
        for hook in (PRE, FORWARD, POST):
            c.attach("read", hook, BRIDGE)
        for version in (4, 6):
            listener = tcp("s", HOST[version] % S, PORT)
            listener.listen(1)
            end = Aside(drain, listener)
            client = tcp("c", HOST[version] % C)
            client.settimeout(30)
            client.connect((HOST[version] % S, PORT))
            client.sendall(bytes(SIZE))
            client.close()
            equal("all bytes of TCP over IPv%d cross a bridge" % version, end.end(), SIZE)
            listener.close()
        equal("reading them is no error", c.get("fw").number("ERRORS"), 0)
        ok(ask(c, "n")[0] >= 6 * SIZE, "all of them were read", ask(c, "n"))
        c.detach_all()
        c.destroy("fw")
        c.close()


def closing(_):
    """The bridge and its namespace go while hooks are there."""
    for turn in range(3):
        with Switch() as net:
            c = hooked("b")
            c.create("fw", LOOK, budget=u32(BUDGET))
            for hook in range(5):
                c.attach("f", hook, BRIDGE)
            if turn == 1:
                net.sh("b", "ip link del br0")
                equal("hooks of bridges stay without a bridge", len(c.hooks()), 5)
            c.close()
    ok(True, "a namespace goes with hooks of bridges")


def wrong(_):
    c = Hooked()
    c.create("fw", LOOK)
    refused("brouting is refused", EINVAL, "no such hook", c.attach, "f", 5, BRIDGE)
    refused("input of a bridge with oif is refused", EINVAL, "leave by no device",
            c.attach, "f", IN, BRIDGE, oif="c")
    c.attach("f", IN, BRIDGE)
    refused("the same hook of a bridge twice is refused", EEXIST, None, c.attach, "f", IN,
            BRIDGE)
    c.attach("f", IN, INET)
    equal("the same hook number of inet is another hook", len(c.hooks()), 2)
    c.detach_all()
    c.destroy("fw")
    c.close()


main(seeing, others, beside, answering, transfers, closing, wrong)
