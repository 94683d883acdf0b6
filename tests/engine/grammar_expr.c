// SPDX-License-Identifier: GPL-2.0-or-later
/* Expressions, and calls of the libraries. See grammar.h. */
#include "grammar.h"

#define COUNT(array)	(sizeof(array) / sizeof(*(array)))

#define DEPTH_MAX	7

static void put_string(struct grammar *g)
{
	static const char *const strings[] = {
		"''", "'x'", "'10'", "'0x10'", "' 7 '", "'text'", "'a,b;c'",
		"'a\\0b'", "'\\xff\\xfe'", "'\\u{20ac}uro'", "'__index'", "'k'",
		"('long'):rep(12)", "('p%(a'):rep(3)", "'%a+'", "'-1'", "'abc\\n'",
		"([[two\nlines]])", "'%d'", "'x=1, y=22'",
	};

	grammar_put(g, strings[grammar_pick(g, COUNT(strings))]);
}

static void put_pattern(struct grammar *g)
{
	static const char *const patterns[] = {
		"'.'", "'%a+'", "'(%w)=(%w*)'", "'^%s*(.-)%s*$'", "'%b()'", "'[a-c,]+'",
		"'%f[%w]%w+'", "'()'", "'(a*(.)%w(%s*))'", "'[^%a]'", "'x*'", "'%1'",
		"'('", "'%'", "'['", "'(.)%1'", "'[%]-a]'", "'.-b'", "''", "'[]]'",
		"'((((.))))'", "'$'", "'^a'", "'%g-%d'", "'[\\0-\\x7f]*'", "'%f[%z]'",
	};

	grammar_put(g, patterns[grammar_pick(g, COUNT(patterns))]);
}

/* "%" with flags, width, precision and conversion, of which not all fit. */
static void put_format(struct grammar *g)
{
	static const char *const flags[] = { "", "-", "0", "+", " ", "#", "-+", "0#" };
	static const char *const widths[] = { "", "", "1", "5", "20", "99", "100" };
	static const char *const precisions[] = { "", "", ".", ".0", ".3", ".20", ".99" };
	static const char *const types[] = {
		"d", "i", "u", "x", "X", "o", "c", "s", "q", "%", "", "y",
	};

	grammar_put(g, "'%");
	grammar_put(g, flags[grammar_pick(g, COUNT(flags))]);
	grammar_put(g, widths[grammar_pick(g, COUNT(widths))]);
	grammar_put(g, precisions[grammar_pick(g, COUNT(precisions))]);
	grammar_put(g, types[grammar_pick(g, COUNT(types))]);
	grammar_put(g, "|'");
}

static void put_packing(struct grammar *g)
{
	static const char *const formats[] = {
		"'b'", "'>I2'", "'<i4'", "'z'", "'s1'", "'s'", "'!4 i1 i4'", "'c4'",
		"'j'", "'I16'", "'i3'", "'x'", "'!8 Xi8'", "'=T'", "'B B'", "'>s2 z'",
		"'c0'", "'i17'", "'!3 i4'", "'Xz'", "'s8'", "'I1'",
	};

	grammar_put(g, formats[grammar_pick(g, COUNT(formats))]);
}

static void put_string_call(struct grammar *g)
{
	static const char *const calls[] = {
		"string.sub(%s, %i, %i)", "string.byte(%s, %i, 5)", "string.upper(%s)",
		"string.rep(%s, %i & 31, %s)", "string.reverse(%s)", "string.len(%s)",
		"string.find(%s, %m, %i)", "string.find(%s, %s, %i, true)",
		"string.match(%s, %m, %i)", "string.gsub(%s, %m, %s)",
		"string.gsub(%s, %m, '%%0%%1', %i)", "string.gsub(%s, %m, {a = 1, x = %e})",
		"string.gsub(%s, %m, %f)", "string.gmatch(%s, %m)()",
		"string.format(%F, %i)", "string.format(%F, %s)", "string.format(%F .. %F, %i, %e)",
		"string.pack(%P, %i)", "string.pack(%P, %s)", "string.unpack(%P, %s, %i)",
		"string.packsize(%P)", "string.char(%i & 255, 65)", "tonumber(%s, 2 + (%i & 31))",
		"tonumber(%s)", "utf8.char(%i)", "utf8.len(%s, %i)", "utf8.codepoint(%s, 1, 2)",
		"utf8.offset(%s, %i)", "math.tointeger(%s)", "%s .. %i .. %s",
	};

	grammar_fill(g, calls[grammar_pick(g, COUNT(calls))]);
}

static void put_table_call(struct grammar *g)
{
	static const char *const calls[] = {
		"table.concat({%i, %s, %i}, %s)", "table.concat({%i, %s}, %s, %i, 2)",
		"table.unpack({%i, %s, %e}, %i, 3)", "table.pack(%e, %e).n",
		"table.insert({%i}, %i, %e)", "table.remove({%i, %s}, %i)",
		"table.move({%i, %s, %i}, 1, 3, %i & 7)[3]",
		"table.sort({3, 1, 2}, %f)", "table.sort({%i, %i, 5, %i})",
		"select(%i, %e, %s)", "next({})", "rawequal(%e, %e)", "rawlen(%e)",
		"rawget(a, %e)", "type(rawset({}, %e, %e))", "getmetatable(%e)",
		"table.move(a, %i, 3, 1)", "table.concat(%e)", "table.unpack(%v, 1, 3)",
	};

	grammar_fill(g, calls[grammar_pick(g, COUNT(calls))]);
}

static void put_other_call(struct grammar *g)
{
	static const char *const calls[] = {
		"load('return ' .. %s)", "load(%s, %s, 't', a)", "pcall(load, %f)",
		"load('local x <close> = ... return x')", "pcall(load('return ' .. %s) or p)",
		"math.fmod(%i, %i)", "math.max(%i, %i)", "math.min(%i, %e)", "math.abs(%i)",
		"math.ult(%i, %i)", "math.type(%e)", "tostring(%s)", "type(%e)", "ipairs(%e)",
		"assert(%e, %s)", "pcall(%f)", "select('#', %e)", "debug.traceback(%s, 1)",
		"load(iter(2))", "xpcall(%f, debug.traceback)",
	};

	grammar_fill(g, calls[grammar_pick(g, COUNT(calls))]);
}

void grammar_call(struct grammar *g)
{
	switch (grammar_pick(g, 4)) {
	case 0: case 1:
		put_string_call(g);
		break;
	case 2:
		put_table_call(g);
		break;
	default:
		put_other_call(g);
	}
}

void grammar_string(struct grammar *g, char kind)
{
	switch (kind) {
	case 's':
		put_string(g);
		break;
	case 'm':
		put_pattern(g);
		break;
	case 'F':
		put_format(g);
		break;
	default:
		put_packing(g);
	}
}

static void put_operation(struct grammar *g)
{
	static const char *const operators[] = {
		" + ", " - ", " * ", " // ", " % ", " & ", " | ", " ~ ", " << ", " >> ",
		" .. ", " == ", " ~= ", " < ", " <= ", " > ", " >= ", " and ", " or ",
	};

	grammar_put(g, "(");
	grammar_expression(g);
	grammar_put(g, operators[grammar_pick(g, COUNT(operators))]);
	grammar_expression(g);
	grammar_put(g, ")");
}

static void put_other(struct grammar *g)
{
	static const char *const others[] = {
		"(- %e)", "(not %e)", "(~ %e)", "#%s", "%v", "%v[%e]", "{%e, %e}",
		"{x = %e, [%e] = %e}", "%v(%e)", "(%e)(%e)", "%v:m(%e)", "%f",
		"{%v(), %e, n = 1}", "a.x", "(%e).x", "(%e):rep(2)", "#setmetatable({}, {__len = %f})",
		"setmetatable({%e}, {__index = %f, __concat = %f, __eq = %f})",
		"setmetatable({}, {__call = %f, __close = %f, __lt = %f})", "len(%e)",
	};

	grammar_fill(g, others[grammar_pick(g, COUNT(others))]);
}

static void put_simple(struct grammar *g)
{
	static const char *const simple[] = { "nil", "true", "false", "%i", "%s", "%v", "%v", "1" };
	unsigned int kind = grammar_pick(g, 9);

	if (kind == 8)
		grammar_put(g, g->in_function ? "..." : "nil");
	else
		grammar_fill(g, simple[kind]);
}

void grammar_expression(struct grammar *g)
{
	if (!g->left || g->depth >= DEPTH_MAX || g->len > PROGRAM_MAX / 2) {
		put_simple(g);
		return;
	}
	g->depth++;
	switch (grammar_pick(g, 8)) {
	case 0: case 1: case 2:
		put_simple(g);
		break;
	case 3:
		put_operation(g);
		break;
	case 4: case 5:
		put_other(g);
		break;
	default:
		grammar_call(g);
	}
	g->depth--;
}
