// SPDX-License-Identifier: GPL-2.0-or-later
/* The target "LUA" of iptables. */
#include <stdio.h>

#include "lua_options.h"

static const struct lua_on_error words[] = {
	{ "continue", XT_LUA_ON_ERROR_CONTINUE },
	{ "accept", XT_LUA_ON_ERROR_ACCEPT },
	{ "drop", XT_LUA_ON_ERROR_DROP },
	{ NULL, 0 },
};

static const struct xt_option_entry options[] = {
	LUA_OPTION_FUNCTION(0),
	LUA_OPTIONS,
	XTOPT_TABLEEND,
};

static void help(void)
{
	printf(
"LUA target options:\n"
"  --function NAME       global Lua function that gives the verdict\n");
	lua_options_help();
	printf(
"  --on-error continue|accept|drop\n"
"                        what a call that fails gives (as the state says)\n");
}

static void init(struct xt_entry_target *t)
{
	lua_options_init((struct xt_lua_info *)t->data);
}

static void parse(struct xt_option_call *cb)
{
	lua_options_parse(cb, words);
}

static void print(const void *ip, const struct xt_entry_target *t, int numeric)
{
	(void)ip;
	(void)numeric;
	printf(" LUA");
	lua_options_print((const struct xt_lua_info *)t->data, words);
}

static void save(const void *ip, const struct xt_entry_target *t)
{
	(void)ip;
	lua_options_save((const struct xt_lua_info *)t->data, words);
}

static struct xtables_target target = {
	.version = XTABLES_VERSION,
	.name = "LUA",
	.revision = 0,
	.family = NFPROTO_UNSPEC,
	.size = LUA_INFO_SIZE,
	.userspacesize = LUA_INFO_USER_SIZE,
	.help = help,
	.init = init,
	.print = print,
	.save = save,
	.x6_parse = parse,
	.x6_options = options,
};

static void __attribute__((constructor)) register_target(void)
{
	xtables_register_target(&target);
}
