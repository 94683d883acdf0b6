// SPDX-License-Identifier: GPL-2.0-or-later
/* What the match "lua" and the target "LUA" do with their options. */
#include <ctype.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "lua_options.h"

void lua_options_init(struct xt_lua_info *info)
{
	strcpy(info->state, NFLUA_DEFAULT_STATE);
}

/* ctype.h, but for ASCII, whatever the locale is. */
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
			      "%s: --state: a name has 1 to %zu characters",
			      cb->ext_name, sizeof(info->state) - 1);
	if (*cb->arg == '-' || !is_made_of(cb->arg, "_.:@+-"))
		xtables_error(PARAMETER_PROBLEM,
			      "%s: --state \"%s\": a name is made of letters, digits and _ . : @ + -, and begins with no -",
			      cb->ext_name, cb->arg);
	memcpy(info->state, cb->arg, len + 1);
}

static void parse_function(const struct xt_option_call *cb,
			   struct xt_lua_info *info)
{
	size_t len = strlen(cb->arg);

	if (len == 0 || len >= sizeof(info->function))
		xtables_error(PARAMETER_PROBLEM,
			      "%s: --function: a name has 1 to %zu characters",
			      cb->ext_name, sizeof(info->function) - 1);
	if (isdigit((unsigned char)*cb->arg) || !is_made_of(cb->arg, "_"))
		xtables_error(PARAMETER_PROBLEM,
			      "%s: --function \"%s\": not the name of a global Lua function",
			      cb->ext_name, cb->arg);
	memcpy(info->function, cb->arg, len + 1);
}

static void parse_on_error(const struct xt_option_call *cb,
			   struct xt_lua_info *info,
			   const struct lua_on_error *words)
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

void lua_options_parse(struct xt_option_call *cb,
		       const struct lua_on_error *words)
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

void lua_options_help(void)
{
	printf(
"  --state NAME          state that the function lives in (\"" NFLUA_DEFAULT_STATE "\")\n"
"  --tcp-payload         only TCP packets that carry at least one byte\n"
"  --mask MASK           only while the match mask of the network namespace\n"
"                        has one of these bits\n");
}

/* The options of a rule; @dashes is what stands before their names. */
static void put_options(const struct xt_lua_info *info,
			const struct lua_on_error *words, const char *dashes)
{
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

void lua_options_print(const struct xt_lua_info *info,
		       const struct lua_on_error *words)
{
	put_options(info, words, "");
}

void lua_options_save(const struct xt_lua_info *info,
		      const struct lua_on_error *words)
{
	put_options(info, words, "--");
}
