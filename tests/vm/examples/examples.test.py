# SPDX-License-Identifier: GPL-2.0-or-later
# Of scripts: left out with older kernels.
"""Runs the examples with the commands of examples/README.md, on a router."""
import itertools
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

from evasion import live_http, live_tls
from readme import SLOW, Example, commands, hello, records
from servers import smuggling
from tap import TOP, equal, main, ok, sh, wait_for
from topology import HOSTS, Inside, Router, checksum, client, received, tcp, udp
from wire import fragment, ip, ipv4, ipv6
from wire import udp as udp_header

NEAR, FAR = HOSTS[4]
NEAR6, FAR6 = HOSTS[6]


def label(name):
    return b"".join(bytes([len(part)]) + part.encode() for part in name.split(".")) + b"\0"


def query(name, number=0x1234):
    return (number.to_bytes(2, "big") + bytes.fromhex("01000001000000000000") + label(name) +
            bytes.fromhex("00010001"))


class Dns:
    """A DNS server for all names in .example, which logs its queries."""

    def __init__(self):
        self.log = tempfile.NamedTemporaryFile("r")
        with Inside("s"):
            self.process = subprocess.Popen(
                ["dnsmasq", "-k", "-C", "/dev/null", "-R", "-h", "-u", "root", "-a", FAR, "-a", FAR6, "-z", "-q",
                 "--pid-file", "--log-facility", self.log.name, "-A", "/example/192.0.2.1"])

    def close(self):
        self.process.terminate()
        self.process.wait()
        log = self.log.read()
        self.log.close()
        return log


def dig(x, name, server=FAR, how=""):
    return x.net.sh("c", "dig +short +tries=1 +time=%d @%s %s %s" % (2 * SLOW, server, name, how), check=False)


NUMBERS = itertools.count(1)


def send_fragments(sock, message, size=24):
    """Sends a datagram in fragments. The first fragments have only a part of the query."""
    v6 = sock.family == socket.AF_INET6
    near, far = (NEAR6, FAR6) if v6 else (NEAR, FAR)
    data = udp_header(sock.getsockname()[1], 53, message)
    pseudo = ip(near) + ip(far) + len(data).to_bytes(4, "big") + (17).to_bytes(4, "big")
    data = data[:6] + (checksum(pseudo + data) or 0xffff).to_bytes(2, "big") + data[8:]
    ident = next(NUMBERS)
    with Inside("c"), socket.socket(sock.family, socket.SOCK_RAW, socket.IPPROTO_RAW) as raw:
        for at in range(0, len(data), size):
            part, more = data[at:at + size], at + size < len(data)
            if v6:
                packet = ipv6(44, fragment(17, at, more, ident) + part, near, far)
            else:
                packet = ipv4(17, part, near, far, frag=more << 13 | at // 8, ident=ident)
            raw.sendto(packet, (far, 0))


def asks(name, sock, seconds=SLOW, fragments=False):
    """Sends a query. Returns whether it is answered in time."""
    number = next(NUMBERS)
    if fragments:
        send_fragments(sock, query(name, number))
    else:
        sock.sendto(query(name, number), (FAR6 if sock.family == socket.AF_INET6 else FAR, 53))
    while (got := received(sock, seconds)) is not None:
        if got[0][:2] == number.to_bytes(2, "big"):
            return True
    return False


def dns(_):
    path = "/etc/blocklist"
    with Example("DNS blocking", "dns", leave=1) as x:
        server, sock = Dns(), udp("c", NEAR)
        ok(wait_for(lambda: asks("up.example", sock), 20 * SLOW),
           "dns: the server answers through the filter over IPv4")
        for name, answer in (("www.free.example", "192.0.2.1"), ("ads.example", None),
                             ("a.b.ADS.example", None), ("badads.example", "192.0.2.1")):
            got = dig(x, name)
            equal("dns: a query of dig for %s is %s"
                  % (name, "answered" if answer else "dropped"),
                  got if "timed out" not in got else None, answer)
        sock6 = udp("c", NEAR6)
        ok(wait_for(lambda: asks("up.example", sock6), 20 * SLOW),
           "dns: the server answers through the filter over IPv6")
        for version, s in ((4, sock), (6, sock6)):
            equal("dns: over IPv%d only the query for a listed name is dropped" % version,
                  [asks("ads.example", s), asks("free.example", s)], [False, True])
            equal("dns: in fragments over IPv%d only the query for a listed name is dropped"
                  % version, [asks("ads.example", s, fragments=True),
                              asks("free.example", s, fragments=True)], [False, True])
        in_names(x, "names", lambda name: not asks(name, sock))
        big_list(x, path, sock)
        wrong_list(x, path, sock)
        equal("dns: a query over TCP is answered as long as no rule refuses TCP",
              dig(x, "www.free.example", how="+tcp"), "192.0.2.1")
        for line in commands("DNS blocking", 1):
            x.run(line)
        for server_ in (FAR, FAR6):
            got = dig(x, "www.free.example", server_, "+tcp")
            ok("refused" in got, "dns: a query over TCP to %s is refused" % server_, got)
        # Without connection tracking, nothing reassembles fragments.
        for tool in ("iptables", "ip6tables"):
            x.run(tool + " -D FORWARD -p udp --dport 53 -m conntrack --ctstate INVALID -j DROP")
        for s in (sock, sock6):
            equal("dns: fragments that are not reassembled are dropped over %s"
                  % ("IPv6" if s is sock6 else "IPv4"),
                  [asks("ads.example", s, fragments=True), asks("free.example", s)], [False, True])
            s.close()
        log = server.close()
        ok("badads.example" in log and "query[A] ads.example" not in log and ".ADS." not in log and
           log.count("host77777") == 2, "dns: no query for a listed name reaches the server",
           log[-500:])
    os.unlink(path)


def big_list(x, path, sock):
    """Loads a list of 100,000 names while queries arrive."""
    with open(path, "w") as f:
        f.writelines("host%d.list%d.example\n" % (i, i % 1000) for i in range(100000))
        f.write("Capitals.EXAMPLE.\n")
    stop, late, lost = threading.Event(), [], []

    def traffic():
        steady = udp("c", NEAR)
        while not stop.is_set():
            steady.sendto(query("steady.example"), (FAR, 53))
            if received(steady, 2 * SLOW) is None:
                late.append(1)
                if received(steady, 30 * SLOW) is None:
                    lost.append(1)
        steady.close()

    thread = threading.Thread(target=traffic)
    thread.start()
    equal("dns: a query is answered before the list with its name is loaded",
          asks("host77777.list777.example", sock, 10), True)
    for _ in range(2):
        x.run(x.lines[-1])
    equal("dns: a query for a name on a list of 100,000 is dropped",
          asks("host77777.list777.example", sock), False)
    equal("dns: a query for a name in the script is dropped after a list was loaded",
          asks("ads.example", sock), False)
    equal("dns: names on the loaded list may have capitals and a final dot",
          [asks("www.capitals.example", sock), asks("Capitals.Example", sock)], [False, False])
    stop.set()
    thread.join()
    equal("dns: no answer is lost while a list is loaded", len(lost), 0)
    # The machine may stand still that long once.
    ok(len(late) <= 1, "dns: at most one answer is late while a list is loaded", len(late))
    ok(x.c.get("dns").number("CURRALLOC") < 40 << 20,
       "dns: a list of 100,000 names takes less than 40 MiB", x.c.get("dns").number("CURRALLOC"))


def wrong_list(x, path, sock):
    """A list with a line that is no name is refused. The old list stays in force."""
    for line in ("*.example", "a..example", "", "b\u00fccher.example", "x\"] = 1 names = {} --", "1.2.3.4 example", "a\\b"):
        with open(path, "w") as f:
            f.write("new.example\n%s\n" % line)
        with Inside("r"):
            r = subprocess.run(["sh", "-c", x.lines[-1]], cwd=TOP, capture_output=True,
                               text=True, check=False)
        ok(r.returncode != 0 and "not a host name: '%s'" % line in r.stderr,
           "dns: a list with the line '%s' is refused" % line, r.stderr)
    equal("dns: the old list stays in force when a list is refused",
          [asks("new.example", sock), asks("host77777.list777.example", sock)], [True, False])


def in_names(x, table, blocked):
    """Names are found however they are written on the list. What is no name is refused."""
    for name in ("Written.EXAMPLE", "written.example."):
        equal("%s: www.written.example passes before %s is listed" % (x.state, name),
              blocked("www.written.example"), False)
        x.c.exec(x.state, "%s['%s'] = true" % (table, name))
        equal("%s: www.written.example is blocked when %s is listed" % (x.state, name),
              blocked("www.written.example"), True)
        x.c.exec(x.state, "%s['WRITTEN.example'] = nil" % table)
    for name in ("''", "'.'", "1", "{}", "true", "'.example'", "'a b'", "'*.example'", "'http://a.example/'", "'a..'", "('a.'):rep(128)", "('a'):rep(64)"):
        got = x.eval("pcall(function() %s[%s] = true end)" % (table, name))
        ok(got[0] is False and "not a host name" in got[1],
           "%s: %s[%s] = true is refused" % (x.state, table, name), got)


def tls_through(listener, data, cuts=(), port=443):
    """Sends a first message in pieces, cut at these places. Returns what a server gets."""
    v6 = listener.family == socket.AF_INET6
    sock = tcp("c", NEAR6 if v6 else NEAR, timeout=3)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.connect((FAR6 if v6 else FAR, port))
    peer, _ = listener.accept()
    peer.settimeout(0.5 * SLOW)
    got, at = b"", 0
    try:
        for cut in list(cuts) + [len(data)]:
            sock.sendall(data[at:cut])
            at = cut
            time.sleep(0.05)
        while len(got) < len(data):
            piece = peer.recv(65536)
            if not piece:
                break
            got += piece
    except OSError:
        pass
    peer.close()
    sock.close()
    return got


def tls(_):
    with Example("TLS SNI filtering", "tls", leave=1) as x:
        listener = tcp("s", FAR, 443)
        listener.listen(20)
        for name, blocked in (("free.example", False), ("blocked.example", True),
                              ("www.Blocked.Example", True), ("notblocked.example", False)):
            data = records(hello(name))
            for cuts in ((), (100,), (3,), (5, 60), (len(data) - 1,), tuple(range(40, len(data), 40))):
                got = tls_through(listener, data, cuts)
                equal("tls: %s is %s when it comes in %d pieces, cut at %s"
                      % (name, "refused" if blocked else "passed", len(cuts) + 1, str(cuts)[:20]),
                      got != data, blocked)
        for label_, data in (("an HTTP request", b"GET / HTTP/1.1\r\n\r\n"),
                             ("a record of application data", b"\x17\3\3\0\1x"),
                             ("an invalid ClientHello", b"\x16\3\1\0\x30\1" + b"\xff" * 47)):
            equal("tls: %s is refused" % label_, tls_through(listener, data), b"")
            x.c.exec("tls", "refuse_others = false")
            equal("tls: %s passes if refuse_others is false" % label_, tls_through(listener, data),
                  data)
            x.c.exec("tls", "refuse_others = true")
        equal("tls: hits is the number of refused connections", x.run(x.lines[-1]), "15\n")
        listener6 = tcp("s", FAR6, 443)
        listener6.listen(20)
        data = records(hello("free.example"))
        equal("tls: a name that is not listed passes over IPv6",
              tls_through(listener6, data, (100,)), data)
        ok(len(tls_through(listener6, records(hello("blocked.example")), (100,))) <= 100,
           "tls: a listed name is refused over IPv6")
        listener6.close()
        in_names(x, "names", lambda name: not tls_through(listener, records(hello(name))))
        for line in commands("TLS SNI filtering", 1):
            x.run(line)
        for s, far in ((udp("c", NEAR), FAR), (udp("c", NEAR6), FAR6)):
            s.connect((far, 443))
            s.send(b"x")
            try:
                got = s.recv(1)
            except OSError as e:
                got = type(e)
            equal("tls: QUIC to %s is refused" % far, got, ConnectionRefusedError)
            s.close()
        with_openssl(x)
        listener.close()
        live_tls(x)


def with_openssl(x):
    """The filter must know the ClientHello of a real client as well."""
    dir_ = tempfile.mkdtemp()
    sh("openssl req -x509 -newkey rsa:2048 -nodes -keyout %s/k -out %s/c -days 1 -subj /CN=x 2>/dev/null"
       % (dir_, dir_))
    with Inside("s"):
        server = subprocess.Popen(["openssl", "s_server", "-quiet", "-accept", "10.9.2.2:4433", "-key",
                                   dir_ + "/k", "-cert", dir_ + "/c", "-www"],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    x.run("iptables -A FORWARD -p tcp --dport 4433 -m lua --state tls --function blocked "
          "-j REJECT --reject-with tcp-reset")
    ok(wait_for(lambda: "4433" in x.net.sh("s", "ss -ltn"), 10 * SLOW),
       "tls: OpenSSL's server listens")
    for name, blocked in (("free.example", False), ("blocked.example", True)):
        out = x.net.sh("c", "echo | timeout %d openssl s_client -connect 10.9.2.2:4433 -servername %s "
                       "2>/dev/null" % (30 * SLOW, name), check=False)
        equal("tls: a connection of OpenSSL to %s is %s"
              % (name, "refused" if blocked else "passed"), "BEGIN CERTIFICATE" not in out, blocked)
    server.send_signal(signal.SIGKILL)
    server.wait()
    shutil.rmtree(dir_)


class Web:
    def __init__(self):
        self.dir = tempfile.mkdtemp()
        with open(self.dir + "/index.html", "w") as f:
            f.write("the server's page\n")
        with Inside("s"):
            self.process = subprocess.Popen(["/usr/bin/python3", "-u", "-m", "http.server", "--bind", "::",
                                             "-d", self.dir, "80"], stdout=subprocess.PIPE,
                                            stderr=subprocess.STDOUT, text=True)
        self.process.stdout.readline()

    def close(self):
        self.process.terminate()
        log = self.process.stdout.read()
        self.process.wait()
        shutil.rmtree(self.dir)
        return log


def fetch(x, host, server=FAR):
    return x.net.sh("c", "curl -gsS -m %d -H \"Host: %s\" -w \" %%{http_code} %%{exitcode}\" http://%s/"
                    % (10 * SLOW, host, server), check=False)


def block_page(_):
    with Example("HTTP block page", "web", leave=1) as x:
        server = Web()
        page = "<html><body><h1>Not from here</h1></body></html>\n 403 0"
        free = "the server's page\n 200 0"
        for host, want in (("free.example", free), ("blocked.example", page),
                           ("BLOCKED.example:80", page), ("other.example", free)):
            equal("web: a request for %s gets the page of the %s"
                  % (host, "filter" if want == page else "server"), fetch(x, host), want)
        x.run(x.lines[-1])
        equal("web: a request for other.example gets the page of the filter once it is listed",
              fetch(x, "other.example"), page)
        for host, want in (("free.example", free), ("blocked.example", page)):
            equal("web: a request for %s over IPv6 gets the page of the %s"
                  % (host, "filter" if want == page else "server"),
                  fetch(x, host, "[%s]" % FAR6), want)
        in_names(x, "hosts", lambda name: fetch(x, name) == page)
        log = server.close()
        equal("web: only the requests for hosts that are not listed reach the server",
              log.count("GET /"), 5)
        smuggling()
        live_http(x)
        for line in commands("HTTP block page", 1):
            x.run(line)
        for near, far in ((NEAR, FAR), (NEAR6, FAR6)):
            equal("web: a connection to port 8080 of %s is refused" % far,
                  connects(far, 8080, near), "refused")


def rate(_):
    with Example("Rate limiting", "limit", lines=4) as x:
        # A second is short on a slow machine.
        x.c.exec("limit", "period = 4000")
        one, two, sink = udp("c", NEAR, 1111), udp("c", NEAR, 2222), udp("s", FAR, 9)
        x.net.sh("c", "ip addr add 10.9.1.3/24 dev veth0")
        other = udp("c", "10.9.1.3", 1111)
        for n in range(60):
            (one if n % 2 else two).sendto(b"x", (FAR, 9))
        for n in range(10):
            other.sendto(b"y", (FAR, 9))
        got = []
        while (message := received(sink, 0.3)) is not None:
            got.append(message[1][0])
        equal("limit: of 60 packets of a host 20 pass, and all 10 of another host",
              (got.count(NEAR), got.count("10.9.1.3")), (20, 10))

        def through():
            one.sendto(b"z", (FAR, 9))
            return received(sink, 0.2) is not None

        ok(wait_for(through, 15), "limit: packets of a host pass again after the period")
        x.net.sh("c", "ip addr add fd09:1::3/64 dev veth0 nodad")
        sink6, senders = udp("s", FAR6, 9), [udp("c", NEAR6, 1111), udp("c", "fd09:1::3", 1111)]
        for n in range(60):
            senders[n % 2].sendto(b"x", (FAR6, 9))
        got = 0
        while received(sink6, 0.3) is not None:
            got += 1
        equal("limit: of 60 packets of an IPv6 network 20 pass", got, 20)
        for s in senders + [sink6]:
            s.close()
        for s in (one, two, sink, other):
            s.close()


def connects(address, port, near=NEAR):
    sock = tcp("c", near, timeout=0.4 * SLOW)
    try:
        sock.connect((address, port))
        return "open"
    except ConnectionRefusedError:
        return "refused"
    except OSError:
        return "silent"
    finally:
        sock.close()


def knock(_):
    with Example("Port knocking", "knock", lines=5) as x:
        listener = tcp("r", "10.9.1.1", 22)
        listener.listen(4000)  # nobody accepts them
        x.c.exec("knock", "patience, open_for = 60000, 3000")

        def after(*ports):
            for port in ports:
                equal("knock: a knock on port %d is not dropped" % port,
                      connects("10.9.1.1", port), "refused")
            return connects("10.9.1.1", 22)

        equal("knock: port 22 is closed without knocks", after(), "silent")
        equal("knock: port 22 is closed after knocks in the wrong order", after(7000, 9000, 8000),
              "silent")
        equal("knock: port 22 is closed after a wrong knock between right ones",
              after(7000, 8000, 80, 9000), "silent")
        equal("knock: port 22 is closed after two of three knocks", after(7000, 8000), "silent")
        equal("knock: port 22 is open after the third knock", after(9000), "open")
        ok(wait_for(lambda: connects("10.9.1.1", 22) == "silent", 20),
           "knock: port 22 closes after a while")
        listener6 = tcp("r", "fd09:1::1", 22)
        listener6.listen(20)
        equal("knock: port 22 is closed without knocks over IPv6", connects("fd09:1::1", 22, NEAR6),
              "silent")
        for port in (7000, 8000, 9000):
            connects("fd09:1::1", port, NEAR6)
        equal("knock: port 22 is open after knocks over IPv6", connects("fd09:1::1", 22, NEAR6),
              "open")
        listener6.close()
        # A host has only one entry, however often it begins.
        x.net.sh("c", "ip addr add 10.9.1.3/24 dev veth0")
        x.c.exec("knock", "hosts_max = 5")
        for _ in range(8):
            connects("10.9.1.1", 7000)
            connects("10.9.1.1", 80)
        for _ in range(4):
            for port in (7000, 8000, 9000):
                connects("10.9.1.1", port)
        for port in (7000, 8000, 9000):
            connects("10.9.1.1", port, "10.9.1.3")
        equal("knock: another host can knock after many attempts of the first",
              connects("10.9.1.1", 22, "10.9.1.3"), "open")
        x.c.exec("knock", "patience = 1")
        ok(wait_for(lambda: connects("10.9.1.1", 22) == "silent", 20),
           "knock: port 22 closes for the first host as well")
        equal("knock: port 22 is closed after knocks that are too slow", after(7000, 8000, 9000),
              "silent")
        listener.close()


def accounting(_):
    with Example("Per-host accounting", "bytes", leave=1, lines=4) as x:
        with Inside("r"):
            listener = subprocess.Popen(x.lines[-1].split(), stdout=subprocess.PIPE, text=True)
        listener.stdout.readline()  # its port
        x.c.exec("bytes", "interval = 200")
        sock, sink = udp("c", NEAR), udp("s", FAR, 9)
        for _ in range(10):
            sock.sendto(b"x" * 72, (FAR, 9))
        line = ""
        while NEAR not in line:
            line = listener.stdout.readline()
        ok("%s 10 1000" % NEAR in line,
           "bytes: ten packets of 100 bytes are counted for their host", line)
        sock6, sink6 = udp("c", NEAR6), udp("s", FAR6, 9)
        sock6.sendto(b"x" * 52, (FAR6, 9))
        while NEAR6 not in line:
            line = listener.stdout.readline()
        ok("%s 1 100" % NEAR6 in line, "bytes: an IPv6 packet of 100 bytes is counted for its host",
           line)
        sock6.close()
        sink6.close()
        listener.send_signal(signal.SIGINT)
        listener.stdout.close()
        equal("bytes: SIGINT ends the listener with status 0", listener.wait(), 0)
        sock.close()
        sink.close()


def scans(_):
    with Example("Port scan detection", "scans", leave=1, lines=4) as x:
        with Inside("r"):
            control = subprocess.Popen(x.lines[-1].split() + ["1000"], stdout=subprocess.PIPE,
                                       text=True, cwd=TOP)
        x.c.exec("scans", "period = 600000")
        equal("scans: the program prints that it waits", control.stdout.readline(), "waiting\n")
        equal("scans: connections to twenty ports are not dropped",
              {connects(FAR, p) for p in range(1, 21)}, {"refused"})
        equal("scans: a second connection to a port is not dropped", connects(FAR, 20), "refused")
        connects(FAR, 21)
        equal("scans: a connection to a 21st port bans the host", control.stdout.readline(),
              "banned %s\n" % NEAR)
        equal("scans: connections of a banned host are dropped", connects(FAR, 20), "silent")
        control.terminate()
        equal("scans: SIGTERM makes the program free the host", control.communicate()[0],
              "freed %s\n" % NEAR)
        equal("scans: SIGTERM ends the program with status 0", control.returncode, 0)
        equal("scans: connections of a freed host are not dropped", connects(FAR, 20), "refused")
        x.c.exec("scans", "limit = 1")
        with Inside("r"):
            control = subprocess.Popen(x.lines[-1].split() + ["1"], stdout=subprocess.PIPE,
                                       text=True, cwd=TOP)
        control.stdout.readline()
        x.net.sh("c", "ip addr add 10.9.1.3/24 dev veth0")
        for port in (1, 2):
            sock = tcp("c", "10.9.1.3", timeout=1)
            sock.connect_ex((FAR, port))
            sock.close()
        equal("scans: another host is banned, and freed after a second",
              [control.stdout.readline() for _ in range(2)],
              ["banned 10.9.1.3\n", "freed 10.9.1.3\n"])
        for port in (1, 2):
            connects(FAR6, port, NEAR6)
        equal("scans: a host is banned and freed over IPv6",
              [control.stdout.readline() for _ in range(2)],
              ["banned %s\n" % NEAR6, "freed %s\n" % NEAR6])
        control.send_signal(signal.SIGINT)
        equal("scans: SIGINT ends the program with status 0",
              (control.communicate()[0], control.returncode), ("", 0))


BREAK = """
local create = timer.create
function timer.create(...) timer.create = create; error("no memory") end
"""


def interrupted(_):
    """A call that fails when it creates a timer leaves nothing behind."""
    with Router() as net:
        c, sock, sink = client("r"), udp("c", NEAR), udp("s", FAR, 9)

        def begin(name, more):
            with open(os.path.join(TOP, "examples/%s.lua" % name)) as f:
                c.create(name, f.read() + more)

        def calls():
            m = c.get("ratelimit")
            return m.number("CALLS"), m.number("ERRORS")

        def through():
            sock.sendto(b"x", (FAR, 9))
            return received(sink, 0.2 * SLOW) is not None

        begin("ratelimit", "limit, period = 3, 500 " + BREAK)
        net.sh("r", "iptables -A FORWARD -p udp -m lua --state ratelimit --function exceeds -j DROP")
        through()
        equal("ratelimit: a call fails when it cannot create a timer", calls(), (1, 1))
        for _ in range(6):
            through()
        ok(wait_for(through, 5 * SLOW), "ratelimit: packets pass again after a call failed")
        net.sh("r", "iptables -F")
        begin("scans", "limit, period, told = 1, 300, 0 function nf.netlink() told = told + 1 end " + BREAK)
        net.sh("r", "iptables -A FORWARD -p tcp --syn -m lua --state scans --function is_banned -j DROP")
        for port in range(1, 4):
            equal("scans: a connection to port %d is not dropped when a call failed" % port,
                  connects(FAR, port), "refused")
            time.sleep(0.5 * SLOW)
        equal("scans: ports in periods of their own do not ban a host after a call failed",
              c.eval("scans", "told"), [0])
        net.sh("r", "iptables -F")
        begin("knock", "hosts_max, patience = 1, 60000 " + BREAK)
        net.sh("r", "iptables -A FORWARD -p tcp --syn ! --dport 22 -m lua --state knock --function knock")
        net.sh("r", "iptables -A FORWARD -p tcp --syn --dport 22 -m lua --state knock ! --function is_open -j DROP")
        for port in (7000, 7000, 8000, 9000):
            connects(FAR, port)
        equal("knock: port 22 is open after knocks of which one failed", connects(FAR, 22),
              "refused")
        equal("one call fails in each of ratelimit, scans and knock",
              [c.get(name).number("ERRORS") for name in ("ratelimit", "scans", "knock")], [1] * 3)
        net.sh("r", "iptables -F")
        for s in (c, sock, sink):
            s.close()


def typed(net, lines, script):
    """Runs commands of nflua(7) in the router, with the script as fw.lua."""
    with tempfile.TemporaryDirectory() as folder, Inside("r"):
        with open(os.path.join(folder, "fw.lua"), "w") as f:
            f.write(script)
        for line in lines:
            done = subprocess.run(line, shell=True, cwd=folder, capture_output=True, text=True,
                                  check=False)
            ok(done.returncode == 0, "a command of nflua(7) succeeds: " + line, done.stderr)
    net.sh("r", "nfluactl destroy -f fw")


def manual(_):
    """Creates a state for each script of nflua(7) and calls its functions, and runs its
    commands."""
    text = open(os.path.join(TOP, "man/nflua.7")).read()
    literal = re.findall(r"^\.Bd -literal.*?\n(.*?)^\.Ed", text, re.M | re.S)
    blocks = [block for block in literal if not block.startswith("nfluactl ")]
    ok(len(blocks) >= 6, "nflua(7) has at least 6 scripts", len(blocks))
    with Router() as net:
        for block in literal:
            if block not in blocks:
                typed(net, block.splitlines(), blocks[0])
        c = client("r")
        sock, sink = udp("c", NEAR), udp("s", FAR, 53)
        for i, block in enumerate(blocks):
            c.create("man", block)
            names = re.findall(r"^function (\w+)\(frame, packet\)", block, re.M)
            rule = "-j LUA" if re.search(r"packet\.\w+ = ", block) else "-m lua"
            for name in names:
                net.sh("r", "iptables -t mangle -A FORWARD %s --state man --function %s"
                       % (rule, name))
            sock.sendto(b"SIP", (FAR, 5060))
            sock.sendto(query("a.example"), (FAR, 53))
            ok(received(sink) is not None, "example %d of nflua(7) lets a datagram through" % i)
            connects(FAR, 80)
            time.sleep(0.2 * SLOW)
            m = c.get("man")
            equal("the functions of example %d of nflua(7) are called without an error: %s"
                  % (i, " ".join(names)),
                  (m.number("CALLS") >= 3 * len(names) > 0, m.text("LAST_ERROR")), (True, None))
            net.sh("r", "iptables -t mangle -F FORWARD")
            c.destroy("man", force=True)
        sock.close()
        sink.close()
        c.close()


main(dns, tls, block_page, rate, knock, accounting, scans, interrupted, manual)
