# SPDX-License-Identifier: GPL-2.0-or-later
"""A plain netlink client that needs only Python's socket module and the UAPI header.

It reads all numbers from include/uapi/linux/nflua.h, so that it speaks what the header
says, without libnflua in between.
"""
import errno
import os
import re
import socket
import struct

HEADER = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                      "../../../include/uapi/linux/nflua.h")

NLM_F_REQUEST, NLM_F_MULTI, NLM_F_ACK, NLM_F_DUMP = 1, 2, 4, 0x300
NLMSG_ERROR, NLMSG_DONE = 2, 3
NLM_F_DUMP_INTR = 0x10
NLM_F_CAPPED, NLM_F_ACK_TLVS = 0x100, 0x200
SOL_NETLINK = 270
NETLINK_ADD_MEMBERSHIP, NETLINK_CAP_ACK, NETLINK_EXT_ACK = 1, 10, 11
GENL_ID_CTRL, CTRL_CMD_GETFAMILY = 0x10, 3


def is_slow():
    """Returns true if the kernel is slow because it checks its memory all the time."""
    with open("/proc/cmdline") as f:
        return "slub_debug" in f.read() or os.path.exists("/sys/kernel/debug/kmemleak")


DEBUG_KERNEL = is_slow()
TIMEOUT = 300 if DEBUG_KERNEL else 20  # in seconds


def numbers():
    """Returns all enumerators and numbers of the header, by name."""
    text = re.sub(r"/\*.*?\*/", "", open(HEADER).read(), flags=re.S)
    out = {}
    for name, value in re.findall(r"#define\s+(NFLUA_\w+)\s+([^\n]+)", text):
        value = re.sub(r"(?i)\b(\d+)ull\b", r"\1", value.strip())
        if re.fullmatch(r"[\d\s()<]+", value):
            out[name] = eval(value)
    for body in re.findall(r"enum\s+\w+\s*\{(.*?)\}", text, flags=re.S):
        n = 0
        for item in filter(None, (i.strip() for i in body.split(","))):
            name, _, value = (p.strip() for p in item.partition("="))
            if value:
                n = eval(value, {}, out)
            out[name] = n
            n += 1
    return out


N = numbers()


def align(n):
    return (n + 3) & ~3


def attr(kind, data=b""):
    if isinstance(kind, str):
        kind = N["NFLUA_A_" + kind]
    if isinstance(data, str):
        data = data.encode() + b"\0"
    raw = struct.pack("HH", 4 + len(data), kind) + data
    return raw + b"\0" * (align(len(raw)) - len(raw))


def u32(n):
    return struct.pack("I", n)


def u64(n):
    return struct.pack("Q", n)


def attrs(data):
    """Returns (type, payload) of each attribute, in order."""
    out = []
    while len(data) >= 4:
        size, kind = struct.unpack_from("HH", data)
        if size < 4:
            break
        out.append((kind & 0x3fff, data[4:size]))
        data = data[align(size):]
    return out


class Message:
    def __init__(self, kind, flags, seq, payload):
        self.kind, self.flags, self.seq, self.payload = kind, flags, seq, payload
        self.cmd = payload[0] if payload else None
        self.attrs = attrs(payload[4:])

    def all(self, name):
        want = N["NFLUA_A_" + name]
        return [data for kind, data in self.attrs if kind == want]

    def get(self, name):
        found = self.all(name)
        return found[0] if found else None

    def text(self, name):
        data = self.get(name)
        return None if data is None else data.rstrip(b"\0").decode("latin-1")

    def number(self, name):
        data = self.get(name)
        return None if data is None else int.from_bytes(data, "little")

    def values(self):
        out = []
        names = {N["NFLUA_VALUE_" + n]: n for n in
                 ("NIL", "BOOLEAN", "INTEGER", "STRING", "OTHER")}
        for nest in self.all("VALUE"):
            kind, data = [a for a in attrs(nest) if a[0] in names][0]
            name = names[kind]
            if name == "NIL":
                out.append(None)
            elif name == "BOOLEAN":
                out.append(data[0] != 0)
            elif name == "INTEGER":
                out.append(struct.unpack("q", data)[0])
            else:
                out.append(data.decode("latin-1"))
        return out


class Refused(Exception):
    """The kernel answered a request with an error."""

    def __init__(self, code, text, offset, replies):
        self.code, self.text, self.offset = code, text, offset
        self.replies = replies
        super().__init__("%s: %s" % (errno.errorcode.get(code, code), text))


class Client:
    def __init__(self, timeout=TIMEOUT, port=0):
        self.sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 16)
        self.sock.setsockopt(SOL_NETLINK, NETLINK_CAP_ACK, 1)
        self.sock.setsockopt(SOL_NETLINK, NETLINK_EXT_ACK, 1)
        try:
            # SO_SNDBUFFORCE and SO_RCVBUFFORCE fail outside the initial namespace
            self.sock.setsockopt(socket.SOL_SOCKET, 32, 32 << 20)
            self.sock.setsockopt(socket.SOL_SOCKET, 33, 32 << 20)
        except PermissionError:
            pass
        self.sock.bind((port, 0))
        self.sock.settimeout(timeout)
        self.seq = 0
        self.family, self.version, self.groups = self.resolve()

    def close(self):
        self.sock.close()

    def send(self, kind, cmd, body=b"", flags=NLM_F_ACK, version=2):
        self.seq += 1
        payload = struct.pack("BBH", cmd, version, 0) + body
        self.sock.send(struct.pack("IHHII", 16 + len(payload), kind,
                                   NLM_F_REQUEST | flags, self.seq, 0) + payload)
        return self.seq

    def receive(self):
        data = self.sock.recv(1 << 20)
        out = []
        while len(data) >= 16:
            size, kind, flags, seq, _ = struct.unpack_from("IHHII", data)
            out.append(Message(kind, flags, seq, data[16:size]))
            data = data[align(size):]
        return out

    def finish(self, seq):
        """Returns the answers to the request @seq, up to its acknowledgement."""
        replies = []
        while True:
            for m in self.receive():
                if m.seq != seq:
                    continue
                if m.kind not in (NLMSG_ERROR, NLMSG_DONE):
                    replies.append(m)
                    continue
                code = -struct.unpack_from("i", m.payload)[0] if m.payload else 0
                if code:
                    raise self.refusal(m, code, replies)
                return replies

    def refusal(self, m, code, replies):
        text = offset = None
        if m.flags & NLM_F_ACK_TLVS:
            at = 4 + 16 if m.kind == NLMSG_ERROR else 4
            if m.kind == NLMSG_ERROR and not m.flags & NLM_F_CAPPED:
                at = 4 + align(struct.unpack_from("I", m.payload, 4)[0])
            for kind, data in attrs(m.payload[at:]):
                if kind == 1:
                    text = data.rstrip(b"\0").decode("latin-1")
                elif kind == 2:
                    offset = struct.unpack("I", data)[0]
        return Refused(code, text, offset, replies)

    def resolve(self):
        seq = self.send(GENL_ID_CTRL, CTRL_CMD_GETFAMILY,
                        attr(2, "NFLUA"), version=1)
        family = version = None
        groups = {}
        for kind, data in self.finish(seq)[0].attrs:
            if kind == 1:
                family = struct.unpack("H", data)[0]
            elif kind == 3:
                version = struct.unpack("I", data)[0]
            elif kind == 7:
                for _, group in attrs(data):
                    g = dict(attrs(group))
                    groups[g[1].rstrip(b"\0").decode()] = \
                        struct.unpack("I", g[2])[0]
        return family, version, groups

    def join(self, group):
        self.sock.setsockopt(SOL_NETLINK, NETLINK_ADD_MEMBERSHIP,
                             self.groups[group])

    def start(self, name, *parts, flags=NLM_F_ACK):
        return self.send(self.family, N["NFLUA_CMD_" + name], b"".join(parts),
                         flags)

    def request(self, name, *parts, flags=NLM_F_ACK):
        return self.finish(self.start(name, *parts, flags=flags))

    def create(self, name, script=None, **more):
        # Ten times the default: a busy machine or a debug kernel needs that.
        more.setdefault("budget", u32(200000))
        parts = [attr("NAME", name)]
        parts += [attr(k.upper(), v) for k, v in more.items()]
        if script is not None:
            parts += chunk(script)
        return self.request("STATE_NEW", *parts)

    def destroy(self, name, force=False):
        parts = [attr("NAME", name)] + ([attr("FORCE")] if force else [])
        return self.request("STATE_DEL", *parts)

    def exec(self, name, script, flags=0, chunk_name=None):
        parts = [attr("NAME", name), attr("EXEC_FLAGS", u32(flags))]
        if chunk_name:
            parts.append(attr("CHUNK_NAME", chunk_name))
        return self.request("EXEC", *parts, *chunk(script))[0]

    def eval(self, name, script):
        return self.exec(name, script, N["NFLUA_EXEC_EVAL"]).values()

    def get(self, name):
        return self.request("STATE_GET", attr("NAME", name))[0]

    def dump(self):
        return self.request("STATE_GET", flags=NLM_F_DUMP)


def chunk(script, piece=60000):
    if isinstance(script, str):
        script = script.encode("latin-1")
    return [attr("CHUNK", script[i:i + piece])
            for i in range(0, max(len(script), 1), piece)]
