// SPDX-License-Identifier: GPL-2.0-or-later
/* run: a dry run of a function over captured packets. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "capture.h"
#include "commands.h"
#include "json.h"
#include "options.h"
#include "output.h"
#include "signals.h"
#include "size.h"
#include "text.h"

static const char *const chains[] = {
	[NFLUA_HOOK_PREROUTING] = "PREROUTING",
	[NFLUA_HOOK_INPUT] = "INPUT",
	[NFLUA_HOOK_FORWARD] = "FORWARD",
	[NFLUA_HOOK_OUTPUT] = "OUTPUT",
	[NFLUA_HOOK_POSTROUTING] = "POSTROUTING",
};

#define CHAINS (sizeof(chains) / sizeof(chains[0]))

static const char *const skip_names[] = {
	[SKIP_NO_IP] = "no_ip",
	[SKIP_CUT] = "cut",
	[SKIP_LONG] = "long",
};

#define SKIPS (sizeof(skip_names) / sizeof(skip_names[0]))

struct dry_run {
	const char *name, *function;
	const char *path, *write_to;	/* files */
	uint32_t repeat;
	enum nflua_hook hook;
	bool verbose;

	struct capture *capture;
	struct capture_writer *writer;	/* NULL: none */
	uint64_t packets;		/* of the file */
	uint64_t skipped[SKIPS];
	uint64_t counts[NFLUA_VERDICTS];
	uint64_t calls, time_ns, sent_packets, sent_messages;
	uint64_t first_ns, longest_ns, classes[NFLUA_CLASSES];
	bool cut;			/* not everything sent could be written */
	struct json_object *output;	/* with -j: an array */
	struct json_object *lines;	/* with -j and -v: an array */
	struct nflua_trial *failure;	/* the first one with an error */
	uint64_t failed_at;		/* number of its packet */
	const char *broken;		/* why the file ended early; NULL: complete */
};

static int find_chain(const char *name, enum nflua_hook *hook)
{
	size_t i;

	for (i = 0; i < CHAINS; i++) {
		if (strcasecmp(name, chains[i]) == 0) {
			*hook = i;
			return 0;
		}
	}
	return -1;
}

static int run_option(struct cli *cli, struct dry_run *t, const struct arg *arg)
{
	switch (arg->letter) {
	case 'p':
		t->path = arg->value;
		return 0;
	case 'w':
		t->write_to = arg->value;
		return 0;
	case 'v':
		t->verbose = true;
		return 0;
	case 'r':
		if (parse_u32(arg->value, &t->repeat) || !t->repeat)
			return usage_error(cli, "'%s' is not a number of calls",
					   arg->value);
		return 0;
	case 'k':
		if (find_chain(arg->value, &t->hook))
			return usage_error(cli, "unknown chain '%s'", arg->value);
		return 0;
	}
	if (t->function)
		return unexpected_argument(cli, arg);
	if (t->name)
		t->function = arg->value;
	else
		t->name = arg->value;
	return 0;
}

static int read_run(struct cli *cli, struct dry_run *t)
{
	int status = 0;
	size_t i;

	for (i = 0; i < cli->count && !status; i++)
		status = run_option(cli, t, &cli->args[i]);
	if (!status && !t->name)
		status = usage_error(cli, "missing state name");
	if (!status && !t->function)
		status = usage_error(cli, "missing function");
	if (!status && !t->path)
		status = usage_error(cli, "missing --pcap FILE");
	return status;
}

static void write_sent(struct dry_run *t, const struct nflua_trial *trial)
{
	const void *packet;
	size_t i, len;

	if (!t->writer)
		return;
	for (i = 0; (packet = nflua_trial_packet(trial, i, &len)); i++)
		capture_write(t->writer, packet, len);
	t->cut |= i < nflua_trial_packets(trial);
}

/* Prints a line for the packet: the verdicts of its calls. */
static void print_packet(const struct dry_run *t, const struct nflua_trial *trial)
{
	int i;

	printf("%" PRIu64, t->packets);
	for (i = 0; i < NFLUA_VERDICTS; i++) {
		if (!nflua_trial_count(trial, i))
			continue;
		printf("\t%s", nflua_verdict_name(i));
		if (t->repeat > 1)
			printf(" %" PRIu64, nflua_trial_count(trial, i));
	}
	putchar('\n');
}

static struct json_object *json_verdicts(const uint64_t counts[NFLUA_VERDICTS])
{
	struct json_object *o = json_object_new_object();
	int i;

	for (i = 0; i < NFLUA_VERDICTS; i++)
		json_object_object_add(o, nflua_verdict_name(i),
				       json_object_new_uint64(counts[i]));
	return o;
}

/* Keeps for the document of -j what would be printed for the packet. */
static void keep_packet(struct dry_run *t, const struct nflua_trial *trial)
{
	uint64_t counts[NFLUA_VERDICTS];
	struct json_object *o;
	size_t len, i;
	const char *output = nflua_result_output(nflua_trial_result(trial), &len);

	if (len)
		json_object_array_add(t->output, json_text(output, len));
	if (!t->lines)
		return;
	for (i = 0; i < NFLUA_VERDICTS; i++)
		counts[i] = nflua_trial_count(trial, i);
	o = json_object_new_object();
	json_object_object_add(o, "packet", json_object_new_uint64(t->packets));
	json_object_object_add(o, "verdicts", json_verdicts(counts));
	json_object_array_add(t->lines, o);
}

static void add_times(struct dry_run *t, const struct nflua_trial *trial)
{
	int i;

	if (!t->calls)
		t->first_ns = nflua_trial_first_ns(trial);
	if (nflua_trial_longest_ns(trial) > t->longest_ns)
		t->longest_ns = nflua_trial_longest_ns(trial);
	for (i = 0; i < NFLUA_CLASSES; i++)
		t->classes[i] += nflua_trial_class(trial, i, NULL);
	t->calls += nflua_trial_calls(trial);
	t->time_ns += nflua_trial_time_ns(trial);
}

/* Returns the median time of the calls, as far as the classes tell it. */
static uint64_t median_ns(const struct dry_run *t)
{
	uint64_t below = 0, ns = 0;
	int i;

	for (i = 0; i < NFLUA_CLASSES && 2 * below < t->calls; i++) {
		below += t->classes[i];
		nflua_trial_class(NULL, i, &ns);
	}
	return ns < t->longest_ns ? ns : t->longest_ns;
}

/* Adds the results of a packet, which are kept or freed. */
static void add_trial(struct cli *cli, struct dry_run *t, struct nflua_trial *trial)
{
	int i;

	for (i = 0; i < NFLUA_VERDICTS; i++)
		t->counts[i] += nflua_trial_count(trial, i);
	add_times(t, trial);
	t->sent_packets += nflua_trial_packets(trial);
	t->sent_messages += nflua_trial_messages(trial);
	write_sent(t, trial);
	print_output(cli, nflua_trial_result(trial));
	if (t->output)
		keep_packet(t, trial);
	else if (t->verbose)
		print_packet(t, trial);
	if (nflua_trial_count(trial, NFLUA_VERDICT_ERROR) && !t->failure) {
		t->failure = trial;
		t->failed_at = t->packets;
	} else {
		nflua_trial_free(trial);
	}
}

static int run_packets(struct cli *cli, struct dry_run *t)
{
	struct nflua_packet packet;
	struct nflua_trial *trial;
	enum skip skip;
	int got;

	while ((got = capture_next(t->capture, &packet, &skip)) > 0 &&
	       !is_interrupted()) {
		t->packets++;
		if (skip) {
			t->skipped[skip]++;
			continue;
		}
		if (nflua_run(cli->ctx, t->name, t->function, &packet, t->hook,
			      t->repeat, &trial))
			return failed(cli, t->name, NULL);
		add_trial(cli, t, trial);
	}
	if (got && is_interrupted())
		return failed_with(cli, t->name, "interrupted");
	if (got < 0)
		t->broken = capture_error(t->capture);
	return EXIT_DONE;
}

static uint64_t all_skipped(const struct dry_run *t)
{
	uint64_t n = 0;
	size_t i;

	for (i = SKIP_NOT + 1; i < SKIPS; i++)
		n += t->skipped[i];
	return n;
}

/* Prints the first time by itself: with cold caches, it says little of the others. */
static void print_times(const struct dry_run *t)
{
	char first[32] = "-", median[32] = "-", longest[32] = "-";

	if (t->first_ns) {
		format_time(first, sizeof(first), t->first_ns);
		format_time(median, sizeof(median), median_ns(t));
		format_time(longest, sizeof(longest), t->longest_ns);
	}
	printf("%" PRIu64 " calls: first %s, median %s, longest %s\n", t->calls,
	       first, median, longest);
}

static void print_summary(const struct dry_run *t)
{
	int i;

	printf("%" PRIu64 " packets without a connection", t->packets);
	if (all_skipped(t))
		printf(", %" PRIu64 " skipped (%" PRIu64 " not IP, %" PRIu64
		       " truncated or damaged, %" PRIu64 " too long)",
		       all_skipped(t), t->skipped[SKIP_NO_IP], t->skipped[SKIP_CUT],
		       t->skipped[SKIP_LONG]);
	putchar('\n');
	for (i = 0; i < NFLUA_VERDICTS; i++)
		if (t->counts[i])
			printf("%-10s %" PRIu64 "\n", nflua_verdict_name(i),
			       t->counts[i]);
	print_times(t);
	if (t->sent_packets || t->sent_messages)
		printf("would have sent %" PRIu64 " packets and %" PRIu64 " messages\n",
		       t->sent_packets, t->sent_messages);
}

static struct json_object *json_summary(struct dry_run *t)
{
	struct json_object *o = json_object_new_object();
	struct json_object *skipped = json_object_new_object();
	size_t i;

	for (i = SKIP_NOT + 1; i < SKIPS; i++)
		json_object_object_add(skipped, skip_names[i],
				       json_object_new_uint64(t->skipped[i]));
	json_object_object_add(o, "packets", json_object_new_uint64(t->packets));
	json_object_object_add(o, "skipped", skipped);
	json_object_object_add(o, "calls", json_object_new_uint64(t->calls));
	json_object_object_add(o, "verdicts", json_verdicts(t->counts));
	json_object_object_add(o, "time_ns", json_object_new_uint64(t->time_ns));
	json_object_object_add(o, "ns_per_call", json_object_new_uint64(
			       t->calls ? t->time_ns / t->calls : 0));
	json_object_object_add(o, "first_ns", json_object_new_uint64(t->first_ns));
	json_object_object_add(o, "median_ns", json_object_new_uint64(median_ns(t)));
	json_object_object_add(o, "longest_ns", json_object_new_uint64(t->longest_ns));
	json_object_object_add(o, "sent_packets",
			       json_object_new_uint64(t->sent_packets));
	json_object_object_add(o, "sent_messages",
			       json_object_new_uint64(t->sent_messages));
	json_object_object_add(o, "output", json_object_get(t->output));
	json_object_object_add(o, "trials", json_object_get(t->lines));
	return o;
}

/* Prints the results. Returns EXIT_FAILED if a call failed. */
static int conclude(struct cli *cli, struct dry_run *t)
{
	if (cli->globals.json)
		cli->document = json_summary(t);
	else
		print_summary(t);
	if (capture_finish(t->writer))
		t->cut = true;
	t->writer = NULL;
	if (t->broken)
		return failed_with(cli, t->name, t->broken);
	if (t->failure) {
		complain("nfluactl: run: the first call that failed was for packet %"
			 PRIu64, t->failed_at);
		return failed(cli, t->name, nflua_trial_result(t->failure));
	}
	if (t->cut)
		return failed_with(cli, t->name,
				   "not all packets that would have been sent could be written");
	return EXIT_DONE;
}

static int do_run(struct cli *cli, struct dry_run *t)
{
	const char *why = capture_open(t->path, &t->capture);
	int status;

	if (!why && t->write_to)
		why = capture_create(t->write_to, &t->writer);
	if (why)
		return failed_with(cli, t->name, why);
	t->output = cli->globals.json ? json_object_new_array() : NULL;
	t->lines = t->output && t->verbose ? json_object_new_array() : NULL;
	catch_sigint(cli->ctx);
	status = run_packets(cli, t);
	restore_sigint();
	return status ? status : conclude(cli, t);
}

int cmd_run(struct cli *cli)
{
	struct dry_run t = { .repeat = 1 };
	int status = read_run(cli, &t);

	if (!status)
		status = open_module(cli);
	if (!status)
		status = do_run(cli, &t);
	capture_close(t.capture);
	capture_finish(t.writer);
	nflua_trial_free(t.failure);
	json_object_put(t.output);
	json_object_put(t.lines);
	return status;
}
