// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of commands: parsing, help, completion and tests go by it. */
#include "commands.h"

const struct cli_option global_options[] = {
	{ 'j', "json", NULL, "the result as one JSON document" },
	{ 'n', "netns", "NAME", "in another network namespace" },
	{ 'q', "quiet", NULL, "no headers" },
	{ 'V', "version", NULL, "version of this tool" },
	{ 'h', "help", NULL, "help, also of a command" },
	{ 0 },
};

static const struct cli_option create_options[] = {
	{ 'm', "memory", "SIZE",
	  "memory it may use: bytes, or with K, M, G, T (32M)" },
	{ 'b', "budget", "USEC", "microseconds a packet call may take (20000)" },
	{ 'o', "on-error", "VERDICT",
	  "for packets whose call fails: accept or drop (accept)" },
	{ 'f', "force", NULL, "though it lacks functions that rules call" },
	{ 0 },
};

static const struct cli_option list_options[] = {
	{ 'c', "check", NULL, "status 1 when something is wrong with a state" },
	{ 0 },
};

static const struct cli_option load_options[] = {
	{ 'e', "execute", "CODE", "a script on the command line" },
	{ 'r', "replace", NULL,
	  "run the one script in a fresh state, which takes\n"
	  "the old one's place unless the script fails" },
	{ 'c', "check", NULL, "compile only" },
	{ 'f', "force", NULL, "replace, though it lacks functions that rules call" },
	{ 0 },
};

static const struct cli_option destroy_options[] = {
	{ 'f', "force", NULL, "though rules refer to them" },
	{ 'a', "all", NULL, "all states of the namespace" },
	{ 0 },
};

static const struct cli_option listen_options[] = {
	{ 'g', "group", "GROUP", "0 to 31; all of them when none is given" },
	{ 'c', "count", "COUNT", "end after so many messages" },
	{ 't', "timeout", "SECONDS", "end after so long" },
	{ 0 },
};

static const struct cli_option monitor_options[] = {
	{ 't', "timestamps", NULL, "the time before each line, UTC" },
	{ 'c', "count", "COUNT", "end after so many events" },
	{ 0 },
};

static const struct cli_option run_options[] = {
	{ 'p', "pcap", "FILE", "the packets: a file of tcpdump or Wireshark" },
	{ 'r', "repeat", "N", "call so often for each packet (1)" },
	{ 'k', "chain", "CHAIN", "as a rule of this chain (PREROUTING)" },
	{ 'w', "write", "FILE", "what would have been sent goes there" },
	{ 'v', "verbose", NULL, "a line for each packet" },
	{ 0 },
};

static const struct cli_option top_options[] = {
	{ 'n', "iterations", "COUNT", "end after so many tables" },
	{ 'd', "delay", "SECONDS", "between two tables (2)" },
	{ 0 },
};

const struct command commands[] = {
	{
		"create", "NAME [-m SIZE] [-b USEC] [-o VERDICT] [-f] [FILE]",
		"create a state, with its first script",
		create_options, NULL, cmd_create,
	}, {
		"load", "NAME [--replace [-f] | --check] FILE... | - | -e CODE",
		"run scripts in a state, in order",
		load_options, "results", cmd_load,
	}, {
		"list", "[-c] [NAME...]", "show states, their figures, and what is wrong",
		list_options, "states", cmd_list,
	}, {
		"clear", "NAME...", "forget the last errors of states",
		NULL, "cleared", cmd_clear,
	}, {
		"destroy", "NAME... [-f] | --all", "destroy states",
		destroy_options, "destroyed", cmd_destroy,
	}, {
		"eval", "NAME CODE",
		"run an expression or a chunk, print its values",
		NULL, NULL, cmd_eval,
	}, {
		"repl", "[NAME]",
		"talk to a live state, or to \"default\": a prompt for Lua",
		NULL, NULL, cmd_repl,
	}, {
		"send", "NAME [TEXT | -]",
		"hand a message to a state: TEXT, or standard input",
		NULL, NULL, cmd_send,
	}, {
		"listen", "[-g GROUP]... [-c COUNT] [-t SECONDS]",
		"show what scripts send to a port, which it tells, and to groups",
		listen_options, NULL, cmd_listen,
	}, {
		"monitor", "[-t] [-c COUNT] [NAME...]",
		"show events and printed lines, as they happen",
		monitor_options, NULL, cmd_monitor,
	}, {
		"run", "NAME FUNCTION --pcap FILE [--repeat N]",
		"try a function on captured packets; nothing is sent",
		run_options, NULL, cmd_run,
	}, {
		"top", "[-n COUNT] [-d SECONDS]",
		"show what states do now, and refresh it",
		top_options, NULL, cmd_top,
	}, {
		"version", "", "show the versions of all parts",
		NULL, NULL, cmd_version,
	}, {
		"help", "[COMMAND]", "show help", NULL, NULL, cmd_help,
	}, {
		NULL, NULL, NULL, NULL, NULL, NULL,
	},
};
