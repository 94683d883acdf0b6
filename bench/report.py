#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Prints what bench/guest measured: report.py KERNEL [--json] NAME=FILE...

A FILE has the output of bench/guest in one VM; NAME becomes the heading of its column.
Exits with status 1, and says why, if a figure is past its limit.
"""
import json
import sys


def middle(figures):
    """The mean of the middle half, which a few odd rounds do not move."""
    figures = sorted(figures)
    cut = len(figures) // 4
    kept = figures[cut:len(figures) - cut]
    return sum(kept) / len(kept)


def number(text):
    return int(text) if text else None


def limit_of(text):
    """A number, or KEY+PERCENT%: relative to the row of that key."""
    return text if text.endswith("%") else number(text)


def read_rows(path):
    """The rows of a file, with their figures of all rounds."""
    rows = []
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            words = line.rstrip("\n").split("|")
            part, key, size, limit, goal, title = words[:6]
            rows.append({
                "part": part, "key": key, "size": number(size),
                "title": title, "limit": limit_of(limit), "goal": number(goal),
                "rounds": [float(word) for word in words[6:]],
            })
    if not rows:
        sys.exit(f"report.py: nothing in {path}")
    return rows


def figure(row, rows):
    """What a row comes to: packets are measured against those of no rule or hook."""
    rounds = row["rounds"]
    key = "hook-base" if row["key"].startswith("hook-") else "base"
    if row["part"] == "packet" and row["key"] != key:
        base = next(r["rounds"] for r in rows
                    if r["key"] == key and r["size"] == row["size"])
        rounds = [mine - theirs for mine, theirs in zip(rounds, base)]
    return round(middle(rounds))


def resolve(rows):
    """Limits that are relative to another row become numbers, of the best."""
    for row in rows:
        if isinstance(row["limit"], str):
            key, percent = row["limit"].rstrip("%").split("+")
            other = next(r for r in rows if r["key"] == key)
            row["limit"] = min(other["figures"].values()) * (100 + int(percent)) // 100


def join(columns):
    """One list of rows, with a figure for each column."""
    result = []
    for rows in zip(*columns.values()):
        row = {k: v for k, v in rows[0].items() if k != "rounds"}
        row["figures"] = {name: figure(mine, columns[name])
                          for name, mine in zip(columns, rows)}
        result.append(row)
    resolve(result)
    for row in result:
        worst = max(row["figures"].values())
        row["past_limit"] = row["limit"] is not None and worst > row["limit"]
    return result


HEADS = {
    "packet": "instructions that a rule adds to a packet",
    "control": "instructions of a request",
}


def cell(value, width):
    return f"{'' if value is None else format(value, ',')}".rjust(width)


def title(row):
    text = row["title"]
    if row["key"].endswith("base"):
        text += " (the whole packet)"
    return text + (f", {row['size']} bytes" if row["size"] else "")


def print_part(part, rows, names):
    print(f"\n{HEADS[part]:47}" + "".join(f"{name:>13}" for name in names) +
          f"{'limit':>14}{'goal':>7}")
    for row in rows:
        if row["part"] != part:
            continue
        figures = "".join(cell(f, 13) for f in row["figures"].values())
        print((f"{title(row):47}{figures}{cell(row['limit'], 14)}"
               f"{cell(row['goal'], 7)}" +
               (" past" if row["past_limit"] else "")).rstrip())


def print_table(kernel, rows, names):
    print(f"Linux {kernel}")
    for part in HEADS:
        print_part(part, rows, names)


def main():
    kernel, words = sys.argv[1], sys.argv[2:]
    columns = {name: read_rows(path) for name, _, path in
               (word.rpartition("=") for word in words if word != "--json")}
    rows = join(columns)
    if "--json" in words:
        json.dump({"kernel": kernel, "unit": "instructions", "rows": rows},
                  sys.stdout, indent=2)
        print()
    else:
        print_table(kernel, rows, list(columns))
    past = [title(row) for row in rows if row["past_limit"]]
    if past:
        sys.exit("bench/run: past their limits: " + "; ".join(past))


main()
