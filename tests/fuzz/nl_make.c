// SPDX-License-Identifier: GPL-2.0-or-later
/* Requests, mostly sound: by the tables, attribute by attribute. */
#include <stdio.h>
#include <string.h>

#include "nl.h"

#define ARENA_SIZE (96 << 20)
#define MAX_MESSAGES 6
#define PIECE_MAX 60000

/* Limits of states in which scripts of all kinds run. */
#define MEMORY_MAX (32 << 20)
#define BUDGET_MAX 50000

int family;

uint32_t next_seq(void)
{
	static uint32_t seq;

	return ++seq;
}

static uint8_t arena[ARENA_SIZE];
static size_t arena_used;

/* Zeroed memory until the next datagram; always enough of it. */
uint8_t *arena_alloc(size_t len)
{
	uint8_t *p = arena + arena_used;

	if (len > sizeof(arena) - arena_used)
		__builtin_trap();
	arena_used += (len + 7) & ~(size_t)7;
	memset(p, 0, len);
	return p;
}

static struct item *add_item(struct request *req, int attr, const void *data,
			     size_t len)
{
	struct item *item;

	if (req->count == MAX_ITEMS)
		return NULL;
	item = &req->items[req->count++];
	memset(item, 0, sizeof(*item));
	item->type = attr;
	item->data = arena_alloc(len + ITEM_ROOM);
	item->len = len;
	if (data)
		memcpy(item->data, data, len);
	return item;
}

static const char *odd_name(struct rng *r)
{
	static const char letters[] = "aZ09_.:@+- /%\"'\n\t\x7f\xc3\xa4\x01";
	char *name = (char *)arena_alloc(72);
	size_t i, len = one_in(r, 3) ? 61 + rnd(r, 5) : rnd(r, 10);

	for (i = 0; i < len; i++)
		name[i] = letters[rnd(r, one_in(r, 3) ? sizeof(letters) - 1 : 9)];
	return name;
}

const char *make_name(struct rng *r)
{
	char *name;

	if (one_in(r, 12))
		return odd_name(r);
	if (one_in(r, 8))
		return NFLUA_DEFAULT_STATE;
	name = (char *)arena_alloc(8);
	sprintf(name, "s%u", (unsigned int)rnd(r, NAMES));
	return name;
}

static void add_text(struct request *req, int attr, const char *text)
{
	add_item(req, attr, text, strlen(text) + 1);
}

/* Beginnings of expressions, and what is none. */
static const char *make_prefix(struct rng *r)
{
	static const char *const prefixes[] = {
		"", "f", "nf.", "nf:re", "string.", "t.", "t.k", "timer.c", "copies.",
		"x.y.z", "co", "_G._G._G.", "got:", "print.", "..", ":", "f(",
	};

	return prefixes[rnd(r, N_ROWS(prefixes))];
}

/* Mostly a device that is there. */
static const char *make_device(struct rng *r)
{
	return one_in(r, 3) ? "eth0" : "lo";
}

static void make_string(struct rng *r, struct request *req, int attr)
{
	char text[300];
	size_t len;

	if (attr == NFLUA_A_NAME) {
		add_text(req, attr, make_name(r));
		return;
	}
	if (attr == NFLUA_A_PREFIX && !one_in(r, 4)) {
		add_text(req, attr, make_prefix(r));
		return;
	}
	if ((attr == NFLUA_A_FUNCTION || attr == NFLUA_A_RULE_FUNCTION) && !one_in(r, 4)) {
		add_text(req, attr, "f");
		return;
	}
	if ((attr == NFLUA_A_IIF || attr == NFLUA_A_OIF) && !one_in(r, 4)) {
		add_text(req, attr, make_device(r));
		return;
	}
	len = one_in(r, 8) ? attr_rows[attr].max : 1 + rnd(r, 20);
	if (len > sizeof(text) - 1)
		len = sizeof(text) - 1;
	memset(text, 'c', len);
	text[0] = "@=x%"[rnd(r, 4)];
	text[rnd(r, len)] = one_in(r, 4) ? 1 + rnd(r, 255) : 'd';
	text[len] = '\0';
	add_item(req, attr, text, len + 1);
}

/* Between the limits, and at them; what costs little is more frequent. */
static void make_number(struct rng *r, struct request *req, int attr)
{
	const struct attr_row *row = &attr_rows[attr];
	uint64_t n = row->min + rnd_size(r, row->max - row->min);
	uint32_t low;

	if (row->type == TYPE_MASK)
		n = one_in(r, 4) ? NFLUA_EXEC_REPLACE & row->max :
		    one_in(r, 2) ? 1ULL << rnd(r, 5) & row->max : rnd64(r) & row->max;
	else if (attr == NFLUA_A_MAXALLOC && req->cmd == NFLUA_CMD_STATE_SET && one_in(r, 2))
		n = row->min;
	else if (attr == NFLUA_A_FAMILY && !one_in(r, 8))
		n = (const uint8_t[]){ 1, 2, 5, 7, 10 }[rnd(r, 5)];
	else if (one_in(r, 10))
		n = one_in(r, 2) ? row->min : row->max;
	low = n;
	if (row->type == TYPE_U64)
		add_item(req, attr, &n, sizeof(n));
	else
		add_item(req, attr, &low, sizeof(low));
}

/* A piece stays where it is; behind it there is room. */
static void add_piece(struct request *req, uint8_t *data, size_t len)
{
	struct item *item = add_item(req, NFLUA_A_CHUNK, NULL, 0);

	if (item) {
		item->data = data;
		item->len = len;
	}
}

static void add_pieces(struct rng *r, struct request *req, uint8_t *data,
		       size_t len)
{
	size_t pieces = one_in(r, 2) ? 1 : one_in(r, 10) ? 1 + rnd(r, 400) :
			1 + rnd(r, 4);
	size_t n, most;

	for (; pieces && req->count < MAX_ITEMS - 200; pieces--) {
		most = len < PIECE_MAX ? len : PIECE_MAX;
		n = pieces == 1 ? most : rnd_size(r, most);
		add_piece(req, data, n);
		data += n;
		len -= n;
	}
	for (; len; data += n, len -= n) {
		n = len < PIECE_MAX ? len : PIECE_MAX;
		add_piece(req, data, n);
	}
}

/* Around the longest that may be, mostly too long, mostly blanks. */
static void make_big(struct rng *r, struct request *req)
{
	size_t len = NFLUA_CHUNK_MAX + (one_in(r, 8) ? 0 : 1);
	uint8_t *data = arena_alloc(len + ITEM_ROOM);

	memset(data, ' ', len);
	memcpy(data + len - 5, "x = 1", 5);
	add_pieces(r, req, data, len);
}

static void make_chunk(struct rng *r, struct request *req)
{
	uint8_t *data;

	if (one_in(r, 50)) {
		make_big(r, req);
		return;
	}
	data = arena_alloc(PIECE_MAX + ITEM_ROOM);
	add_pieces(r, req, data, make_script(r, (char *)data, PIECE_MAX));
}

/* `name NUL script`, or a script. */
static void make_message(struct rng *r, struct request *req)
{
	uint8_t *data = arena_alloc(PIECE_MAX);
	size_t len = 0;

	if (one_in(r, 2))
		len = sprintf((char *)data, "%.*s", (int)rnd(r, 12), "script.lua") + 1;
	len += make_script(r, (char *)data + len, PIECE_MAX - len);
	add_item(req, NFLUA_A_MSG, data, len);
}

/* A packet, mostly whole: of IPv4 or IPv6, with UDP, TCP or whatever. */
static void make_packet(struct rng *r, struct request *req)
{
	bool six = one_in(r, 3);
	size_t head = six ? 40 : 20, len = head + rnd_size(r, one_in(r, 20) ? 60000 : 200);
	uint8_t *data = arena_alloc(len + ITEM_ROOM);

	rnd_bytes(r, data, len);
	data[0] = six ? 0x60 : 0x45;
	data[six ? 6 : 9] = (const uint8_t[]){ 17, 6, 1, 58, 0, 44 }[rnd(r, 6)];
	data[six ? 4 : 2] = (six ? len - head : len) >> 8;
	data[six ? 5 : 3] = six ? len - head : len;
	if (!six)
		data[6] = one_in(r, 4) ? data[6] : 0;	/* fragments */
	if (one_in(r, 8))
		data[rnd(r, head)] = rnd(r, 256);
	add_item(req, NFLUA_A_PACKET, data, one_in(r, 20) ? rnd(r, len) : len);
}

/* A sound value of an attribute. */
void item_make(struct rng *r, struct request *req, int attr)
{
	uint8_t bytes[64];

	switch (attr_rows[attr].type) {
	case TYPE_STRING:
		make_string(r, req, attr);
		break;
	case TYPE_U32:
	case TYPE_U64:
	case TYPE_MASK:
		make_number(r, req, attr);
		break;
	case TYPE_U8:
		*bytes = one_in(r, 2) ? 17 : rnd(r, 256);
		add_item(req, attr, bytes, 1);
		break;
	case TYPE_FLAG:
	case TYPE_PAD:
		add_item(req, attr, NULL, 0);
		break;
	default:
		if (attr == NFLUA_A_CHUNK) {
			make_chunk(r, req);
		} else if (attr == NFLUA_A_MSG) {
			make_message(r, req);
		} else if (attr == NFLUA_A_PACKET) {
			make_packet(r, req);
		} else {
			rnd_bytes(r, bytes, sizeof(bytes));
			add_item(req, attr, bytes, rnd(r, sizeof(bytes)));
		}
	}
}

/* States per CPU are refused, so they are asked for only now and then. */
static bool is_wanted(struct rng *r, int cmd, int attr)
{
	if (cmd_rows[cmd].needs & BIT(attr))
		return true;
	switch (attr) {
	case NFLUA_A_FLAGS:
		return one_in(r, 20);
	case NFLUA_A_EXEC_FLAGS:
		return one_in(r, cmd == NFLUA_CMD_STATE_NEW ? 12 : 2);
	case NFLUA_A_RULE_FUNCTION:
		return one_in(r, 40);
	case NFLUA_A_CONFIRM_MS:
		return one_in(r, 3);
	case NFLUA_A_MAX_ERRORS:
	case NFLUA_A_KEEP:
		return one_in(r, 8);
	case NFLUA_A_MARK:
	case NFLUA_A_MARK_MASK:
	case NFLUA_A_IIF:
	case NFLUA_A_OIF:
	case NFLUA_A_FRAME_TYPES:
		return one_in(r, 8);
	case NFLUA_A_CHUNK:
	case NFLUA_A_MAXALLOC:
		return !one_in(r, 4);
	}
	return one_in(r, 2);
}

static int pick_command(struct rng *r)
{
	unsigned int sum = 0, at;
	int i;

	for (i = 0; i <= NFLUA_CMD_MAX; i++)
		sum += cmd_rows[i].weight;
	at = rnd(r, sum + 1);
	for (i = 0; i <= NFLUA_CMD_MAX; i++) {
		if (at < cmd_rows[i].weight)
			return i;
		at -= cmd_rows[i].weight;
	}
	return CMD_OTHER + rnd(r, 256 - CMD_OTHER);
}

/* A state with limits that no other has; no script runs in it. */
static void make_huge(struct rng *r, struct request *req)
{
	add_item(req, NFLUA_A_NAME, HUGE_NAME, sizeof(HUGE_NAME));
	if (req->cmd != NFLUA_CMD_STATE_NEW)
		return;
	item_make(r, req, NFLUA_A_MAXALLOC);
	item_make(r, req, NFLUA_A_BUDGET);
}

static void make_items(struct rng *r, struct request *req)
{
	attr_set takes = cmd_rows[req->cmd].takes;
	int attr;

	if ((req->cmd == NFLUA_CMD_STATE_NEW || req->cmd == NFLUA_CMD_STATE_DEL) &&
	    one_in(r, 15)) {
		make_huge(r, req);
		return;
	}
	for (attr = 1; attr <= NFLUA_A_MAX; attr++)
		if (takes & BIT(attr) && is_wanted(r, req->cmd, attr))
			item_make(r, req, attr);
}

static void make_sound(struct rng *r, struct request *req)
{
	int cmd = pick_command(r);
	bool dump = (cmd == NFLUA_CMD_STATE_GET && one_in(r, 3)) ||
		    (cmd == NFLUA_CMD_HOOK_GET && !one_in(r, 5));

	req->reserved = req->count = req->cut = req->extra = 0;
	req->len_off = 0;
	req->extra_counts = false;
	req->type = family;
	req->cmd = cmd;
	req->version = cmd == NFLUA_CMD_MSG ? 1 : NFLUA_GENL_VERSION;
	req->flags = NLM_F_REQUEST | (one_in(r, 12) ? 0 : NLM_F_ACK) |
		     (dump ? NLM_F_DUMP : 0);
	if (cmd <= NFLUA_CMD_MAX && (!dump || cmd == NFLUA_CMD_HOOK_GET))
		make_items(r, req);
}

static size_t put(uint8_t *to, const void *data, size_t len)
{
	if (len)
		memcpy(to, data, len);
	return len;
}

static size_t put_items(uint8_t *to, const struct request *req)
{
	struct nlattr nla;
	size_t i, at = 0, end;

	for (i = 0; i < req->count; i++) {
		const struct item *item = &req->items[i];

		nla.nla_type = item->type;
		nla.nla_len = item->says ? item->says : sizeof(nla) + item->len;
		at += put(to + at, &nla, sizeof(nla));
		at += put(to + at, item->data, item->len);
		end = at;
		at = NLA_ALIGN(at);
		memset(to + end, 0, at - end);
	}
	return at;
}

static size_t put_request(struct rng *r, uint8_t *to, const struct request *req)
{
	struct genlmsghdr genl = { req->cmd, req->version, req->reserved };
	struct nlmsghdr nlh = {
		.nlmsg_type = req->type, .nlmsg_flags = req->flags,
		.nlmsg_seq = next_seq(),
	};
	size_t len = NLMSG_HDRLEN, end;

	len += put(to + len, &genl, sizeof(genl));
	len += put_items(to + len, req);
	end = len + req->extra;
	rnd_bytes(r, to + len, req->extra);
	nlh.nlmsg_len = (req->extra_counts ? end : len) + req->len_off;
	memcpy(to, &nlh, sizeof(nlh));
	return req->cut < end ? end - req->cut : 0;
}

/* Whether a state of that name has no use but to try the limits. */
static bool is_harmless(const struct datagram *d)
{
	return d->len <= 60 &&
	       memmem(d->data, d->len, HUGE_NAME, sizeof(HUGE_NAME));
}

/* Limits that eat the machine, where @p is an attribute; @left bytes. */
static void lower(uint8_t *p, size_t left)
{
	struct nlattr nla;
	uint64_t n = 0;

	memcpy(&nla, p, sizeof(nla));
	left -= sizeof(nla);
	memcpy(&n, p + sizeof(nla), left < sizeof(n) ? left : sizeof(n));
	nla.nla_type &= NLA_TYPE_MASK;
	if (nla.nla_type == NFLUA_A_MAXALLOC && left >= sizeof(n) &&
	    n > MEMORY_MAX && n <= NFLUA_MAXALLOC_MAX) {
		p[sizeof(nla) + 2] &= 0x1f;
		memset(p + sizeof(nla) + 3, 0, 5);
	}
	if (nla.nla_type == NFLUA_A_BUDGET && (uint32_t)n > BUDGET_MAX &&
	    (uint32_t)n <= NFLUA_BUDGET_MAX)
		memset(p + sizeof(nla) + 2, 0, 2);
}

/* What must not be sent: requests to others, and such limits. */
static void defuse(struct datagram *d)
{
	const struct nlmsghdr *next;
	size_t at = 0, i;

	while ((next = next_message(d, &at)))
		if (next->nlmsg_type >= NLMSG_MIN_TYPE && next->nlmsg_type < 1024)
			((struct nlmsghdr *)next)->nlmsg_type = family;
	if (is_harmless(d))
		return;
	for (i = NLMSG_HDRLEN; i + NLA_HDRLEN + 4 <= d->len; i += NLA_ALIGNTO)
		lower(d->data + i, d->len - i);
}

/* One request, or several. */
void make_datagram(struct rng *r, struct datagram *d)
{
	static uint8_t bytes[BIG_REQUEST * 2];
	static struct request req;
	int n = one_in(r, 16) ? 2 + rnd(r, MAX_MESSAGES - 1) : 1;

	arena_used = 0;
	d->data = bytes;
	d->len = 0;
	while (n-- && d->len < BIG_REQUEST) {
		make_sound(r, &req);
		if (one_in(r, 3))
			request_damage(r, &req);
		d->len = NLMSG_ALIGN(d->len);
		d->len += put_request(r, d->data + d->len, &req);
	}
	defuse(d);
}
