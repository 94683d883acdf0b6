// SPDX-License-Identifier: GPL-2.0-or-later
/* Scripts: sound, failing, endless, greedy, and no scripts at all. */
#include <stdio.h>
#include <string.h>

#include "nl.h"

/* What f(frame, packet) does. */
static const char *const filters[] = {
	"return false", "return true", "return #packet > 100", "return 1",
	"return packet:u16(22) == 5300", "error('on purpose')", "while true do end",
	"return packet:find('needle') ~= nil", "n = (n or 0) + 1 return n % 2 == 0",
	"print('seen', #packet) return false", "return 'drop'", "return 'accept'",
	"return 'repeat'", "return 'stolen'", "return 'queue'", "return {}",
	"pcall(function() while true do end end) return true",
	"local t = {} for i = 1, 1 << 40 do t[i] = {i} end",
	"kept = kept or packet return tostring(kept) ~= ''",
	"co = co or coroutine.wrap(function() while true do coroutine.yield(true) end end) return co()",
	"nf.set_match_bit(n or 0, true) nf.hotdrop(false) return nf.get_match_mask() ~= 0",
	"local function r() return (('x'):gsub('.', r)) end return r()",
	"cache = cache or {} cache[#cache + 1] = packet:sub(1) return #cache % 2 == 0",
	"copies = copies or {} copies[#copies + 1] = nf.getpacket() return false",
	"if packet:sub(-4) ~= 'sent' then nf.getpacket():send('sent') end return false",
	"if packet:sub(-4) ~= 'sent' then nf.reply('udp', 'sent') end return true",
	"return nf.delete_conntrack()",
	"return nf.connid() ~= nil", "return packet:sub(-5, 1 << 62) == ''",
	"nf.netlink(0, 1 | 1 << 31, packet:sub(1)) return false",
	"timer.create(0, function() nf.netlink(0, 1, 'later') end) return false",
	"late = timer.create(5, function() error('late') end) return timer.destroy(late)",
};

/* What a chunk does when it is run. */
static const char *const bodies[] = {
	"", "x = 1", "return 1, nil, true, 'a\\0b', {}, print, math.mininteger",
	"return ...", "print(1, nil, {}, 'x')", "nf.time()", "return nf.get_mem_info()",
	"for _, copy in pairs(copies or {}) do copy:send() end copies = nil",
	"return nf.traffic(4, 'udp', '127.0.0.1', 1, '::1', 2, 'both')",
	"t = {} for i = 1, 1000 do t[i] = tostring(i) end", "collectgarbage()",
	"return table.unpack({}, 1, 5000)", "return ('x'):rep(100000), 1",
	"print(('y'):rep(100000))", "error('on purpose')", "error({})", "error()",
	"error(('long'):rep(5000))", "return (nil)()", "local a <close> = 1",
	"error(setmetatable({}, {__tostring = function() error('x') end}))",
	"return setmetatable({}, {__tostring = function() while true do end end})",
	"return setmetatable({}, {__tostring = function() return ('t'):rep(70000) end})",
	"local function deep() return deep() + 1 end deep()",
	"local function r() return (('x'):gsub('.', r)) end r()",
	"coroutine.wrap(function() error('inside') end)()", "nf.hotdrop(true)",
	"setmetatable({}, {__gc = function() while true do end end}) collectgarbage()",
	"local a <close> = setmetatable({}, {__close = function() error('closed') end}) error('e')",
	"xpcall(error, function() error('again') end)", "packet = f", "f = nil",
	"f(nil, 'packet')", "for k in pairs(_G) do _G[k] = nil end", "load('x = ')()",
	"return load('\\27Lua')", "string.format('%99.99d', 1)", "return #arg",
	"table.sort({3, 1, 2}, function() return true end)", "goto out ::out::",
	"return ('a'):rep(30):find(('a?'):rep(30) .. ('a'):rep(30))",
	"while true do end", "repeat until false", "goto a ::a:: goto a",
	"print('begun') while true do end", "pcall(function() while true do end end)",
	"while true do pcall(error) end", "for i = 1, math.maxinteger do end",
	"coroutine.wrap(function() while true do coroutine.yield() end end)() while true do end",
	"local c = coroutine.create(function() while true do end end) coroutine.resume(c)",
	"local t = {} for i = 1, 1 << 40 do t[i] = ('x'):rep(1000) .. i end",
	"local t = {} while true do t = {t} end", "local s = 'x' while true do s = s .. s end",
	"local s = 'x' while true do s = s .. s end",
	"big = ('x'):rep(1 << 40)", "big = ('x'):rep(1 << 26)", "big = ('x'):rep(1 << 26)", "t = {} for i = 1, 1 << 30 do t['k' .. i] = {i} end",
	"local t = {} for i = 1, 1 << 40 do t[i] = coroutine.create(print) end",
	"nf.receive(function(p, s) nf.netlink(p, 1, s) end)",
	"nf.receive(function(p, s) got = s print(nf.genetlink(s, p)) end)",
	"nf.receive(function(p, s) timer.create(0, function() nf.netlink(p, 1, s) end) end)",
	"nf.receive(function() error('on purpose') end)", "nf.receive(nil)", "nf.receive()",
	"nf.receive(function() while true do end end)", "nf.receive(f)",
	"nf.receive(function() local t = {} while true do t = {t} end end)",
	"for i = 1, 300 do nf.netlink(0, 1, ('m'):rep(i)) end", "nf.netlink(0, 0, '')",
	"nf.netlink(0, 1, ('m'):rep(65531))", "nf.netlink(0, 1, ('m'):rep(65532))",
	"nf.netlink(1, -1, 'x')", "nf.genetlink('x', 1 << 31)", "timer.create(0, print)",
	"timer.create(1, function() error('in a timer') end)", "timer.destroy(timer.create(9, f))",
	"timer.create(2, function() while true do end end)", "timer.create(-1, print)",
	"local function tick() timer.create(1, tick) end tick()", "timer.destroy({})",
	"for i = 1, 2000 do timer.create(i % 50, print) end", "timer.create(1 << 30, f)",
	"while true do timer.create(1 << 30, print) end", "timer.create(0, f)",
	"local t t = timer.create(0, function() timer.destroy(t) timer.create(0, f) end)",
	"x = = 1", "for i = 1, 2 do", "x = [[abc", "x = 'abc", "return return", "1",
	"local x <const> = 1 x = 2", "break", "goto nowhere", "x = 1 --[[", "\\", "\x1bLua",
};

static const char *const tokens[] = {
	"and", "break", "do", "else", "elseif", "end", "false", "for", "function",
	"goto", "if", "in", "local", "nil", "not", "or", "repeat", "return", "then",
	"true", "until", "while", "+", "-", "*", "//", "%", "^", "#", "&", "~", "|",
	"<<", ">>", "==", "~=", "<=", ">=", "<", ">", "=", "(", ")", "{", "}", "[",
	"]", "::", ";", ":", ",", ".", "..", "...", "a", "b", "f", "t", "1", "0x10",
	"9999999999999999999", "'s'", "[[l]]", "[==[", "--[[", "--\n", "<close>",
	"<const>", "print", "packet", "_ENV", "self", "\"\\u{7fffffff}\"", "'\\z",
};

/* What nests: as often as wished, and what follows. */
static const struct {
	const char *open, *last, *close;
} nests[] = {
	{ "(", "1", ")" }, { "{", "1", "}" }, { "- ", "1", "" }, { "not ", "1", "" },
	{ "a..", "a", "" }, { "2^", "2", "" }, { "function() return ", "1", " end" },
	{ "f(", "", ")" }, { "a[", "1", "]" }, { "{a=", "1", "}" }, { "1+", "1", "" },
	{ "f{", "", "}" }, { "a.b.", "c", "" }, { "f()", "", "" }, { "{{},", "1", "}" },
}, blocks[] = {
	{ "do ", "x=1", " end" }, { "if x then ", "x=1", " end" },
	{ "while x do ", "x=1", " end" }, { "repeat ", "x=1", " until x" },
	{ "function f() ", "x=1", " end" }, { "for i=1,2 do ", "x=1", " end" },
	{ "if x then elseif x then ", "x=1", " end" }, { "local a ", "", "" },
	{ "::a:: do ", "goto a", " end" }, { "a=", "1", "" }, { "local a<close> = nil ", "", "" },
	{ "if x then else ", "x=1", " end" }, { "do local function f() ", "return f", " end end" },
};

struct text {
	char *to;
	size_t len, size;
};

static void add(struct text *t, const char *s)
{
	size_t n = strlen(s);

	if (n > t->size - t->len)
		n = t->size - t->len;
	memcpy(t->to + t->len, s, n);
	t->len += n;
}

const char *make_filter(struct rng *r)
{
	return filters[rnd(r, N_ROWS(filters))];
}

static void add_sound(struct rng *r, struct text *t)
{
	add(t, bodies[rnd(r, N_ROWS(bodies))]);
	if (one_in(r, 2))
		return;
	add(t, " function f(frame, packet) ");
	add(t, make_filter(r));
	add(t, " end");
}

static void add_filter(struct rng *r, struct text *t)
{
	add(t, "function f(frame, packet) ");
	add(t, make_filter(r));
	add(t, " end");
}

static void add_soup(struct rng *r, struct text *t)
{
	uint64_t n = 1 + rnd_size(r, 2000);

	while (n--) {
		add(t, tokens[rnd(r, N_ROWS(tokens))]);
		if (!one_in(r, 4))
			add(t, " ");
	}
}

static void add_bytes(struct rng *r, struct text *t)
{
	size_t n = rnd_size(r, t->size - t->len);

	rnd_bytes(r, t->to + t->len, n);
	t->len += n;
}

static void add_nest(struct rng *r, struct text *t)
{
	uint64_t n = 1 + rnd_size(r, 20000), i;
	bool block = one_in(r, 2);
	size_t at = rnd(r, block ? N_ROWS(blocks) : N_ROWS(nests));
	const char *open = block ? blocks[at].open : nests[at].open;
	const char *close = block ? blocks[at].close : nests[at].close;

	add(t, block ? "" : "x = ");
	for (i = 0; i < n; i++)
		add(t, open);
	add(t, block ? blocks[at].last : nests[at].last);
	for (i = one_in(r, 4); i < n; i++)
		add(t, close);
}

/* A sound script with a few bytes that are not. */
static void add_bent(struct rng *r, struct text *t)
{
	size_t before = t->len, n = 1 + rnd(r, 4);

	add_sound(r, t);
	while (t->len > before && n--)
		t->to[before + rnd(r, t->len - before)] = rnd64(r);
}

size_t make_script(struct rng *r, char *to, size_t size)
{
	static void (*const makers[])(struct rng *, struct text *) = {
		add_sound, add_sound, add_sound, add_sound, add_sound, add_sound,
		add_filter, add_filter, add_soup, add_bytes, add_nest, add_bent,
	};
	struct text t = { .to = to, .size = size };

	makers[rnd(r, N_ROWS(makers))](r, &t);
	return t.len;
}
