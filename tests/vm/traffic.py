#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Sends from one network namespace to another and says what arrived.

traffic.py udp FROM TO ADDRESS PORT COUNT [PAYLOAD]   prints a number
traffic.py tcp FROM TO ADDRESS PORT COUNT [PAYLOAD]   prints the bytes
"""
import ctypes
import os
import socket
import sys

CLONE_NEWNET = 0x40000000
libc = ctypes.CDLL(None, use_errno=True)


def enter(name):
    fd = os.open("/run/netns/" + name, os.O_RDONLY)
    if libc.setns(fd, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns " + name)
    os.close(fd)


def family(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def udp(source, sink, address, port, count, payload):
    enter(sink)
    receiver = socket.socket(family(address), socket.SOCK_DGRAM)
    receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    receiver.bind((address, port))
    receiver.settimeout(0.3)
    enter(source)
    sender = socket.socket(family(address), socket.SOCK_DGRAM)
    got = 0
    for i in range(count):
        try:
            sender.sendto(payload, (address, port))
        except OSError:
            pass  # a rule in OUTPUT may refuse it
    try:
        while got < count:
            receiver.recv(65536)
            got += 1
    except TimeoutError:
        pass
    print(got)


def tcp(source, sink, address, port, _count, payload):
    enter(sink)
    listener = socket.create_server((address, port), family=family(address))
    listener.settimeout(1)
    enter(source)
    client = socket.socket(family(address), socket.SOCK_STREAM)
    client.settimeout(1)
    data = b""
    try:
        client.connect((address, port))
        server, _ = listener.accept()
        server.settimeout(1)
        client.sendall(payload)
        client.shutdown(socket.SHUT_WR)
        while piece := server.recv(65536):
            data += piece
    except OSError:
        pass
    sys.stdout.buffer.write(data)


def main():
    kind, source, sink, address, port, count, *rest = sys.argv[1:]
    payload = rest[0] if rest else "x"
    payload = payload.encode().decode("unicode_escape").encode("latin-1")
    action = {"udp": udp, "tcp": tcp}[kind]
    action(source, sink, address, int(port), int(count), payload)


main()
