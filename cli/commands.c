// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of commands, for parsing, help, completion and tests. */
#include "commands.h"

const struct cli_option global_options[] = {
	{ 'j', "json", NULL, "print the result as JSON" },
	{ 'n', "netns", "NAME", "work in another network namespace" },
	{ 'q', "quiet", NULL, "print no headers" },
	{ 'V', "version", NULL, "show the version of this tool" },
	{ 'h', "help", NULL, "show help, also for a command" },
	{ 0 },
};

static const struct cli_option apply_options[] = {
	{ 'f', "file", "FILE", "configuration file (/etc/nflua/nflua.conf)" },
	{ 'c', "check", NULL, "only check the file, and try its scripts" },
	{ 'd', "dry-run", NULL, "only show what would be done" },
	{ 'b', "boot", NULL,
	  "go on after a failure; a state whose scripts fail is made\n"
	  "without them" },
	{ 'R', "remove", NULL, "remove all that belongs to the file" },
	{ 'w', "owner", "OWNER", "what states and hooks belong to (the path of the file)" },
	{ 0 },
};

static const struct cli_option check_options[] = {
	{ 'e', "execute", "CODE", "compile CODE" },
	{ 0 },
};

static const struct cli_option create_options[] = {
	{ 'm', "memory", "SIZE",
	  "memory limit: bytes, or with K, M, G, T (32M)" },
	{ 'b', "budget", "USEC", "time limit of a packet call in microseconds (20000)" },
	{ 'o', "on-error", "VERDICT",
	  "what to do with a packet whose call fails: accept or drop\n"
	  "(accept)" },
	{ 'f', "force", NULL,
	  "create the state even if the script lacks functions that\n"
	  "rules or hooks call" },
	{ 'w', "owner", "OWNER", "what it belongs to, such as a configuration file" },
	{ 0 },
};

static const struct cli_option rollback_options[] = {
	{ 'f', "force", NULL, "even if rules or hooks then lack functions" },
	{ 0 },
};

static const struct cli_option set_options[] = {
	{ 'm', "memory", "SIZE", "memory limit: bytes, or with K, M, G, T" },
	{ 'b', "budget", "USEC", "time limit of a packet call in microseconds" },
	{ 'o', "on-error", "VERDICT",
	  "what to do with a packet whose call fails: accept or drop" },
	{ 'w', "owner", "OWNER", "what it belongs to, such as a configuration file" },
	{ 0 },
};

static const struct cli_option list_options[] = {
	{ 'c', "check", NULL, "exit with status 1 if something is wrong with a state" },
	{ 0 },
};

static const struct cli_option load_options[] = {
	{ 'e', "execute", "CODE", "run CODE as a script" },
	{ 'r', "replace", NULL,
	  "run the scripts in a fresh environment, which replaces\n"
	  "the old one if they succeed" },
	{ 'c', "check", NULL, "compile only" },
	{ 'f', "force", NULL,
	  "replace the environment even if the script lacks\n"
	  "functions that rules or hooks call" },
	{ 'C', "confirm", "SECONDS",
	  "the old environment comes back after SECONDS, unless\n"
	  "'nfluactl confirm' comes before" },
	{ 'E', "max-errors", "COUNT",
	  "and, until then, when more than COUNT errors occur in a\n"
	  "second" },
	{ 'k', "keep", NULL,
	  "keep the old environment for 'nfluactl rollback' until\n"
	  "the next replace" },
	{ 0 },
};

static const struct cli_option attach_options[] = {
	{ 'k', "hook", "HOOK",
	  "prerouting, input, forward, output or postrouting; or, of\n"
	  "a device, ingress or egress" },
	{ 'd', "device", "DEVICE", "the device of ingress or egress, which may come later" },
	{ 'F', "family", "FAMILY",
	  "inet (IPv4 and IPv6), ip, ip6, bridge, arp or netdev\n"
	  "(inet; netdev for ingress and egress)" },
	{ 'p', "priority", "PRIO",
	  "place among other hooks: a number, or a name as nft has\n"
	  "it, such as mangle or 'filter - 10' (filter)" },
	{ 'm', "mark", "MARK", "only packets with this mark: VALUE or VALUE/MASK" },
	{ 'i', "iif", "DEVICE", "only packets that came in by this device" },
	{ 'O', "oif", "DEVICE", "only packets that leave by this device" },
	{ 'l', "l4proto", "PROTO", "only packets of this protocol: a name or a number" },
	{ 't', "proto", "TYPES",
	  "frames of ingress, egress and bridges: all, or a list,\n"
	  "such as ip,ip6,arp,0x88cc (ip,ip6)" },
	{ 'o', "on-error", "VERDICT",
	  "what to do with a packet whose call fails: accept or drop\n"
	  "(what the state says)" },
	{ 'f', "force", NULL, "attach it even if the state lacks the function" },
	{ 'w', "owner", "OWNER", "what it belongs to, such as a configuration file" },
	{ 0 },
};

static const struct cli_option destroy_options[] = {
	{ 'f', "force", NULL, "destroy them even if rules or hooks refer to them, or if\n"
	  "scripts run in them" },
	{ 'a', "all", NULL, "destroy all states of the namespace" },
	{ 0 },
};

static const struct cli_option listen_options[] = {
	{ 'g', "group", "GROUP", "join a group, 0 to 31 (all of them)" },
	{ 'c', "count", "COUNT", "exit after COUNT messages" },
	{ 't', "timeout", "SECONDS", "exit after SECONDS seconds" },
	{ 0 },
};

static const struct cli_option monitor_options[] = {
	{ 't', "timestamps", NULL, "print the time before each line, in UTC" },
	{ 'c', "count", "COUNT", "exit after COUNT events" },
	{ 0 },
};

static const struct cli_option run_options[] = {
	{ 'p', "pcap", "FILE", "capture file with the packets (pcap or pcapng)" },
	{ 'r', "repeat", "N", "call the function N times for each packet (1)" },
	{ 'k', "chain", "CHAIN", "call it as a rule of this chain would (PREROUTING)" },
	{ 'w', "write", "FILE", "write packets that would have been sent to FILE" },
	{ 'v', "verbose", NULL, "print a line for each packet" },
	{ 0 },
};

static const struct cli_option top_options[] = {
	{ 'n', "iterations", "COUNT", "exit after COUNT tables" },
	{ 'd', "delay", "SECONDS", "seconds between two tables (2)" },
	{ 0 },
};

const struct command commands[] = {
	{
		"create", "NAME [-m SIZE] [-b USEC] [-o VERDICT] [-f] [-w OWNER] [FILE...]",
		"create a state, with its first scripts",
		create_options, NULL, cmd_create,
	}, {
		"load", "NAME [--replace [-f] [-C SECONDS] | --check] FILE... | - | -e CODE",
		"run scripts in a state, in order",
		load_options, "results", cmd_load,
	}, {
		"list", "[-c] [NAME...]", "show states, their statistics, and what is wrong",
		list_options, "states", cmd_list,
	}, {
		"confirm", "NAME...", "confirm changes that wait for it",
		NULL, "confirmed", cmd_confirm,
	}, {
		"rollback", "[-f] NAME...", "go back to the environments before the last replaces",
		rollback_options, "taken_back", cmd_rollback,
	}, {
		"set", "NAME [-m SIZE] [-b USEC] [-o VERDICT] [-w OWNER]",
		"change the limits of a state",
		set_options, NULL, cmd_set,
	}, {
		"check", "FILE... | - | -e CODE", "compile scripts in the kernel, without any state",
		check_options, "checked", cmd_check,
	}, {
		"apply", "[-f FILE] [-w OWNER] [--check | --dry-run | --boot] [--remove]",
		"make states and hooks what a configuration file says",
		apply_options, "done", cmd_apply,
	}, {
		"clear", "NAME...", "forget the last errors of states",
		NULL, "cleared", cmd_clear,
	}, {
		"attach", "NAME FUNCTION --hook HOOK [-F FAMILY] [-p PRIO]",
		"have a function called for each packet of a hook of netfilter",
		attach_options, NULL, cmd_attach,
	}, {
		"detach", "NAME FUNCTION | ID", "remove the hooks of a function, or one hook",
		NULL, NULL, cmd_detach,
	}, {
		"hooks", "[NAME]", "show the functions that are attached to hooks",
		NULL, NULL, cmd_hooks,
	}, {
		"destroy", "[-f] NAME... | --all", "destroy states",
		destroy_options, "destroyed", cmd_destroy,
	}, {
		"eval", "NAME CODE",
		"run an expression or a chunk, and print its values",
		NULL, NULL, cmd_eval,
	}, {
		"repl", "[NAME]",
		"open a Lua prompt in a live state (default: \"default\")",
		NULL, NULL, cmd_repl,
	}, {
		"send", "NAME [TEXT | -]",
		"send a message to a state: TEXT, or standard input",
		NULL, NULL, cmd_send,
	}, {
		"listen", "[-g GROUP]... [-c COUNT] [-t SECONDS]",
		"show messages that scripts send to groups, or to the port that is printed first",
		listen_options, NULL, cmd_listen,
	}, {
		"monitor", "[-t] [-c COUNT] [NAME...]",
		"show events and printed lines as they happen",
		monitor_options, NULL, cmd_monitor,
	}, {
		"run", "NAME FUNCTION --pcap FILE [--repeat N]",
		"dry-run a function over captured packets; nothing is sent",
		run_options, NULL, cmd_run,
	}, {
		"top", "[-n COUNT] [-d SECONDS]",
		"show the activity of states in a table that is refreshed",
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
