# SPDX-License-Identifier: GPL-2.0-or-later
"""Bridged packets: scripts send and reply on a bridge, which has an address of its own."""
from tap import equal, main, ok, sh
from topology import HOSTS, Capture, Net, batch, client, offloads, received, tcp, udp

SCRIPT = """
function f(frame, packet)
    if packet:sub(-8) == "original" then
        sent, why = nf.getpacket():send("another one")
    elseif packet:sub(-8) == "question" then
        sent, why = nf.reply(kind, "an answer")
    else
        return "accept"
    end
    return "drop"
end
"""


class Bridge(Net):
    """A bridge in r (x.1) with c (10.9.1.2, fd09:1::2) and s (x.3) on its ports."""

    def __init__(self):
        super().__init__("c", "r", "s")

    def __enter__(self):
        super().__enter__()
        sh("modprobe br_netfilter")
        batch(["link add br0 type bridge", "link set br0 up"], "r")
        for name, n in (("c", 2), ("s", 3)):
            self.link(name, "veth0", ["10.9.1.%d/24" % n, "fd09:1::%d/64" % n], "r", name, [])
            batch(["link set %s master br0" % name], "r")
        batch(["addr add %s dev br0" % address
               for address in ("10.9.1.1/24", "fd09:1::1/64 nodad")], "r")
        offloads("r", "br0", False)
        self.sh("r", "sysctl -qw net.bridge.bridge-nf-call-iptables=1 "
                     "net.bridge.bridge-nf-call-ip6tables=1")
        return self


def bridged(_):
    with Bridge() as net:
        c = client("r")
        c.create("fw", SCRIPT + "kind = 'udp'")
        for family, tool, far in ((4, "iptables-legacy", "10.9.1.3"),
                                  (6, "ip6tables-legacy", "fd09:1::3")):
            near = HOSTS[family][0]
            one, two = udp("c", near, 4000), udp("s", far, 53)
            one.sendto(b"first", (far, 53))
            equal("IPv%d: without a rule a datagram crosses the bridge" % family,
                  received(two, 5), (b"first", (near, 4000)))
            net.sh("r", "%s -A FORWARD -p udp -j LUA --state fw --function f" % tool)
            with Capture("s") as capture:
                one.sendto(b"original", (far, 53))
                equal("IPv%d: a changed copy crosses the bridge instead of its datagram" % family,
                      received(two, 5), (b"another one", (near, 4000)))
                equal("IPv%d: the changed copy is sent once, with correct checksums" % family,
                      [p.faults for p in capture.packets([53])], [[]])
            one.sendto(b"question", (far, 53))
            equal("IPv%d: nf.reply on a bridge answers the sender" % family,
                  received(one, 5), (b"an answer", (far, 53)))
            one.sendto(b"last", (far, 53))
            equal("IPv%d: an accepted datagram crosses the bridge" % family,
                  received(two, 5), (b"last", (near, 4000)))
            for s in (one, two):
                s.close()
        equal("no call and no send() fails for bridged datagrams",
              (c.get("fw").number("ERRORS"), c.eval("fw", "why")), (0, [None]))
        c.close()


def stream(_):
    with Bridge() as net:
        c = client("r")
        c.create("fw", SCRIPT + "kind = 'tcp'")
        net.sh("r", "iptables-legacy -A FORWARD -p tcp --dport 80 -j LUA --state fw --function f "
                    "--tcp-payload")
        listener = tcp("s", "10.9.1.3", 80)
        listener.listen()
        sock = tcp("c", "10.9.1.2")
        sock.connect(("10.9.1.3", 80))
        sock.sendall(b"question")
        answer = b""
        while piece := sock.recv(100):
            answer += piece
        equal("a TCP client on a bridge gets nf.reply's answer and then the end", answer,
              b"an answer")
        ok(c.get("fw").number("ERRORS") == 0, "no call fails for bridged TCP segments",
           c.get("fw").text("LAST_ERROR"))
        for s in (sock, listener):
            s.close()
        c.close()


main(bridged, stream)
