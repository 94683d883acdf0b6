/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options that the match "lua" and the target "LUA" have in common. */
#ifndef NFLUA_LUA_OPTIONS_H
#define NFLUA_LUA_OPTIONS_H

#include <stddef.h>
#include <xtables.h>
#include <linux/netfilter/xt_lua.h>

enum lua_option {
	LUA_O_STATE,
	LUA_O_FUNCTION,
	LUA_O_TCP_PAYLOAD,
	LUA_O_MASK,
	LUA_O_ON_ERROR,
};

/**
 * struct lua_on_error - a word that --on-error takes
 *
 * A table of them ends with a word that is NULL. The word of
 * %XT_LUA_ON_ERROR_DEFAULT is there, too.
 */
struct lua_on_error {
	const char *word;
	enum xt_lua_on_error value;
};

/* One entry of the table of options, and those that match and target share. */
#define LUA_OPTION_FUNCTION(extra)					\
	{ .name = "function", .id = LUA_O_FUNCTION,			\
	  .type = XTTYPE_STRING, .flags = XTOPT_MAND | (extra) }
#define LUA_OPTIONS							\
	{ .name = "state", .id = LUA_O_STATE, .type = XTTYPE_STRING },	\
	{ .name = "tcp-payload", .id = LUA_O_TCP_PAYLOAD,		\
	  .type = XTTYPE_NONE },					\
	{ .name = "mask", .id = LUA_O_MASK, .type = XTTYPE_UINT64,	\
	  .flags = XTOPT_PUT, .min = 1,					\
	  XTOPT_POINTER(struct xt_lua_info, mask) },			\
	{ .name = "on-error", .id = LUA_O_ON_ERROR,			\
	  .type = XTTYPE_STRING }

#define LUA_INFO_SIZE		XT_ALIGN(sizeof(struct xt_lua_info))
#define LUA_INFO_USER_SIZE	offsetof(struct xt_lua_info, rule)

/* lua_options_init() - a rule before its options; @info is zeroed */
void lua_options_init(struct xt_lua_info *info);

/* lua_options_parse() - take one option, or end iptables with an error */
void lua_options_parse(struct xt_option_call *cb,
		       const struct lua_on_error *words);

/* lua_options_help() - describe the options but --function and --on-error */
void lua_options_help(void);

/* lua_options_print() - the rule for people, as iptables -L shows it */
void lua_options_print(const struct xt_lua_info *info,
		       const struct lua_on_error *words);

/* lua_options_save() - the rule as the options that make it */
void lua_options_save(const struct xt_lua_info *info,
		      const struct lua_on_error *words);

#endif /* NFLUA_LUA_OPTIONS_H */
