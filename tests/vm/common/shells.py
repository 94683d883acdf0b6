# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs programs in a terminal, and asks interactive shells for their completions."""
import os
import pty
import re
import select
import struct
import termios
import time
from fcntl import ioctl

ALL = "\033*"   # bash's key that inserts all completions; zsh gets the same binding below
ONE = "\t"
COLUMNS = 4000  # so wide that no line is wrapped

SHELLS = {
    "bash": (["bash", "--norc", "--noprofile", "-i"], [
        "bind 'set enable-bracketed-paste off'",
        "bind 'set bell-style none'",
        "source /usr/share/bash-completion/bash_completion",
    ]),
    "zsh": (["zsh", "-f", "-i"], [
        "unset zle_bracketed_paste",
        "unsetopt beep prompt_sp list_beep",
        "bindkey -e",
        # compinit reads the first line of each function in fpath. For all of zsh's
        # functions that takes half a minute, so it gets only those for completion.
        "autoload -Uz compinit; all=($fpath)",
        "fpath=(${(M)fpath:#*(/vendor-completions|/Base|/Completion)})",
        "compinit -C -D",
        "fpath=($all); autoload -Uz ${^fpath}/_*(N:t)",
        "zle -C all-matches complete-word _generic",
        "bindkey '^[*' all-matches",
        "zstyle ':completion:all-matches::::' completer _all_matches _complete",
        "zstyle ':completion:all-matches:*' insert true",
    ]),
}


def set_size(fd, rows, columns):
    ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def in_terminal(*command, rows=50, columns=80, then=()):
    """Returns what a command that reads no input writes to a terminal of this size. @then
    has pairs: a text to wait for, and a function to call with the terminal after it."""
    pid, fd = pty.fork()
    if pid == 0:
        set_size(0, rows, columns)
        os.execvp(command[0], command)
    out = b""
    then = list(then)
    try:
        while more := os.read(fd, 65536):
            out += more
            if then and then[0][0] in out:
                then.pop(0)[1](fd)
    except OSError:  # the command has ended
        pass
    os.close(fd)
    os.waitpid(pid, 0)
    return out.replace(b"\r\n", b"\n").decode("latin-1")


class Shell:
    """An interactive shell in the current directory, set up for completion."""

    def __init__(self, kind, timeout=30):
        self.timeout = timeout
        command, setup = SHELLS[kind]
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ.update(TERM="xterm", PS1="", HISTFILE="", HOME="/nonexistent")
            os.execvp(command[0], command)
        set_size(self.fd, 50, COLUMNS)
        for line in setup:
            self.run(line)
        self.words("", "")

    def run(self, line):
        os.write(self.fd, (line + "\n").encode())

    def close(self):
        os.close(self.fd)
        os.waitpid(self.pid, 0)

    def until_end(self):
        """Returns the output up to the marker that follows the words."""
        text, end = "", time.monotonic() + self.timeout
        while not re.search(r"^<end>\r?$", text, re.M):
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.fd], [], [], left)[0]:
                raise TimeoutError(text[-2000:])
            text += os.read(self.fd, 65536).decode("utf-8", "replace")
        return text

    def words(self, line, key):
        """Returns the words of a command line after a key was pressed at its end,
        and all that the terminal showed."""
        os.write(self.fd, (line + key + "\001printf '<%s>\\n' \005 end\n").encode())
        text = self.until_end()
        return re.findall(r"^<(.*)>\r?$", text, re.M)[:-1], text

    def complete(self, line, key=ALL):
        """Returns the completions of the last word of a line. An empty word that
        stays empty gives []."""
        words, _ = self.words(line, key)
        return words[len(re.findall(r"\S+\s", line)):]
