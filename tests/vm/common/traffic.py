#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Sends from one network namespace to another and prints what arrived.

Reads requests from standard input and answers each with a line:
  udp FROM TO ADDRESS PORT COUNT PAYLOAD   the number of datagrams that arrived
  tcp FROM TO ADDRESS PORT 1 PAYLOAD       the bytes that arrived
PAYLOAD may contain Python's escapes. Unprintable bytes in answers are escaped, too.
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
    with socket.socket(family(address), socket.SOCK_DGRAM) as receiver:
        receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        receiver.bind((address, port))
        receiver.settimeout(0.25)
        enter(source)
        with socket.socket(family(address), socket.SOCK_DGRAM) as sender:
            for _ in range(count):
                try:
                    sender.sendto(payload, (address, port))
                except OSError:
                    pass  # a rule in OUTPUT may refuse it
        return str(count_datagrams(receiver, count))


def count_datagrams(receiver, most):
    for got in range(most):
        try:
            receiver.recv(65536)
        except TimeoutError:
            return got
    return most


def tcp(source, sink, address, port, _count, payload):
    enter(sink)
    with socket.create_server((address, port),
                              family=family(address)) as listener:
        listener.settimeout(1)
        enter(source)
        with socket.socket(family(address), socket.SOCK_STREAM) as client:
            client.settimeout(1)
            data = exchange(listener, client, (address, port), payload)
    return data.decode("latin-1").encode("unicode_escape").decode()


def exchange(listener, client, address, payload):
    data = b""
    try:
        client.connect(address)
        server, _ = listener.accept()
        with server:
            server.settimeout(1)
            client.sendall(payload)
            client.shutdown(socket.SHUT_WR)
            while piece := server.recv(65536):
                data += piece
    except OSError:
        pass
    return data


def answer(line):
    kind, source, sink, address, port, count, payload = line.split(" ", 6)
    payload = payload.encode().decode("unicode_escape").encode("latin-1")
    action = {"udp": udp, "tcp": tcp}[kind]
    return action(source, sink, address, int(port), int(count), payload)


for request in sys.stdin:
    try:
        print(answer(request.rstrip("\n")), flush=True)
    except (OSError, KeyError, ValueError) as error:
        print("failed:", error, flush=True)
