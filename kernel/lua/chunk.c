// SPDX-License-Identifier: GPL-2.0-or-later
/* Chunks: compiled piece by piece, then run; see engine.h. */
#define LUA_CORE

#include "lprefix.h"

#include <string.h>

#include "lua.h"
#include "lauxlib.h"
#include "ldo.h"

#include "engine.h"
#include "shared.h"

/* A piece of a chunk between two checks whether the call must stop, in bytes. */
#define PIECE_MAX	512

/* What the parser reads from: "return ", for an expression, then the chunk. */
struct source {
	struct nflua_chunk *chunk;
	const char *prefix;
	const char *rest;
	size_t left;
};

static const char *read_piece(lua_State *L, void *ud, size_t *size)
{
	struct source *src = ud;
	const char *piece = src->prefix;

	if (nflua_host(L)->call.attention)
		nflua_attend_parser(L);
	if (piece) {
		src->prefix = NULL;
		*size = strlen(piece);
		return piece;
	}
	while (src->left == 0) {
		src->rest = src->chunk->read(src->chunk->ud, &src->left);
		if (!src->rest)
			return NULL;
	}
	*size = src->left < PIECE_MAX ? src->left : PIECE_MAX;
	piece = src->rest;
	src->rest += *size;
	src->left -= *size;
	return piece;
}

static int compile(lua_State *L, struct nflua_chunk *chunk, const char *prefix)
{
	struct source src = { .chunk = chunk, .prefix = prefix };

	chunk->rewind(chunk->ud);
	return nflua_load(L, read_piece, &src, chunk->name, "t");
}

/* Returns whether more text could complete the chunk: Lua says '... near <eof>' then. */
static int ends_early(lua_State *L)
{
	static const char eof[] = "<eof>";
	size_t len;
	const char *msg = lua_tolstring(L, -1, &len);

	return msg && len >= sizeof(eof) - 1 &&
	       memcmp(msg + len - (sizeof(eof) - 1), eof, sizeof(eof) - 1) == 0;
}

static int compile_any(lua_State *L, struct nflua_chunk *chunk)
{
	int status;

	if (chunk->eval) {
		nflua_host(L)->call.refused_float = 0;
		status = compile(L, chunk, "return ");
		/* An expression with a float is no statement either. */
		if (status != LUA_ERRSYNTAX || nflua_host(L)->call.refused_float)
			return status;
		lua_pop(L, 1);
	}
	return compile(L, chunk, NULL);
}

void nflua_engine_chunk(lua_State *L, void *ud)
{
	struct nflua_chunk *chunk = ud;
	int status = compile_any(L, chunk);

	if (status != LUA_OK) {
		/* A chunk that nests too deep for the parser gives LUA_ERRRUN. */
		if (status == LUA_ERRSYNTAX || status == LUA_ERRRUN)
			chunk->stage = ends_early(L) ? NFLUA_STAGE_INCOMPLETE :
						       NFLUA_STAGE_SYNTAX;
		luaD_throw(L, status);
	}
	if (chunk->check)
		lua_pop(L, 1);
	else
		lua_call(L, 0, chunk->eval ? LUA_MULTRET : 0);
}
