// SPDX-License-Identifier: GPL-2.0-or-later
/* Programs: statements and functions. See grammar.h. */
#include <stdio.h>
#include <string.h>

#include "grammar.h"

#define DEPTH_MAX	7

/* Kept free for what closes that which is open. */
#define CLOSING		1024

unsigned int grammar_pick(struct grammar *g, unsigned int n)
{
	unsigned int byte = 0;

	if (g->left) {
		byte = *g->data++;
		g->left--;
	}
	return byte % n;
}

void grammar_put(struct grammar *g, const char *text)
{
	size_t len = strlen(text);

	if (len > sizeof(g->text) - g->len)
		len = sizeof(g->text) - g->len;
	memcpy(g->text + g->len, text, len);
	g->len += len;
}

/* Nothing that is large is begun any more. */
static int is_full(const struct grammar *g)
{
	return !g->left || g->depth >= DEPTH_MAX ||
	       g->len > sizeof(g->text) - CLOSING * (g->depth + 1);
}

static const char *const variables[] = {
	"a", "b", "c", "d", "e", "f", "X", "Y", "a.x", "b[1]", "a.x.y", "c[d]",
};

static void put_variable(struct grammar *g)
{
	grammar_put(g, variables[grammar_pick(g, sizeof(variables) / sizeof(*variables))]);
}

static void put_integer(struct grammar *g)
{
	static const char *const integers[] = {
		"0", "1", "2", "3", "-1", "7", "10", "63", "64", "100", "255", "256",
		"1000", "0x7fffffff", "0xffffffff", "0x100000000", "math.maxinteger",
		"math.mininteger", "4", "0xffffffffffffffff",
	};

	grammar_put(g, integers[grammar_pick(g, sizeof(integers) / sizeof(*integers))]);
}

void grammar_fill(struct grammar *g, const char *format)
{
	char c[2] = "";

	for (; *format; format++) {
		c[0] = *format;
		if (*format != '%') {
			grammar_put(g, c);
			continue;
		}
		switch (*++format) {
		case 'e':
			grammar_expression(g);
			break;
		case 'v':
			put_variable(g);
			break;
		case 'i':
			put_integer(g);
			break;
		case 'f':
			grammar_function(g);
			break;
		case '%':
			grammar_put(g, "%");
			break;
		default:
			grammar_string(g, *format);
		}
	}
}

void grammar_function(struct grammar *g)
{
	static const char *const heads[] = {
		"function(...) ", "function(a) ", "function(a, b, ...) ",
		"function(x, y) local a, b = x, y ",
	};
	int loops = g->loops, in_function = g->in_function;
	unsigned int head = grammar_pick(g, 4);

	g->loops = 0;
	g->in_function = head == 0 || head == 2;
	grammar_put(g, heads[head]);
	grammar_block(g, 0);
	if (grammar_pick(g, 2))
		grammar_fill(g, "return %e ");
	grammar_put(g, "end");
	g->loops = loops;
	g->in_function = in_function;
}

static void put_if(struct grammar *g)
{
	grammar_fill(g, "if %e then ");
	grammar_block(g, 0);
	if (grammar_pick(g, 2)) {
		grammar_fill(g, "elseif %e then ");
		grammar_block(g, 0);
	}
	if (grammar_pick(g, 2)) {
		grammar_put(g, "else ");
		grammar_block(g, 0);
	}
	grammar_put(g, "end ");
}

static void put_loop(struct grammar *g)
{
	static const char *const heads[] = {
		"for i = 1, 3 do ",
		"for i = 3, 1, -1 do local a = i ",
		"for i = %i, %i, %i do if i == 5 then break end ",
		"for k, v in ipairs({%e, %e}) do b = v ",
		"for k in ('k=v, x=y'):gmatch('%%a') do d = k ",
		"for i in iter(%e) do ",
		"for i, j in iter(3), nil, nil, closer(%e) do ",
		"local n = 0 while n < 3 and %e do n = n + 1 ",
		"for q, c in utf8.codes('a\\u{e4}z') do d = c ",
	};

	grammar_put(g, "do ");
	grammar_fill(g, heads[grammar_pick(g, 9)]);
	grammar_block(g, 1);
	if (grammar_pick(g, 4) == 3)
		grammar_fill(g, "if %e then break end ");
	grammar_put(g, "end end ");
}

static void put_repeat(struct grammar *g)
{
	grammar_put(g, "do local n = 0 repeat n = n + 1 ");
	grammar_block(g, 1);
	grammar_fill(g, "local z = %e until n > 2 or z end ");
}

static void put_goto(struct grammar *g)
{
	char text[128];
	int n = g->labels++;

	snprintf(text, sizeof(text), "do local n = 0 ::top%d:: n = n + 1 ", n);
	grammar_put(g, text);
	if (grammar_pick(g, 2))
		grammar_fill(g, "local u <close> = closer(%e) ");
	grammar_block(g, 0);
	snprintf(text, sizeof(text), "if n < 3 and %%e then goto top%d end "
		 "do goto out%d end b = nil ::out%d:: end ", n, n, n);
	grammar_fill(g, text);
}

static void put_local(struct grammar *g)
{
	static const char *const locals[] = {
		"local a, b = %e, %e ",
		"local c <const> = %e local d <const> = c ",
		"local u <close> = closer(%e) ",
		"local u <close> = closer(%e) local w <close> = closer(%f) ",
		"local a <const>, u <close> = %e, nil ",
		"local function f(...) if select('#', ...) < 9 then return f(%e, ...) end return ... end ",
		"local u <close> = %e ",
	};

	grammar_put(g, "do ");
	grammar_fill(g, locals[grammar_pick(g, 7)]);
	/* So that nothing assigns to one that cannot be changed. */
	grammar_put(g, "local a, b, c, d, e, f = a, b, c, d, e, f ");
	grammar_block(g, 0);
	grammar_put(g, "end ");
}

static void put_assignment(struct grammar *g)
{
	static const char *const assignments[] = {
		"%v = %e ", "%v = %e ", "%v, %v = %e, %e ", "a[%e] = %e ", "b = {} ",
		"a.x, a = %e, {} ", "%v = closer(%e) ", "X = %v ", "%v = nil ",
		"a, b, c = %v, ... ", "f = %f ", "a = setmetatable({}, weak) ",
	};
	unsigned int kind = grammar_pick(g, 12);

	if (kind == 9 && !g->in_function)
		kind = 0;
	grammar_fill(g, assignments[kind]);
}

static void put_call(struct grammar *g)
{
	static const char *const calls[] = {
		"p(%e, %e) ", "try(%f, %e) ", "try(%v, %e) ", "%v(%e) ", "%v:m(%e) ",
		"p(pcall(%f, %e)) ", "p(xpcall(%f, %f, %e)) ", "error(%e) ",
		"p(select('#', pcall(%v, %e))) ", "p(pcall(error, %e, %i)) ",
	};

	grammar_fill(g, calls[grammar_pick(g, 10)]);
}

static void put_collect(struct grammar *g)
{
	static const char *const collects[] = {
		"collectgarbage() ", "collectgarbage('step', 0) ",
		"collectgarbage('step', 10) ", "collectgarbage('incremental', 100, 200) ",
		"collectgarbage('stop') ", "collectgarbage('restart') ",
	};

	grammar_put(g, collects[grammar_pick(g, 6)]);
}

/* What only depends on the order of keys, on addresses, or on when garbage goes. */
static void put_wild(struct grammar *g)
{
	static const char *const wild[] = {
		"for k, v in pairs(%e) do b = k end ",
		"for k, v in next, %e do a[k] = nil end ",
		"p(#%e) ", "p(tostring(%v)) ", "p(string.format('%%p', %v)) ",
		"a[%e] = nil collectgarbage('step') ",
		"for i = 1, 20 do a[i] = {} a[i * 64] = i end ",
		"for i = 1, 40 do weak[i] = {} weak[{}] = i end ",
		"setmetatable(weak, weak) weak.__index = weak ",
		"weak.__mode = %e setmetatable(weak, weak) ",
		"collectgarbage('step', %i) ", "p(collectgarbage('count') > 0) ",
		"local o = nf and nf.getpacket and nf.getpacket() ",
		"do local o <close> = nf and nf.getpacket and nf.getpacket() %v = o end ",
		"X = {next = X} Y = {} for i = 1, 50 do Y[i] = {} end Y = nil ",
		"debug.traceback(%v, %e) ", "p(debug.traceback(co, %e, %i)) ",
		"a = table.pack(table.unpack({}, 1, 200)) ",
		"collectgarbage('setpause', %i) collectgarbage('setstepmul', %i) ",
		"setmetatable(a, getmetatable(%e)) ",
		/* The first one is a float in Lua. */
		"p(-9223372036854775808) ", "goto nowhere ", "local z <close> = 1 ",
	};

	/* The last two are what no Lua compiles. */
	grammar_fill(g, wild[grammar_pick(g, 21 + (grammar_pick(g, 8) == 7) * 2)]);
}

static void put_meta(struct grammar *g)
{
	static const char *const names[] = {
		"__index", "__newindex", "__call", "__add", "__sub", "__mul", "__mod",
		"__idiv", "__unm", "__len", "__eq", "__lt", "__le", "__concat", "__close",
		"__band", "__bor", "__bxor", "__bnot", "__shl", "__shr", "__tostring",
		"__name", "__metatable", "__pairs", "__mode", "__gc",
	};

	/* Those before the last two are the same in every Lua. */
	grammar_put(g, "try(setmetatable, a, {");
	do {
		grammar_put(g, names[grammar_pick(g, g->wild ? 27 : 25)]);
		grammar_put(g, " = ");
		if (grammar_pick(g, 2))
			grammar_function(g);
		else
			grammar_expression(g);
		grammar_put(g, ", ");
	} while (grammar_pick(g, 3) && !is_full(g));
	grammar_put(g, "}) ");
}

static void put_coroutine(struct grammar *g)
{
	static const char *const coroutines[] = {
		"co = coroutine.create(%f) ", "f = coroutine.wrap(%f) ",
		"p(coroutine.resume(co, %e)) ", "p(coroutine.close(co)) ",
		"p(pcall(coroutine.yield, %e)) ", "b = coroutine.yield(%e) ",
		"p(coroutine.status(co), coroutine.isyieldable()) ",
		"p(coroutine.resume(coroutine.running(), %e)) ",
		"co = coroutine.create(function(...) local x <close> = closer(%f) p(coroutine.yield(%e)) error(%e) end) ",
		"p(coroutine.resume(co)) p(coroutine.resume(co, %e)) ",
		"for i = 1, 3 do p(pcall(coroutine.wrap(%f), %e)) end ",
	};

	grammar_fill(g, coroutines[grammar_pick(g, 11)]);
}

static void put_deep(struct grammar *g)
{
	static const char *const deep[] = {
		"local function r(n, ...) if n == 0 then return %e end local x = r(n - 1) return x end p(r(%i & 127)) ",
		"local function r(n, ...) if n == 0 then return %e end return pcall(r, n - 1) end p(r(%i & 7)) ",
		"local function r(n, ...) return n > 0 and r(n - 1) or %e end p(r(%i & 63)) ",
		"b = ('x'):rep(30) for i = 1, 6 do b = b .. b end p(len(b)) ",
		"local t = {} for i = 1, 100 do t[i] = i .. '' end p(len(table.concat(t, ','))) ",
		"b = a a = {x = a} for i = 1, 40 do a = {x = a} end ",
		"p(a.x.x.x.x.x.x.x.x + 1) ",
		"p(pcall(string.rep, %e, %i & 999, ',')) ",
		"local function r(...) if select('#', ...) > 60 then return ... end return r(1, ...) end p(select('#', r(%e))) ",
		"for i = 1, 30 do f = function() return a, b, i end end p(f()) ",
	};

	grammar_fill(g, deep[grammar_pick(g, 10)]);
}

static void put_statement(struct grammar *g)
{
	switch (grammar_pick(g, 16)) {
	case 0: case 1:
		put_call(g);
		break;
	case 2: case 3:
		put_assignment(g);
		break;
	case 4:
		put_if(g);
		break;
	case 5:
		put_loop(g);
		break;
	case 6:
		put_repeat(g);
		break;
	case 7:
		put_goto(g);
		break;
	case 8:
		put_local(g);
		break;
	case 9:
		put_collect(g);
		break;
	case 10:
		put_meta(g);
		break;
	case 11:
		put_coroutine(g);
		break;
	case 12:
		put_deep(g);
		break;
	case 13:
		if (g->wild)
			put_wild(g);
		else
			put_call(g);
		break;
	default:
		grammar_put(g, "p(");
		grammar_call(g);
		grammar_put(g, ") ");
	}
}

void grammar_block(struct grammar *g, int loop)
{
	unsigned int n = 1 + grammar_pick(g, 4);

	g->depth++;
	g->loops += loop;
	while (n-- && !is_full(g))
		put_statement(g);
	if (g->loops && grammar_pick(g, 8) == 7)
		grammar_put(g, "do break end ");
	g->loops -= loop;
	g->depth--;
}

/* What programs begin with: no output depends on addresses or on the order of keys. */
static const char prelude[] =
	"local function show(v) "
	"local t = type(v) "
	"if t == 'table' or t == 'function' or t == 'thread' or t == 'userdata' then return t end "
	"return tostring(v) end "
	"local function p(...) "
	"local t = table.pack(...) "
	"for i = 1, t.n do t[i] = show(t[i]):sub(1, 200) end "
	"print(table.concat(t, ' ')) return ... end "
	"local function try(f, ...) return p(pcall(f, ...)) end "
	"local function len(v) "
	"if type(v) == 'string' then return #v end "
	"local n = 0 while rawget(v, n + 1) ~= nil do n = n + 1 end return n end "
	"local function iter(n) "
	"local i = 0 return function() i = i + 1 if i <= 3 and i ~= n then return i end end end "
	"local function closer(v) "
	"return setmetatable({v = v}, {__close = function(o, e) p('close', e) "
	"if type(v) == 'function' then return v(o, e) end end}) end "
	"local weak = setmetatable({}, {__mode = 'kv'}) "
	"local co = coroutine.create(function(...) return ... end) "
	"local a, b, c, d, e, f = {x = {y = 1}}, {1, 2, 3}, {}, 'text', 7, function(...) return ... end\n";

void grammar_program(struct grammar *g)
{
	g->len = 0;
	g->depth = 0;
	g->loops = 0;
	g->labels = 0;
	g->in_function = 0;
	grammar_put(g, prelude);
	if (g->wild) {
		grammar_put(g, "function packet(frame, packet) local try, p = pcall, type ");
		grammar_put(g, "X = packet:u8(9) Y = packet.udp and packet.udp.dport ");
		grammar_block(g, 0);
		grammar_put(g, "return packet.first == 69 end\n");
	}
	do {
		grammar_put(g, "try(function(...) ");
		g->in_function = 1;
		grammar_block(g, 0);
		grammar_fill(g, "return %e end, 1, 'two')\n");
		g->in_function = 0;
	} while (!is_full(g));
}
