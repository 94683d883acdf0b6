# SPDX-License-Identifier: GPL-2.0-or-later
"""nf.reply: curl takes a script's answer for that of the web server."""
import hashlib
import http.client
import os
import shutil
import subprocess
import tempfile
import time

from tap import DEBUG_KERNEL, equal, main, ok
from topology import HOSTS, Capture, Inside, Router, client

PAGE = "<html><body>This page is blocked.</body></html>\n"

# Answers a request for the blocked page and does not let it through.
BLOCK = """
function answer(page)
    return "HTTP/1.1 403 Forbidden\\r\\nContent-Type: text/html\\r\\nContent-Length: " ..
           #page .. "\\r\\nConnection: close\\r\\n\\r\\n" .. page
end
page = %r
function block(frame, packet)
    if not packet:find("GET /blocked") then return false end
    sent, why = nf.reply("tcp", answer(page))
    return sent ~= nil
end
""" % PAGE


class Web:
    """A web server in s."""

    def __init__(self, address, port=80):
        self.dir = tempfile.mkdtemp()
        for name in ("blocked", "free"):
            with open(os.path.join(self.dir, name), "w") as f:
                f.write("a page of the server: %s\n" % name)
        with Inside("s"):
            self.process = subprocess.Popen(
                ["/usr/bin/python3", "-u", "-m", "http.server", "--bind", address, "-d", self.dir,
                 str(port)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        ok("Serving HTTP" in self.process.stdout.readline(), "a web server runs on %s" % address)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Stops the server and returns what it logged."""
        self.process.terminate()
        log = self.process.stdout.read()
        self.process.wait()
        shutil.rmtree(self.dir, ignore_errors=True)
        return log


def curl(net, url):
    """Returns (exit status, HTTP status, MD5 of the body, length of the body)."""
    with tempfile.NamedTemporaryFile() as f:
        out = net.sh("c", "curl -g -sS -m 15 -o %s -w %%{http_code} \"%s\"; echo \" $?\"" % (f.name, url))
        body = f.read()
    words = out.split()
    return int(words[-1]), words[0], hashlib.md5(body).hexdigest(), len(body)


def page(text):
    return 0, "403", hashlib.md5(text.encode()).hexdigest(), len(text)


def get(host, path):
    """Returns what c gets: the HTTP status and the body."""
    connection = http.client.HTTPConnection(host, timeout=15)
    with Inside("c"):
        connection.connect()
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    except (OSError, http.client.HTTPException) as e:
        return repr(e), ""
    finally:
        connection.close()


def blocked(net, c, name, host):
    """Checks all that the client c sees of a blocked page."""
    url = "http://%s/" % host
    free = (200, "a page of the server: free\n")
    equal("%s: the client gets a free page from the server" % name, get(host, "/free"), free)
    c.exec("fw", "page = %r" % PAGE)
    begin = time.monotonic()
    equal("%s: curl gets the script's page instead of the blocked one" % name,
          curl(net, url + "blocked"), page(PAGE))
    ok(time.monotonic() - begin < (40 if DEBUG_KERNEL else 5),
       "%s: curl gets the script's page without a retransmission" % name)
    for n in (400, 2000, 40000):
        c.exec("fw", "page = ('0123456789abcdef'):rep(%d // 16)" % n)
        equal("%s: the client gets all of a script's page of %d bytes" % (name, n),
              get(host, "/blocked"), (403, "0123456789abcdef" * (n // 16)))
    equal("%s: the client gets a free page after a blocked one" % name, get(host, "/free"), free)


def rule(net, tool="iptables-legacy", chain="FORWARD", table=""):
    net.sh("r", "%s %s -A %s -p tcp --dport 80 -m lua --state fw --function block --tcp-payload "
           "-j DROP" % (tool, table, chain))


def web(_):
    for family, tool in ((4, "iptables-legacy"), (6, "ip6tables-legacy"), (4, "iptables-nft")):
        far = HOSTS[family][1]
        with Router() as net, Web(far) as server:
            c = client("r")
            c.create("fw", BLOCK)
            host = "[%s]" % far if family == 6 else far
            rule(net, tool)
            with Capture("c") as capture:
                blocked(net, c, tool, host)
                seen = [p for p in capture.packets(None, 0.2, (6,)) if p.sport == 80]
            equal("%s: what the client gets has right lengths and checksums" % tool,
                  sorted({f for p in seen for f in p.faults}), [])
            c.eval("fw", "nf.connid ~= nil")  # so far nothing was tracked
            blocked(net, c, "%s, connections tracked" % tool, host)
            equal("%s: no call fails for a blocked page" % tool,
                  c.get("fw").number("ERRORS"), 0)
            log = server.close()
            ok("GET /free" in log and "blocked" not in log,
               "%s: the server never sees a request for the blocked page" % tool, log)
            c.close()


def translated(_):
    with Router() as net, Web("10.9.2.2", 8080) as server:
        net.sh("r", "iptables-legacy -t nat -A PREROUTING -i c -p tcp --dport 80 "
                    "-j DNAT --to-destination 10.9.2.2:8080")
        net.sh("r", "iptables-legacy -t nat -A POSTROUTING -o s -j MASQUERADE")
        c = client("r")
        c.create("fw", BLOCK)
        net.sh("r", "iptables-legacy -A FORWARD -p tcp --dport 8080 -m lua --state fw "
                    "--function block --tcp-payload -j DROP")
        net.sh("r", "iptables-legacy -I FORWARD -m conntrack --ctstate INVALID -j DROP")
        with Capture("s") as capture:
            blocked(net, c, "DNAT and masquerading", "10.9.1.1")
            leaked = [p for p in capture.packets(None, 0.2, (6,)) if p.src == "10.9.1.2"]
        equal("with NAT, the server's network sees no untranslated packet", leaked, [])
        net.sh("r", "iptables-legacy -F FORWARD")
        rule(net, chain="PREROUTING", table="-t mangle")
        blocked(net, c, "before DNAT and masquerading", "10.9.1.1")
        equal("with NAT, no call fails for a blocked page", c.get("fw").number("ERRORS"), 0)
        ok("blocked" not in server.close(),
           "with NAT, the server never sees a request for the blocked page")
        c.close()


def own(_):
    """Replies in INPUT of the server's host and in OUTPUT of the client's. For TCP, a packet
    that OUTPUT drops was not sent. So the target steals it, and a match gets an error that
    names the target."""
    for name, chain, rest in (("s", "INPUT", "-m lua --state fw --function block -j DROP"),
                              ("c", "OUTPUT", "-j LUA --state fw --function steal"),
                              ("c", "OUTPUT", "-j LUA --state fw --function drop"),
                              ("c", "POSTROUTING -t mangle", "-j LUA --state fw --function drop")):
        with Router() as net, Web("10.9.2.2"):
            c = client(name)
            c.create("fw", BLOCK + "function steal(frame, packet) "
                     "return block(frame, packet) and 'stolen' or 'accept' end "
                     "function drop(...) return block(...) and 'drop' or 'accept' end")
            net.sh(name, "iptables-legacy -A %s -p tcp --dport 80 %s" % (chain, rest))
            blocked(net, c, "%s %s" % (chain, rest), "10.9.2.2")
            equal("%s %s: no call fails for a blocked page" % (chain, rest),
                  c.get("fw").number("ERRORS"), 0)
            # Connections that nobody closes keep the namespace, which keeps its rules.
            net.sh(name, "iptables-legacy -F; iptables-legacy -t mangle -F")
            c.destroy("fw")
            c.close()


def from_match(_):
    """A match in OUTPUT cannot steal the packet that its rule drops."""
    with Router() as net, Web("10.9.2.2"):
        c = client("c")
        c.create("fw", BLOCK)
        net.sh("c", "iptables-legacy -A OUTPUT -p tcp --dport 80 -m lua --state fw "
               "--function block -j DROP")
        net.sh("c", "curl -s -m 3 http://10.9.2.2/blocked >/dev/null || true")
        text = c.get("fw").text("LAST_ERROR") or ""
        ok("use the target LUA and return 'drop'" in text,
           "nf.reply in a match in OUTPUT fails and names the target LUA", text)
        net.sh("c", "iptables-legacy -F")
        c.destroy("fw", force=True)
        c.close()


main(web, translated, own, from_match)
