// SPDX-License-Identifier: GPL-2.0-or-later
/* The match "lua" of iptables. */
#include <stdio.h>

#include "lua_options.h"

static const struct lua_on_error words[] = {
	{ "no", XT_LUA_ON_ERROR_NO },
	{ "yes", XT_LUA_ON_ERROR_YES },
	{ NULL, 0 },
};

static const struct xt_option_entry options[] = {
	LUA_OPTION_FUNCTION(XTOPT_INVERT),
	LUA_OPTIONS,
	XTOPT_TABLEEND,
};

static void help(void)
{
	printf(
"lua match options:\n"
"[!] --function NAME     global Lua function that says true or false\n");
	lua_options_help();
	printf(
"  --on-error no|yes     what a call that fails gives (as the state says)\n");
}

static void init(struct xt_entry_match *m)
{
	lua_options_init((struct xt_lua_info *)m->data);
}

static void parse(struct xt_option_call *cb)
{
	lua_options_parse(cb, words);
}

static void print(const void *ip, const struct xt_entry_match *m, int numeric)
{
	(void)ip;
	(void)numeric;
	printf(" lua");
	lua_options_print((const struct xt_lua_info *)m->data, words);
}

static void save(const void *ip, const struct xt_entry_match *m)
{
	(void)ip;
	lua_options_save((const struct xt_lua_info *)m->data, words);
}

static struct xtables_match match = {
	.version = XTABLES_VERSION,
	.name = "lua",
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

static void __attribute__((constructor)) register_match(void)
{
	xtables_register_match(&match);
}
