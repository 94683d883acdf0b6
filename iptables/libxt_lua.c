// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The match "lua" and the target "LUA" of iptables. One library has both; it is
 * installed under the names that iptables looks for, libxt_lua.so and libxt_LUA.so.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <xtables.h>

#include <linux/netfilter/xt_lua.h>

enum lua_option {
	LUA_O_STATE,
	LUA_O_FUNCTION,
	LUA_O_TCP_PAYLOAD,
	LUA_O_MASK,
	LUA_O_ON_ERROR,
};

/* A word that --on-error takes. The default has none. */
struct on_error {
	const char *word;		/* NULL: the end of the table */
	enum xt_lua_on_error value;
};

static const struct on_error match_on_error[] = {
	{ "no", XT_LUA_ON_ERROR_NO },
	{ "yes", XT_LUA_ON_ERROR_YES },
	{ NULL, 0 },
};

static const struct on_error target_on_error[] = {
	{ "continue", XT_LUA_ON_ERROR_CONTINUE },
	{ "accept", XT_LUA_ON_ERROR_ACCEPT },
	{ "drop", XT_LUA_ON_ERROR_DROP },
	{ NULL, 0 },
};

/* The options; @extra: flags of --function */
#define OPTIONS(extra) {						\
	{ .name = "function", .id = LUA_O_FUNCTION,			\
	  .type = XTTYPE_STRING, .flags = XTOPT_MAND | (extra) },	\
	{ .name = "state", .id = LUA_O_STATE, .type = XTTYPE_STRING },	\
	{ .name = "tcp-payload", .id = LUA_O_TCP_PAYLOAD,		\
	  .type = XTTYPE_NONE },					\
	{ .name = "mask", .id = LUA_O_MASK, .type = XTTYPE_UINT64,	\
	  .flags = XTOPT_PUT, .min = 1,					\
	  XTOPT_POINTER(struct xt_lua_info, mask) },			\
	{ .name = "on-error", .id = LUA_O_ON_ERROR,			\
	  .type = XTTYPE_STRING },					\
	XTOPT_TABLEEND,							\
}

static const struct xt_option_entry match_options[] = OPTIONS(XTOPT_INVERT);
static const struct xt_option_entry target_options[] = OPTIONS(0);

static void help_options(void)
{
	printf(
"  --state NAME          state that has the function (default: \"" NFLUA_DEFAULT_STATE "\")\n"
"  --tcp-payload         call it only for TCP packets with payload\n"
"  --mask MASK           call it only while one of these bits is set in the\n"
"                        match mask of the network namespace\n");
}

static void help_match(void)
{
	printf(
"lua match options:\n"
"[!] --function NAME     global Lua function that returns true or false\n");
	help_options();
	printf(
"  --on-error no|yes     result of a call that fails (default: as the state says)\n");
}

static void help_target(void)
{
	printf(
"LUA target options:\n"
"  --function NAME       global Lua function that returns the verdict\n");
	help_options();
	printf(
"  --on-error continue|accept|drop\n"
"                        result of a call that fails (default: as the state says)\n");
}

/* Fills in a zeroed rule, before its options. */
static void init(void *data)
{
	struct xt_lua_info *info = data;

	strcpy(info->state, NFLUA_DEFAULT_STATE);
}

static void init_match(struct xt_entry_match *m)
{
	init(m->data);
}

static void init_target(struct xt_entry_target *t)
{
	init(t->data);
}

/* Returns whether @c is an ASCII letter or digit, in any locale, or in @more. */
static bool is_one_of(char c, const char *more)
{
	return isascii((unsigned char)c) &&
	       (isalnum((unsigned char)c) || (c != '\0' && strchr(more, c)));
}

static bool is_made_of(const char *text, const char *more)
{
	for (; *text; text++)
		if (!is_one_of(*text, more))
			return false;
	return true;
}

static void parse_state(const struct xt_option_call *cb,
			struct xt_lua_info *info)
{
	size_t len = strlen(cb->arg);

	if (len == 0 || len >= sizeof(info->state))
		xtables_error(PARAMETER_PROBLEM,
			      "%s: --state: the name must have 1 to %zu characters",
			      cb->ext_name, sizeof(info->state) - 1);
	if (*cb->arg == '-' || !is_made_of(cb->arg, "_.:@+-"))
		xtables_error(PARAMETER_PROBLEM,
			      "%s: --state \"%s\": only letters, digits and _.:@+- are allowed, and no leading -",
			      cb->ext_name, cb->arg);
	memcpy(info->state, cb->arg, len + 1);
}

static void parse_function(const struct xt_option_call *cb,
			   struct xt_lua_info *info)
{
	size_t len = strlen(cb->arg);

	if (len == 0 || len >= sizeof(info->function))
		xtables_error(PARAMETER_PROBLEM,
			      "%s: --function: the name must have 1 to %zu characters",
			      cb->ext_name, sizeof(info->function) - 1);
	if (isdigit((unsigned char)*cb->arg) || !is_made_of(cb->arg, "_"))
		xtables_error(PARAMETER_PROBLEM,
			      "%s: --function \"%s\": not the name of a global Lua function",
			      cb->ext_name, cb->arg);
	memcpy(info->function, cb->arg, len + 1);
}

static void parse_on_error(const struct xt_option_call *cb,
			   struct xt_lua_info *info,
			   const struct on_error *words)
{
	char known[64] = "";
	size_t len = 0;

	for (; words->word; words++) {
		if (strcmp(words->word, cb->arg) == 0) {
			info->on_error = words->value;
			return;
		}
		len += snprintf(known + len, sizeof(known) - len, " %s",
				words->word);
	}
	xtables_error(PARAMETER_PROBLEM, "%s: --on-error \"%s\": not one of%s",
		      cb->ext_name, cb->arg, known);
}

/* Takes one option, or ends iptables with an error. */
static void parse(struct xt_option_call *cb, const struct on_error *words)
{
	struct xt_lua_info *info = cb->data;

	xtables_option_parse(cb);
	switch (cb->entry->id) {
	case LUA_O_STATE:
		parse_state(cb, info);
		break;
	case LUA_O_FUNCTION:
		parse_function(cb, info);
		if (cb->invert)
			info->flags |= XT_LUA_INVERT;
		break;
	case LUA_O_TCP_PAYLOAD:
		info->flags |= XT_LUA_TCP_PAYLOAD;
		break;
	case LUA_O_MASK:
		info->flags |= XT_LUA_MASK;
		break;
	case LUA_O_ON_ERROR:
		parse_on_error(cb, info, words);
		break;
	}
}

static void parse_match(struct xt_option_call *cb)
{
	parse(cb, match_on_error);
}

static void parse_target(struct xt_option_call *cb)
{
	parse(cb, target_on_error);
}

/* Prints the options of a rule. @dashes: what precedes the option names */
static void put_options(const void *data, const struct on_error *words,
			const char *dashes)
{
	const struct xt_lua_info *info = data;

	printf(" %sstate", dashes);
	xtables_save_string(info->state);
	printf("%s %sfunction", info->flags & XT_LUA_INVERT ? " !" : "", dashes);
	xtables_save_string(info->function);
	if (info->flags & XT_LUA_TCP_PAYLOAD)
		printf(" %stcp-payload", dashes);
	if (info->flags & XT_LUA_MASK)
		printf(" %smask 0x%" PRIx64, dashes, (uint64_t)info->mask);
	if (info->on_error == XT_LUA_ON_ERROR_DEFAULT)
		return;
	for (; words->word; words++)
		if (words->value == info->on_error)
			printf(" %son-error %s", dashes, words->word);
}

static void print_match(const void *ip, const struct xt_entry_match *m, int numeric)
{
	(void)ip;
	(void)numeric;
	printf(" lua");
	put_options(m->data, match_on_error, "");
}

static void print_target(const void *ip, const struct xt_entry_target *t, int numeric)
{
	(void)ip;
	(void)numeric;
	printf(" LUA");
	put_options(t->data, target_on_error, "");
}

static void save_match(const void *ip, const struct xt_entry_match *m)
{
	(void)ip;
	put_options(m->data, match_on_error, "--");
}

static void save_target(const void *ip, const struct xt_entry_target *t)
{
	(void)ip;
	put_options(t->data, target_on_error, "--");
}

/* What the two have in common; @kind: match or target */
#define EXTENSION(kind)							\
	.version = XTABLES_VERSION,					\
	.revision = 0,							\
	.family = NFPROTO_UNSPEC,					\
	.size = XT_ALIGN(sizeof(struct xt_lua_info)),			\
	.userspacesize = offsetof(struct xt_lua_info, rule),		\
	.help = help_##kind,						\
	.init = init_##kind,						\
	.print = print_##kind,						\
	.save = save_##kind,						\
	.x6_parse = parse_##kind,					\
	.x6_options = kind##_options

static struct xtables_match match = { .name = "lua", EXTENSION(match) };
static struct xtables_target target = { .name = "LUA", EXTENSION(target) };

static void __attribute__((constructor)) register_both(void)
{
	xtables_register_match(&match);
	xtables_register_target(&target);
}
