/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the files of the rock share.
 *
 * Any function of Lua that allocates may fail, and leave by a longjmp. So while a
 * function holds an object of the library it calls no function of Lua: it reads all
 * arguments before, and rock_deliver() turns the object into values. An object that
 * lives longer belongs to a userdata, which is created first.
 *
 * A function of Lua may also run code of the program, in a metamethod, a hook or a
 * finalizer, and that may close what the function was called on. So a connection,
 * state or channel is checked first, for a good error message, and again after all
 * arguments were read; no function of Lua is called between that and the last use of
 * what the check returned. An event is kept by its watch until it is a table.
 */
#ifndef NFLUA_ROCK_H
#define NFLUA_ROCK_H

#include <lauxlib.h>
#include <lua.h>
#include <nflua/nflua.h>
#include <signal.h>

#pragma GCC visibility push(hidden)

/* type.c: what the userdata have in common */
void rock_new_type(lua_State *L, const char *type, lua_CFunction close,
		   lua_CFunction tostring, const luaL_Reg *methods);
int rock_return_self(lua_State *L);
int rock_return_true(lua_State *L);

/* field.c: fields of the table on top of the stack */
void rock_set_integer(lua_State *L, const char *name, lua_Integer n);
void rock_set_boolean(lua_State *L, const char *name, bool on);
void rock_set_string(lua_State *L, const char *name, const char *text);

/* deliver.c: values out of objects */
int rock_deliver(lua_State *L, lua_CFunction push, void *object,
		 void (*free)(void *object));

/* argument.c: arguments, and options in tables; these raise an error if one is wrong */
const char *rock_check_text(lua_State *L, int arg);
const char *rock_opt_text(lua_State *L, int arg);
int rock_check_timeout(lua_State *L, int arg);
int rock_argument_error(lua_State *L, int arg, const char *fmt, ...)
	__attribute__((format(printf, 3, 4), noreturn));
int rock_find(const char *name, const char *const names[]);
void rock_check_options(lua_State *L, int arg, const char *const names[]);
const char *rock_option_string(lua_State *L, int arg, const char *name,
			       size_t *len);
const char *rock_option_text(lua_State *L, int arg, const char *name);
bool rock_option_boolean(lua_State *L, int arg, const char *name);
lua_Integer rock_option_integer(lua_State *L, int arg, const char *name,
				lua_Integer min, lua_Integer max);

/* result.c: what a script did */
void rock_set_result(lua_State *L, const struct nflua_result *result);
int rock_fail(lua_State *L, int err, const char *message,
	      const struct nflua_result *result);
int rock_fail_receive(lua_State *L, int err, const char *message);
int rock_end(lua_State *L, int err, const char *message,
	     struct nflua_result *result);
int rock_end_send(lua_State *L, int err, const char *message,
		  struct nflua_result *result);
int rock_end_eval(lua_State *L, int err, const char *message,
		  struct nflua_result *result);

/* scripts.c: lists of scripts, and their digests */
const struct nflua_script *rock_check_scripts(lua_State *L, int arg, int at, size_t *count);
void rock_push_digest(lua_State *L, const unsigned char *digest);
int rock_digest(lua_State *L);

/* stats.c: states as tables */
void rock_push_stats(lua_State *L, const struct nflua_state *state);

/* signals.c: signals that interrupt what the kernel runs */
#define ROCK_SIGNALS 3

struct rock_signals {
	bool ours;
	bool caught[ROCK_SIGNALS];
};

void rock_signals_catch(struct rock_signals *signals, struct nflua_ctx *ctx);
void rock_signals_release(struct rock_signals *signals);

int rock_receive(int fd, int timeout, int (*receive)(void *ud), void *ud);

/* codes.c */
void rock_set_codes(lua_State *L);

/* connection.c */
struct rock_connection {
	struct nflua_ctx *ctx;		/* NULL: closed */
};

void rock_connection_type(lua_State *L, const luaL_Reg *methods);
int rock_connection_open(lua_State *L);
int rock_connection_close(lua_State *L);
int rock_connection_version(lua_State *L);
struct nflua_ctx *rock_check_ctx(lua_State *L, int arg);

/* state.c */
struct rock_state {
	struct rock_connection *connection;	/* the first user value */
	const char *name;			/* the second */
};

void rock_state_type(lua_State *L, const luaL_Reg *methods);
int rock_state(lua_State *L);
int rock_state_name(lua_State *L);
int rock_state_send(lua_State *L);
int rock_state_destroy(lua_State *L);
int rock_state_clear(lua_State *L);
void rock_push_state(lua_State *L, int connection, int name);
struct nflua_ctx *rock_check_state(lua_State *L, int arg, const char **name);
const char *rock_check_state_name(lua_State *L, int arg);

/* create.c, list.c: other functions of a connection */
int rock_create(lua_State *L);
int rock_try(lua_State *L);
int rock_state_set(lua_State *L);
int rock_list(lua_State *L);
int rock_get(lua_State *L);

/* script.c: functions of a state that run scripts */
int rock_state_confirm(lua_State *L);
int rock_state_rollback(lua_State *L);
int rock_state_load(lua_State *L);
int rock_state_check(lua_State *L);
int rock_state_replace(lua_State *L);
int rock_state_load_file(lua_State *L);
int rock_state_check_file(lua_State *L);
int rock_state_replace_file(lua_State *L);
int rock_state_eval(lua_State *L);
int rock_state_result(lua_State *L);
int rock_state_show(lua_State *L);

/* complete.c, dry_run.c: other functions of a state */
int rock_state_complete(lua_State *L);
int rock_state_run(lua_State *L);

/* hooks.c */
int rock_option_hook(lua_State *L, int arg, int otherwise);
int rock_state_attach(lua_State *L);
int rock_state_detach(lua_State *L);
int rock_state_set_hook(lua_State *L);
int rock_state_hooks(lua_State *L);
int rock_hooks(lua_State *L);
void rock_push_hook(lua_State *L, const struct nflua_attachment *hook);

/* watch.c */
void rock_watch_type(lua_State *L);
int rock_watch(lua_State *L);

/* channel.c */
void rock_channel_type(lua_State *L);
int rock_listen(lua_State *L);

#pragma GCC visibility pop

#endif /* NFLUA_ROCK_H */
