// SPDX-License-Identifier: GPL-2.0-or-later
/* Verdicts: what a function returns, and what netfilter is told. */
#include <linux/bitfield.h>
#include <linux/ctype.h>
#include <linux/export.h>
#include <linux/netfilter.h>
#include <linux/skbuff.h>

#include "netfilter/reject.h"
#include "netfilter/verdict.h"
#include "packet/place.h"
#include "runtime/runtime.h"

/*
 * Verdicts by name. Netfilter gets no NF_STOP or NF_REPEAT: on 6.1 and later a hook that
 * returns one of them leaks the packet.
 */
static const char *const verdicts[] = {
	[NFLUA_RUN_CONTINUE] = "continue",
	[NFLUA_RUN_ACCEPT] = "accept",
	[NFLUA_RUN_DROP] = "drop",
	[NFLUA_RUN_STOLEN] = "stolen",
	[NFLUA_RUN_QUEUE] = "queue",
	[NFLUA_RUN_REPEAT] = "repeat",
	[NFLUA_RUN_STOP] = "stop",
};

/* What a result has beside its enum nflua_run_result: of NFLUA_RUN_QUEUE in a hook, */
#define QUEUE_BYPASS	BIT(8)
#define QUEUE_NUMBER	GENMASK(31 - 1, 9)
/* and of NFLUA_RUN_REJECT, an enum nflua_reject. */
#define REJECT_KIND	GENMASK(15, 8)

/* Reads "reject" or "reject:KIND", of @len bytes. Returns -1 for others. */
static int read_reject(lua_State *L, const char *text, size_t len)
{
	const size_t name = strlen("reject");
	const char *why = NULL;
	int kind;

	if (len < name || memcmp(text, "reject", name) != 0 || len == name + 1 ||
	    (len > name && text[name] != ':'))
		return -1;
	text += len > name ? name + 1 : name;
	len -= len > name ? name + 1 : name;
	kind = nflua_reject_read(&nflua_runtime(L)->packet_call, text, len, &why);
	return kind < 0 ? -1 : NFLUA_RUN_REJECT | FIELD_PREP(REJECT_KIND, kind);
}

int nflua_verdict_of(u8 effects)
{
	u8 kind = FIELD_GET(NFLUA_EFFECT_REJECT, effects);

	return kind ? NFLUA_RUN_REJECT | FIELD_PREP(REJECT_KIND, kind) : NFLUA_RUN_DROP;
}

int nflua_verdict_read(lua_State *L)
{
	const char *name;
	size_t len;
	int i;

	if (!lua_toboolean(L, -1))
		return NFLUA_RUN_CONTINUE;
	if (lua_type(L, -1) != LUA_TSTRING)
		return -1;
	name = lua_tolstring(L, -1, &len);
	for (i = 0; i < ARRAY_SIZE(verdicts); i++)
		if (len == strlen(verdicts[i]) && memcmp(name, verdicts[i], len) == 0)
			return i;
	return read_reject(L, name, len);
}

/* Reads "queue", "queue:N" or "queue:N:bypass", of @len bytes. Returns -1 for others. */
static int read_queue(const char *text, size_t len)
{
	unsigned int number = 0, digits = 0;
	const char *at = text, *end = text + len;

	if (len < 5 || memcmp(at, "queue", 5) != 0)
		return -1;
	at += 5;
	if (at < end && *at == ':') {
		for (at++; at < end && isdigit(*at) && digits < 5; digits++)
			number = number * 10 + *at++ - '0';
		if (!digits || number > 0xffff)
			return -1;
	}
	if (at == end)
		return NFLUA_RUN_QUEUE | FIELD_PREP(QUEUE_NUMBER, number);
	if (!digits || end - at != 7 || memcmp(at, ":bypass", 7) != 0)
		return -1;
	return NFLUA_RUN_QUEUE | QUEUE_BYPASS | FIELD_PREP(QUEUE_NUMBER, number);
}

/* Returns whether netfilter can queue the packet. One of a device or of ARP it would lose. */
static bool can_queue(lua_State *L)
{
	unsigned int hook = nflua_runtime(L)->packet.hook->hook;

	return hook != NFLUA_HOOK_INGRESS && hook != NFLUA_HOOK_EGRESS && hook < NFLUA_HOOK_ARP;
}

int nflua_hook_read(lua_State *L)
{
	const char *text;
	size_t len;
	int queue;

	if (lua_type(L, -1) == LUA_TSTRING) {
		text = lua_tolstring(L, -1, &len);
		queue = read_queue(text, len);
		if (queue >= 0)
			return can_queue(L) ? queue : -1;
	}
	return nflua_verdict_read(L);
}

/*
 * Takes the packet away from its hook, and returns the verdict. The action xt of tc in
 * older kernels is no hook: it has no function to go on with, and would go on with a packet
 * that is gone. Hooks of a device have no such function either, but know NF_STOLEN.
 */
static unsigned int steal(struct sk_buff *skb, const struct nf_hook_state *hook)
{
	if (!hook->okfn && hook->pf != NFPROTO_NETDEV)
		return NF_DROP;
	kfree_skb(skb);
	return NF_STOLEN;
}

unsigned int nflua_verdict_give(struct nflua_outcome outcome, struct sk_buff *skb,
				const struct nf_hook_state *hook)
{
	switch (nflua_verdict_kind(outcome.result)) {
	case NFLUA_RUN_REJECT:
		nflua_reject_send(FIELD_GET(REJECT_KIND, outcome.result), skb, hook);
		return NF_DROP;
	case NFLUA_RUN_DROP:
		/* TCP would take a dropped packet for one that it has not sent. */
		return outcome.effects & NFLUA_EFFECT_ANSWERED ? steal(skb, hook) : NF_DROP;
	case NFLUA_RUN_STOLEN:
		return steal(skb, hook);
	case NFLUA_RUN_QUEUE:
		return NF_QUEUE_NR(0) | NF_VERDICT_FLAG_QUEUE_BYPASS;
	default:
		return NF_ACCEPT;
	}
}
EXPORT_SYMBOL_GPL(nflua_verdict_give);

unsigned int nflua_hook_give(struct nflua_outcome outcome, struct sk_buff *skb,
			     const struct nf_hook_state *hook)
{
	int result = outcome.result;

	if (!nflua_hook_queues(result))
		return nflua_verdict_give(outcome, skb, hook);
	return NF_QUEUE_NR(FIELD_GET(QUEUE_NUMBER, result)) |
	       (result & QUEUE_BYPASS ? NF_VERDICT_FLAG_QUEUE_BYPASS : 0);
}
