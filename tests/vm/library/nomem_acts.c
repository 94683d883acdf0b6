// SPDX-License-Identifier: GPL-2.0-or-later
/* The calls that nomem.c makes, and what each must return and do. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "nomem.h"

/* ---- Contexts and options ---- */

static int call_open(struct scene *s)
{
	int err = nflua_open(&s->ctx, NULL);

	if (!err)
		whole(nflua_family_version(s->ctx) == 2, "the version");
	return err;
}

static int call_open_netns(struct scene *s)
{
	return nflua_open(&s->ctx, "nomem");
}

static int call_open_none(struct scene *s)
{
	return nflua_open(&s->ctx, "no such");
}

static int call_options(struct scene *s)
{
	struct nflua_options *options = nflua_options_new();

	(void)s;
	nflua_options_free(options);
	return options ? 0 : -ENOMEM;
}

/* ---- States ---- */

static bool made(void)
{
	return there("made");
}

static void before_create(struct scene *s)
{
	nflua_destroy(admin, "made", true);
	open_ctx(s);
}

static int create(struct scene *s, const char *script, const char *output)
{
	struct nflua_options *options = nflua_options_new();
	struct nflua_result *r = NULL;
	size_t len;
	int err;

	if (!options)
		return -ENOMEM;
	nflua_options_set_maxalloc(options, 1 << 20);
	err = nflua_create(s->ctx, "made", options, script, strlen(script), "@m", &r);
	if (!err || r)
		whole(!strcmp(nflua_result_output(r, &len), output), "the output");
	nflua_options_free(options);
	nflua_result_free(r);
	return err;
}

static int call_create(struct scene *s)
{
	return create(s, "print('hello')", "hello\n");
}

static int call_create_fails(struct scene *s)
{
	return create(s, "print('so far') error('boom')", "so far\n");
}

bool never(void)
{
	whole(!there("made"), "a state is left behind");
	return false;
}

static void before_destroy(struct scene *s)
{
	nflua_create(admin, "made", NULL, NULL, 0, NULL, NULL);
	open_ctx(s);
}

static int call_destroy(struct scene *s)
{
	return nflua_destroy(s->ctx, "made", false);
}

static bool gone(void)
{
	return !there("made");
}

static int call_clear(struct scene *s)
{
	return nflua_clear(s->ctx, "n");
}

static int attach(struct scene *s, uint32_t *id)
{
	const struct nflua_attachment what = {
		.state = "n",
		.function = "print",
		.hook = NFLUA_HOOK_INPUT,
		.priority = 1000,
		.iif = "nomem",
	};

	return nflua_attach(s ? s->ctx : admin, &what, false, id);
}

static bool attached(void)
{
	struct nflua_hooks *hooks = NULL;
	bool there = !nflua_hooks(admin, "n", &hooks) && nflua_hooks_count(hooks);

	nflua_hooks_free(hooks);
	return there;
}

static bool detached(void)
{
	return !attached();
}

static void before_attach(struct scene *s)
{
	nflua_detach(admin, "n", "print");
	open_ctx(s);
}

static int call_attach(struct scene *s)
{
	uint32_t id = 0;
	int err = attach(s, &id);

	if (!err)
		whole(id, "the number of the hook");
	return err;
}

static int set_owner(struct nflua_ctx *ctx, const char *owner)
{
	struct nflua_options *options = nflua_options_new();
	int err = options ? nflua_options_set_owner(options, owner) : -ENOMEM;

	if (!err)
		err = nflua_set(ctx, "n", options);
	nflua_options_free(options);
	return err;
}

static void before_set(struct scene *s)
{
	set_owner(admin, "nobody");
	open_ctx(s);
}

static int call_set(struct scene *s)
{
	return set_owner(s->ctx, "nomem");
}

static bool owned(void)
{
	struct nflua_list *list = NULL;
	bool is = !nflua_get(admin, "n", &list) &&
		  !strcmp(nflua_state_owner(nflua_list_state(list, 0)), "nomem");

	nflua_list_free(list);
	return is;
}

static const struct nflua_script two[] = { { "x = 1", 5, "=one" }, { "print(x)", 8, NULL } };

static int end_scripts(int err, struct nflua_result *r)
{
	if (!err || r)
		whole(!strcmp(nflua_result_output(r, NULL), "1\n"), "the output");
	nflua_result_free(r);
	return err;
}

static int call_create_scripts(struct scene *s)
{
	struct nflua_result *r = NULL;
	int err = nflua_create_scripts(s->ctx, "made", NULL, two, 2, &r);

	return end_scripts(err, r);
}

static int call_load_scripts(struct scene *s)
{
	struct nflua_result *r = NULL;
	int err = nflua_load_scripts(s->ctx, "n", 0, two, 2, &r);

	return end_scripts(err, r);
}

static const struct nflua_way_back way = { .confirm_ms = 86400000, .keep = true };

static void before_way_back(struct scene *s)
{
	nflua_rollback(admin, "n", true);
	open_ctx(s);
}

static int replace_for_a_time(struct nflua_ctx *ctx, struct nflua_result **r)
{
	return nflua_replace_scripts(ctx, "n", NFLUA_LOAD_FORCE, two, 2, &way, r);
}

static int call_way_back(struct scene *s)
{
	struct nflua_result *r = NULL;
	int err = replace_for_a_time(s->ctx, &r);

	/* Even if there was no memory for the answer, the change may wait. */
	nflua_rollback(admin, "n", true);
	return end_scripts(err, r);
}

static void before_confirm(struct scene *s)
{
	nflua_rollback(admin, "n", true);
	replace_for_a_time(admin, NULL);
	open_ctx(s);
}

static int call_confirm(struct scene *s)
{
	int err = nflua_confirm(s->ctx, "n");

	nflua_rollback(admin, "n", true);
	return err;
}

static int call_rollback(struct scene *s)
{
	return nflua_rollback(s->ctx, "n", true);
}

static int call_try(struct scene *s)
{
	static const char *const functions[] = { "print", NULL };
	struct nflua_result *r = NULL;
	int err = nflua_try_scripts(s->ctx, "tried", NULL, 0, two, 2, functions, &r);

	return end_scripts(err, r);
}

static uint32_t attached_id;

static int call_set_hook(struct scene *s)
{
	const struct nflua_attachment what = { .state = "n", .id = attached_id, .owner = "nomem" };

	return nflua_set_hook(s->ctx, &what);
}

static void before_detach(struct scene *s)
{
	nflua_detach(admin, "n", "print");
	attach(NULL, &attached_id);
	open_ctx(s);
}

static int call_detach(struct scene *s)
{
	return nflua_detach(s->ctx, "n", "print");
}

static int call_detach_id(struct scene *s)
{
	return nflua_detach_id(s->ctx, "n", attached_id);
}

static int call_hooks(struct scene *s)
{
	struct nflua_hooks *hooks = NULL;
	int err = nflua_hooks(s->ctx, NULL, &hooks);

	if (!err)
		whole(nflua_hooks_count(hooks) == 1 &&
		      !strcmp(nflua_hooks_get(hooks, 0)->function, "print"), "the hook");
	nflua_hooks_free(hooks);
	return err;
}

static int call_list(struct scene *s)
{
	struct nflua_list *list = NULL;
	const struct nflua_state *state;
	int err = nflua_list(s->ctx, &list);
	size_t i;

	if (!err)
		whole(nflua_list_count(list) >= 3, "the number of states");
	for (i = 0; !err && (state = nflua_list_state(list, i)); i++)
		whole(*nflua_state_name(state) && nflua_state_maxalloc(state), "a state");
	nflua_list_free(list);
	return err;
}

static int call_get(struct scene *s)
{
	struct nflua_list *list = NULL;
	int err = nflua_get(s->ctx, "n", &list);

	if (!err)
		whole(nflua_list_count(list) == 1, "the state");
	nflua_list_free(list);
	return err;
}

static int call_get_none(struct scene *s)
{
	struct nflua_list *list;

	return nflua_get(s->ctx, "none", &list);
}

/* ---- Scripts ---- */

static void before_load(struct scene *s)
{
	nflua_load(admin, "n", 0, "loaded = nil", 12, NULL, NULL);
	open_ctx(s);
}

static bool loaded(void)
{
	return lua("loaded or 0") == 1;
}

static int call_load(struct scene *s)
{
	return nflua_load(s->ctx, "n", 0, "loaded = 1", 10, "@l", NULL);
}

static int call_load_long(struct scene *s)
{
	static const char script[] = "loaded = 1";
	static char long_script[150000];

	memset(long_script, ' ', sizeof(long_script));
	memcpy(long_script, script, strlen(script));
	return nflua_load(s->ctx, "n", 0, long_script, sizeof(long_script), NULL, NULL);
}

static int call_check(struct scene *s)
{
	struct nflua_result *r = NULL;
	int err = nflua_load(s->ctx, "n", NFLUA_LOAD_CHECK, "x = = 1", 7, "@c", &r);

	if (r)
		whole(nflua_result_kind(r) == NFLUA_KIND_SYNTAX &&
		      nflua_result_error(r), "the error");
	nflua_result_free(r);
	return err;
}

static void before_replace(struct scene *s)
{
	nflua_load(admin, "other", NFLUA_LOAD_REPLACE, "v = 0", 5, NULL, NULL);
	open_ctx(s);
}

static int call_replace(struct scene *s)
{
	return nflua_load(s->ctx, "other", NFLUA_LOAD_REPLACE, "v = 1", 5, NULL, NULL);
}

static bool replaced(void)
{
	struct nflua_result *r;
	bool yes = !nflua_eval(admin, "other", "v", NULL, &r) &&
		   nflua_result_integer(r, 0) == 1;

	nflua_result_free(r);
	return yes;
}

static int call_read(struct scene *s)
{
	char *script = NULL;
	size_t len = 0;
	int err = nflua_read_script(s->ctx, file, -1, &script, &len);

	if (!err)
		whole(len == strlen("loaded = 1\n") && !strcmp(script, "loaded = 1\n"),
		      "the script");
	free(script);
	return err;
}

static int call_load_file(struct scene *s)
{
	return nflua_load_file(s->ctx, "n", 0, file, NULL);
}

static int call_read_none(struct scene *s)
{
	return nflua_load_file(s->ctx, "n", 0, "/none", NULL);
}

static int values(int err, struct nflua_result *r, const char *other)
{
	const char *text;
	size_t len;

	if (!err)
		whole(nflua_result_count(r) == 4 && nflua_result_boolean(r, 0) &&
		      nflua_result_integer(r, 1) == 7 &&
		      (text = nflua_result_string(r, 2, &len)) && !strcmp(text, "str") &&
		      (text = nflua_result_string(r, 3, &len)) &&
		      !strncmp(text, other, strlen(other)) &&
		      !strcmp(nflua_result_output(r, &len), "out\n"), "the values");
	nflua_result_free(r);
	return err;
}

#define VALUES "print('out') return true, 7, 'str', {1}"

static int call_eval(struct scene *s)
{
	struct nflua_result *r = NULL;
	int err = nflua_eval(s->ctx, "n", VALUES, NULL, &r);

	return values(err, r, "table: ");
}

static int call_show(struct scene *s)
{
	struct nflua_result *r = NULL;
	int err = nflua_show(s->ctx, "n", VALUES, NULL, &r);

	return values(err, r, "{1}");
}

static int call_eval_fails(struct scene *s)
{
	struct nflua_result *r = NULL;
	int err = nflua_eval(s->ctx, "n", "error('boom')", "=e", &r);

	if (r)
		whole(nflua_result_error(r) && nflua_result_traceback(r) &&
		      nflua_result_kind(r) == NFLUA_KIND_RUNTIME, "the error");
	nflua_result_free(r);
	return err;
}

static int call_complete(struct scene *s)
{
	struct nflua_result *r = NULL;
	int err = nflua_complete(s->ctx, "n", "string.re", &r);
	size_t len;

	if (!err)
		whole(nflua_result_count(r) == 2 &&
		      !strcmp(nflua_result_string(r, 0, &len), "rep"), "the names");
	nflua_result_free(r);
	return err;
}

static int call_run(struct scene *s)
{
	/* UDP, from 10.0.0.1 to 10.0.0.2 */
	static const unsigned char udp[28] = {
		0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2,
		0, 1, 0, 2, 0, 8, 0, 0,
	};
	struct nflua_packet packet = { NULL, 0, udp, sizeof(udp) };
	struct nflua_trial *t = NULL;
	int err = nflua_run(s->ctx, "n", "tell", &packet, NFLUA_HOOK_INPUT, 2, &t);
	size_t len;

	if (!err)
		whole(nflua_trial_calls(t) == 2 && nflua_trial_messages(t) == 2 &&
		      nflua_trial_count(t, NFLUA_VERDICT_MATCH) == 2 &&
		      nflua_trial_message(t, 1, &len) && len == 4, "the trial");
	nflua_trial_free(t);
	return err;
}

/* ---- Messages ---- */

static void before_send(struct scene *s)
{
	nflua_load(admin, "n", 0, "got = nil", 9, NULL, NULL);
	open_ctx(s);
}

static int call_send(struct scene *s)
{
	return nflua_send(s->ctx, "n", "ping", 4, NULL);
}

static bool received(void)
{
	return lua("got and 1 or 0") == 1;
}

static int call_send_fails(struct scene *s)
{
	struct nflua_result *r = NULL;
	int err = nflua_send(s->ctx, "n", "fail", 4, &r);

	if (r)
		whole(nflua_result_error(r) != NULL, "the error");
	nflua_result_free(r);
	return err;
}

static int call_channel(struct scene *s)
{
	return nflua_channel_open(s->ctx, &s->channel);
}

static void before_channel(struct scene *s)
{
	before_send(s);
	if (nflua_channel_open(s->ctx, &s->channel))
		printf("# channel: %s\n", nflua_errmsg(s->ctx));
}

static int call_join(struct scene *s)
{
	int err = nflua_channel_join(s->channel, 3);

	if (!err)
		err = nflua_channel_set_buffer(s->channel, 1 << 20);
	return err ? err : nflua_channel_leave(s->channel, 3);
}

/* The handler answers before the acknowledgement. The answer is kept, or its loss reported. */
static int call_channel_send(struct scene *s)
{
	const struct nflua_message *m;
	int got, err = nflua_channel_send(s->channel, "n", "ping", 4, NULL);
	bool fired = alloc_relent();
	size_t len;

	if (!err) {
		got = nflua_channel_receive(s->channel, 0, &m);
		whole(got == -ENOBUFS ||
		      (!got && !strncmp(nflua_message_payload(m, &len), "pong", 4)),
		      "the answer is neither there nor told of");
		whole(got != -ENOBUFS || fired, "the answer is lost");
	}
	return err;
}

static void before_receive(struct scene *s)
{
	char code[60];

	before_channel(s);
	snprintf(code, sizeof(code), "nf.netlink(%u, 0, 'pong') return 1",
		 nflua_channel_port(s->channel));
	lua(code);
}

static int call_receive(struct scene *s)
{
	const struct nflua_message *m;
	int err = nflua_channel_receive(s->channel, 1000, &m);
	size_t len;

	if (!err)
		whole(!strncmp(nflua_message_payload(m, &len), "pong", 4), "the message");
	return err;
}

/* ---- Events ---- */

static int call_watch(struct scene *s)
{
	return nflua_watch_open(s->ctx, &s->watch);
}

static void before_event(struct scene *s)
{
	before_create(s);
	if (nflua_watch_open(s->ctx, &s->watch))
		printf("# watch: %s\n", nflua_errmsg(s->ctx));
	nflua_create(admin, "made", NULL, NULL, 0, NULL, NULL);
}

static int call_event(struct scene *s)
{
	const struct nflua_event *e;
	int err = nflua_watch_receive(s->watch, 1000, &e);

	if (!err)
		whole(nflua_event_type(e) == NFLUA_EVENT_CREATED &&
		      !strcmp(nflua_event_state(e), "made") &&
		      nflua_event_figures(e), "the event");
	return err;
}

const struct act acts[] = {
	{ "nflua_open", 0, NULL, call_open, NULL },
	{ "nflua_open of a namespace", 0, NULL, call_open_netns, NULL },
	{ "nflua_open of a missing namespace", -ENOENT, NULL, call_open_none, NULL },
	{ "nflua_options_new", 0, NULL, call_options, NULL },
	{ "nflua_create", 0, before_create, call_create, made },
	{ "nflua_create with a script that fails", -ECANCELED, before_create,
	  call_create_fails, never },
	{ "nflua_destroy", 0, before_destroy, call_destroy, gone },
	{ "nflua_clear", 0, open_ctx, call_clear, NULL },
	{ "nflua_options_set_owner, nflua_set", 0, before_set, call_set, owned },
	{ "nflua_create_scripts", 0, before_create, call_create_scripts, made },
	{ "nflua_try_scripts", 0, open_ctx, call_try, NULL },
	{ "nflua_replace_scripts", 0, before_way_back, call_way_back, NULL },
	{ "nflua_confirm", 0, before_confirm, call_confirm, NULL },
	{ "nflua_rollback", 0, before_confirm, call_rollback, NULL },
	{ "nflua_load_scripts", 0, open_ctx, call_load_scripts, NULL },
	{ "nflua_attach", 0, before_attach, call_attach, attached },
	{ "nflua_set_hook", 0, before_detach, call_set_hook, NULL },
	{ "nflua_hooks", 0, before_detach, call_hooks, NULL },
	{ "nflua_detach_id", 0, before_detach, call_detach_id, detached },
	{ "nflua_detach", 0, before_detach, call_detach, detached },
	{ "nflua_list", 0, open_ctx, call_list, NULL },
	{ "nflua_get", 0, open_ctx, call_get, NULL },
	{ "nflua_get of a missing state", -ENOENT, open_ctx, call_get_none, NULL },
	{ "nflua_load", 0, before_load, call_load, loaded },
	{ "nflua_load of a long script", 0, before_load, call_load_long, loaded },
	{ "nflua_load with NFLUA_LOAD_CHECK", -ENOEXEC, open_ctx, call_check, NULL },
	{ "nflua_load with NFLUA_LOAD_REPLACE", 0, before_replace, call_replace, replaced },
	{ "nflua_read_script", 0, open_ctx, call_read, NULL },
	{ "nflua_load_file", 0, before_load, call_load_file, loaded },
	{ "nflua_load_file of a missing file", -ENOENT, open_ctx, call_read_none, NULL },
	{ "nflua_eval", 0, open_ctx, call_eval, NULL },
	{ "nflua_eval of code that fails", -ECANCELED, open_ctx, call_eval_fails, NULL },
	{ "nflua_show", 0, open_ctx, call_show, NULL },
	{ "nflua_complete", 0, open_ctx, call_complete, NULL },
	{ "nflua_run", 0, open_ctx, call_run, NULL },
	{ "nflua_send", 0, before_send, call_send, received },
	{ "nflua_send to a handler that fails", -ECANCELED, open_ctx, call_send_fails, NULL },
	{ "nflua_channel_open", 0, open_ctx, call_channel, NULL },
	{ "nflua_channel_join, set_buffer, leave", 0, before_channel, call_join, NULL },
	{ "nflua_channel_send", 0, before_channel, call_channel_send, received },
	{ "nflua_channel_receive", 0, before_receive, call_receive, NULL },
	{ "nflua_watch_open", 0, open_ctx, call_watch, NULL },
	{ "nflua_watch_receive", 0, before_event, call_event, NULL },
	{ NULL, 0, NULL, NULL, NULL },
};
