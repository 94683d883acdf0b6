// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How much the engine does between two looks at the clock: in a packet's call, which a
 * tick ends at the next instruction or the next look of a loop in C; and in a request,
 * which looks every 1,000 instructions and lets packets in. Scripts try to make single
 * instructions long. Each prints what it came to, in the units of work.h.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lauxlib.h"

#include "harness.h"

/* A unit takes about a nanosecond; this is a tick, by which a budget may be late. */
#define WORK_MAX	4000000

/* The step that ends a collection goes over all entries of weak tables, and cannot stop. */
#define WEAK_MAX	6500000

/* Looks that a probe may take, an instruction each or more. */
#define CALL_TICKS	30000
#define REQUEST_TICKS	2000

struct probe {
	const char *name;
	const char *fill;	/* what is there before */
	const char *code;	/* a call; as a request it is repeated */
};

#define LONG	"local a, b = ('x'):rep(4194303 - 8), ('x'):rep(4194303 - 8) "

static const struct probe probes[] = {
	{ "nothing", "", "" },
	{ "comparing long strings", "A = ('x'):rep(4000000) B = ('x'):rep(4000000)",
	  "return A == B, A < B, A <= B" },
	{ "a long key that is equal", "A = ('x'):rep(4000000) B = ('x'):rep(4000000) T = {[A] = 1} "
	  "local x = T[B]", "local x = T[B] x = T[B] T[B] = x x = T[B] return x" },
	{ "long keys that are equal, raw", "A = ('x'):rep(4000000) B = ('x'):rep(4000000) T = {[A] = 1}",
	  "return rawget(T, B), rawset(T, B, 1), rawequal(A, B), next(T, B)" },
	{ "hashing a long key", "A = ('x'):rep(2000000) T = {}", "return T[A .. 'y']" },
	{ "a constant that is long and equal", "A = ('x'):rep(1000000) "
	  "F = load('local a = ... return a == \"' .. A .. '\" or a ~= \"' .. A .. '\"')",
	  "return F(A)" },
	{ "a method with a long name", "A = ('x'):rep(2000000) T = {[A] = function() end} "
	  "F = load('local t = ... t:' .. A .. '() t:' .. A .. '()')", "F(T)" },
	{ "a long key in a chain of tables",
	  "K = ('x'):rep(1000000) local t, k = {}, ('x'):rep(999999) .. 'y' for i = 1, 1900 do "
	  "t = setmetatable({[k] = 1}, {__index = t, __newindex = t}) "
	  "end G = t", "pcall(function() return G[K] end) pcall(function() G[K] = 1 end)" },
	{ "a chain of tables",
	  "local t = {} for i = 1, 1900 do t = setmetatable({}, {__index = t, __newindex = t}) "
	  "end G = t", "return G.x" },
	{ "concatenation", "A = ('x'):rep(2000000)", "return #(A .. A)" },
	{ "many short strings in one concatenation", "",
	  "local a = '12345678901234567890123456789012345' "
	  "return #(a .. a .. a .. a .. a .. a .. a .. a .. a .. a .. a .. a .. a .. a .. a)" },
	{ "upper and lower case", "A = ('x'):rep(4000000)", "return #A:upper()" },
	{ "reverse and rep", "A = ('x'):rep(4000000)", "return #A:reverse(), #A:rep(1), #('xy'):rep(2000000)" },
	{ "sub and byte", "A = ('x'):rep(4000000)", "return #A:sub(2), A:byte(1, 10000)" },
	{ "find of a plain text", "A = ('x'):rep(4000000)", "return A:find(('x'):rep(1000) .. 'y', 1, true)" },
	{ "find of a text that is almost there", "A = ('x'):rep(2000000) B = ('x'):rep(1000000) .. 'y'",
	  "return A:find(B, 1, true)" },
	{ "a pattern", "A = ('x'):rep(100000)", "return A:find('.-.-y')" },
	{ "a pattern's back reference", "A = ('x'):rep(200000)", "return A:find('^(x+)%1y')" },
	{ "a set in a pattern", "A = ('x'):rep(20) P = '[' .. ('ab'):rep(100000) .. ']'",
	  "return A:find(P)" },
	{ "gsub with a table", "A = ('x'):rep(200000)", "return #A:gsub('x', {x = 'y'})" },
	{ "gsub with a long replacement", "R = ('%%%%'):rep(60000)", "return #('x'):gsub('x', R)" },
	{ "format %s", "A = ('x'):rep(4000000)", "return #('%s'):format(A)" },
	{ "format %q", "A = ('\\0'):rep(250000)", "return #('%q'):format(A)" },
	{ "format with a long text", "A = ('x'):rep(250000)", "return #A:format()" },
	{ "pack and unpack", "A = ('x'):rep(4000000)",
	  "local s = string.pack('s4', A) return #string.unpack('s4', s), string.unpack('z', A .. '\\0')" },
	{ "a long format of pack", "F = (' '):rep(250000)", "return string.packsize(F)" },
	{ "table.concat", "T = {} for i = 1, 1000 do T[i] = ('x'):rep(4000) end",
	  "return #table.concat(T)" },
	{ "table.unpack", "T = {} for i = 1, 15000 do T[i] = i end", "return select('#', table.unpack(T))" },
	{ "table.insert and remove", "T = {} for i = 1, 200000 do T[i] = i end",
	  "table.insert(T, 1, 0) table.remove(T, 1)" },
	{ "table.move", "T = {} for i = 1, 200000 do T[i] = i end", "table.move(T, 1, #T, 2)" },
	{ "table.sort", "T = {} for i = 1, 100000 do T[i] = i * 7919 % 100003 end", "table.sort(T)" },
	{ "the border of a table", "T = {} for i = 1, 200000 do T[i] = i end for i = 1, 199999 do T[i] = nil end",
	  "return #T" },
	{ "next in an empty table", "T = {} for i = 1, 131000 do T['k' .. i] = 1 end "
	  "for i = 1, 131000 do T['k' .. i] = nil end", "return next(T)" },
	{ "a table that grows", "T = {} for i = 1, 65536 do T['k' .. i] = 1 end",
	  "T.one = 1 T.two = 2" },
	{ "a list that grows", "T = {} for i = 1, 131072 do T[i] = i end", "T[#T + 1] = 1" },
	{ "numbers of a long text", "A = (' '):rep(4000000) .. '1' B = ('0'):rep(4000000)",
	  "return tonumber(A), tonumber(B), tonumber(B, 36), pcall(function() return A + 1 end)" },
	{ "utf8", "A = ('x'):rep(250000)", "return utf8.len(A), utf8.offset(A, 200000), utf8.codepoint(A, 1, 9000)" },
	{ "utf8.char", "T = {} for i = 1, 9000 do T[i] = 0x7fffffff end", "return #utf8.char(table.unpack(T))" },
	{ "print", "A = ('x'):rep(4000000)", "print(A)" },
	{ "an error with a long text", "A = ('x'):rep(4000000)", "return pcall(error, A)" },
	{ "loading a long name", "A = ('x'):rep(4000000)", "return load(A .. ' = 1')" },
	{ "loading a long numeral", "A = 'return 1' .. ('0'):rep(4000000)", "return load(A)" },
	{ "loading many blanks", "A = (' '):rep(4000000)", "return load(A)" },
	{ "loading many lines", "A = ('\\n'):rep(4000000)", "return load(A)" },
	{ "loading skipped lines", "A = 'return \"\\\\z' .. ('\\n'):rep(4000000) .. '\"'", "return load(A)" },
	{ "loading many semicolons", "A = (';'):rep(4000000)", "return load(A)" },
	{ "loading a long text", "A = 'return \"' .. ('x'):rep(4000000) .. '\"'", "return load(A)" },
	{ "loading a long comment", "A = '--' .. ('x'):rep(4000000)", "return load(A)" },
	{ "loading a long line of brackets", "A = '[' .. ('='):rep(4000000)", "return load(A)" },
	{ "loading an expression of many terms",
	  "A = 'local a; local b = a' .. (' or a'):rep(100000)", "return load(A)" },
	{ "loading many constants", "local t = {} for i = 1, 50000 do t[i] = 'k' .. i .. '=1' end "
	  "A = 'return {' .. table.concat(t, ',') .. '}'", "return load(A)" },
	{ "loading many labels", "local t = {} for i = 1, 5000 do t[i] = 'goto l' .. i .. ' ::l' .. i .. '::' end "
	  "A = table.concat(t, ' ')", "return load(A)" },
	{ "loading many gotos", "A = ('do goto x end '):rep(20000) .. '::x::'", "return load(A)" },
	{ "many arguments", "T = {} for i = 1, 15000 do T[i] = i end",
	  "local function f(...) return select('#', ...), select(-1, ...) end return f(table.unpack(T))" },
	{ "a chain of __call", "local f = print for i = 1, 100 do f = setmetatable({}, {__call = f}) end F = f",
	  "return pcall(F)" },
	{ "closing many upvalues", "",
	  "local fs = {} for i = 1, 200 do local x = i fs[i] = function() return x end end" },
	{ "a traceback of a deep stack", "function deep(n) if n == 0 then error('x') end "
	  "local r = deep(n - 1) return r end", "return pcall(deep, 150)" },
	{ "a traceback of long functions",
	  "F = load('local n = ... if n then goto e end do ' .. ('x=1 '):rep(400000) .. "
	  "' end ::e:: if n > 0 then local r = F(n - 1) return r end return debug.traceback()')",
	  "return F(25)" },
	{ "an error of a long function",
	  "F = load('local n = ... if n then goto e end do ' .. ('x=1 '):rep(400000) .. "
	  "' end ::e:: return n.a.b')", "return pcall(F, {})" },
	{ "a traceback of functions with many locals",
	  "F = load('local n = ... if n then goto e end ' .. ('do local a end '):rep(30000) .. "
	  "' ::e:: if n > 0 then local r = F(n - 1) return r end return debug.traceback()')",
	  "return F(25)" },
	{ "a collection of small tables", "T = {} for i = 1, 200000 do T[i] = {i} end",
	  "collectgarbage()" },
	{ "a collection of large tables", "T = {} for i = 1, 30 do local t = {} "
	  "for k = 1, 60000 do t[k] = k end T[i] = t end", "collectgarbage()" },
	{ "a collection of weak values", "T = setmetatable({}, {__mode = 'v'}) "
	  "for k = 1, 131072 do T[k] = {} end", "collectgarbage()" },
	{ "a collection of weak keys", "T = setmetatable({}, {__mode = 'k'}) "
	  "for k = 1, 60000 do T[{}] = k end", "collectgarbage()" },
		{ "a collection of coroutines", "T = {} for i = 1, 5000 do T[i] = coroutine.create(print) end",
	  "collectgarbage()" },
	{ "a collection of many short strings", "T = {} for i = 1, 300000 do T[i] = 's' .. i end T = nil",
	  "collectgarbage()" },
	{ "short strings that make their table grow", "T = {} for i = 1, 131071 do T[i] = 's' .. i end",
	  "for i = 1, 3000 do T[i] = 'n' .. i end" },
	{ "an emergency collection", "T = {} for i = 1, 200000 do T[i] = {i} end",
	  "local t = {} while true do t = {t} end" },
};

static const struct probe weak_probes[] = {
	{ "a collection of many weak tables", "W = {} for i = 1, 400 do W[i] = setmetatable({}, {__mode = 'v'}) "
	  "for k = 1, 2000 do W[i][k] = W end end", "collectgarbage()" },
	{ "a collection of a chain of weak keys", "E = setmetatable({}, {__mode = 'k'}) local k = {} ROOT = k "
	  "for i = 1, 60000 do local n = {i} E[k] = n k = n end", "collectgarbage()" },
};

static void print_work(const struct probe *p, const char *where, unsigned long work)
{
	printf("# %8lu units: %s, in a %s\n", work, p->name, where);
}

static struct host *filled(const struct probe *p, const struct knobs *knobs)
{
	struct host *h = host_open(knobs);
	struct outcome out;

	assert_non_null(h);
	host_run(h, CALL_BUILD, p->fill, strlen(p->fill), "=fill", 0, &out);
	if (out.status != LUA_OK)
		fail_msg("%s: %s", p->name, out.text);
	h->most_work = 0;
	return h;
}

static void run(struct host *h, enum call_kind kind, const char *format, const char *code)
{
	struct outcome out;
	char text[4096];

	snprintf(text, sizeof(text), format, code);
	host_run(h, kind, text, strlen(text), "=probe", 0, &out);
	/* Errors are a part of some, and a lack of memory, and that they are stopped. */
	if (out.status != LUA_OK && out.status != LUA_ERRMEM && !out.killed)
		fail_msg("%s: %s", code, out.text);
}

static unsigned long in_call(const struct probe *p)
{
	static const unsigned char packet[60] = { 0x45, [9] = 17, [23] = 53 };
	struct host *h = filled(p, &(struct knobs){ .hook_count = 1 });
	struct outcome out;
	unsigned long work;

	run(h, CALL_BUILD, "function packet() %s end", p->code);
	h->knobs.budget = CALL_TICKS;
	h->most_work = 0;
	host_packet(h, packet, sizeof(packet), &out);
	work = h->most_work;
	print_work(p, "packet's call", work);
	host_close(h);
	return work;
}

static unsigned long in_request(const struct probe *p)
{
	struct host *h = filled(p, &(struct knobs){ 0 });
	unsigned long work;

	h->knobs.budget = REQUEST_TICKS;
	run(h, CALL_EXEC, "local function f() %s end for i = 1, 1 << 40 do f() end", p->code);
	work = h->most_work;
	print_work(p, "request", work);
	host_close(h);
	return work;
}

static void is_little(const struct probe *p, unsigned long most)
{
	unsigned long call = in_call(p), request = in_request(p);

	assert_in_range(call, 0, most);
	assert_in_range(request, 0, most);
}

static void probe(void **state)
{
	is_little(*state, WORK_MAX);
}

static void weak_probe(void **state)
{
	is_little(*state, WEAK_MAX);
}

#define COUNT(array)	(sizeof(array) / sizeof(*(array)))

static void list(struct CMUnitTest *tests, const struct probe *p, size_t n,
		 void (*test)(void **state))
{
	for (; n; n--, p++)
		*tests++ = (struct CMUnitTest){ p->name, test, NULL, NULL, (void *)p };
}

int main(void)
{
	struct CMUnitTest tests[COUNT(probes) + COUNT(weak_probes)];

	list(tests, probes, COUNT(probes), probe);
	list(tests + COUNT(probes), weak_probes, COUNT(weak_probes), weak_probe);
	return cmocka_run_group_tests_name("work between two looks", tests, NULL, NULL);
}
