// SPDX-License-Identifier: GPL-2.0-or-later
/* What answers, dumps and events are made of: figures, errors, trials, packets. */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/ktime.h>
#include <net/netlink.h>

#include "runtime/call.h"
#include "packet/view.h"

static int put_figures(struct sk_buff *skb, struct nflua_state *state,
		       const struct nflua_figures *f)
{
	const struct {
		int attr;
		u64 value;
	} u64s[] = {
		{ NFLUA_A_MAXALLOC, state->maxalloc },
		{ NFLUA_A_CURRALLOC, f->used },
		{ NFLUA_A_PEAKALLOC, f->peak },
		{ NFLUA_A_CALLS, f->stats.calls },
		{ NFLUA_A_MATCHES, f->stats.matches },
		{ NFLUA_A_ERRORS, f->stats.errors },
		{ NFLUA_A_TIME_NS, f->stats.time_ns },
		{ NFLUA_A_AGE_NS, f->age_ns },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(u64s); i++)
		if (nla_put_u64_64bit(skb, u64s[i].attr, u64s[i].value,
				      NFLUA_A_PAD))
			return -EMSGSIZE;
	if (nla_put_string(skb, NFLUA_A_NAME, state->name) ||
	    nla_put_u32(skb, NFLUA_A_BUDGET, state->budget) ||
	    nla_put_u32(skb, NFLUA_A_FLAGS, state->flags) ||
	    nla_put_u32(skb, NFLUA_A_ON_ERROR, state->on_error) ||
	    nla_put_u32(skb, NFLUA_A_REFS, READ_ONCE(state->rules)) ||
	    nla_put_u32(skb, NFLUA_A_RUNTIMES, f->runtimes))
		return -EMSGSIZE;
	return 0;
}

/* The beginning of the text; error_lock is held. */
static int put_last_text(struct sk_buff *skb, const struct nflua_last_error *last)
{
	const char *text = last->error.text ?: "an error, with no memory for its text";
	size_t len = strnlen(text, NFLUA_LAST_ERROR_MAX - 1);
	struct nlattr *attr;

	if (last->error.kind == NFLUA_ERROR_NONE)
		return 0;
	attr = nla_reserve(skb, NFLUA_A_LAST_ERROR, len + 1);
	if (!attr)
		return -EMSGSIZE;
	memcpy(nla_data(attr), text, len);
	((char *)nla_data(attr))[len] = '\0';
	return 0;
}

/* Every figure of a state; what events have of it. */
int nflua_fill_figures(struct sk_buff *skb, struct nflua_state *state)
{
	struct nflua_figures f;
	int err;

	nflua_state_figures(state, &f);
	err = put_figures(skb, state, &f);
	if (err)
		return err;
	spin_lock_bh(&state->error_lock);
	err = put_last_text(skb, &state->last_error);
	spin_unlock_bh(&state->error_lock);
	return err;
}

/* In full; error_lock is held. */
static int put_last_error(struct sk_buff *skb, const struct nflua_last_error *last)
{
	if (last->error.kind == NFLUA_ERROR_NONE)
		return 0;
	return nla_put_string(skb, NFLUA_A_FUNCTION, last->function) ?:
	       nla_put_u64_64bit(skb, NFLUA_A_ERROR_COUNT, last->count, NFLUA_A_PAD) ?:
	       nla_put_u64_64bit(skb, NFLUA_A_ERROR_AGE_NS,
				 ktime_get_boottime_ns() - last->at_ns,
				 NFLUA_A_PAD) ?:
	       nflua_fill_error(skb, &last->error);
}

/* All that is told of a state, for answers and dumps; nflua_net.lock is held. */
int nflua_fill_state(struct sk_buff *skb, struct nflua_state *state)
{
	bool truncated;
	u32 cut;
	int err;

	err = nflua_fill_figures(skb, state) ?:
	      nflua_rules_fill(skb, state, &truncated);
	if (err)
		return err;
	cut = truncated ? NFLUA_TRUNCATED_FUNCTIONS : 0;
	spin_lock_bh(&state->error_lock);
	err = put_last_error(skb, &state->last_error);
	if (state->last_error.error.kind != NFLUA_ERROR_NONE)
		cut |= state->last_error.error.truncated;
	spin_unlock_bh(&state->error_lock);
	if (!err && cut)
		err = nla_put_u32(skb, NFLUA_A_TRUNCATED, cut);
	return err;
}

size_t nflua_fill_error_size(const struct nflua_error *error)
{
	size_t size = 2 * nla_total_size(sizeof(u32));

	if (error->text)
		size += nla_total_size(strlen(error->text) + 1);
	if (error->traceback)
		size += nla_total_size(strlen(error->traceback) + 1);
	return size;
}

int nflua_fill_error(struct sk_buff *skb, const struct nflua_error *error)
{
	if (error->kind == NFLUA_ERROR_NONE)
		return 0;
	if (nla_put_u32(skb, NFLUA_A_ERROR_KIND, error->kind))
		return -EMSGSIZE;
	if (error->text && nla_put_string(skb, NFLUA_A_ERROR_TEXT, error->text))
		return -EMSGSIZE;
	if (error->traceback &&
	    nla_put_string(skb, NFLUA_A_TRACEBACK, error->traceback))
		return -EMSGSIZE;
	return 0;
}

size_t nflua_fill_trial_size(const struct nflua_trial *trial)
{
	struct nflua_value sent;
	size_t pos = 0, size = nla_total_size(sizeof(trial->results)) +
			       nla_total_size(sizeof(trial->times)) +
			       6 * nla_total_size_64bit(sizeof(u64));

	while (nflua_values_next(&trial->sent, &pos, &sent))
		size += nla_total_size(sent.len);
	return size + nla_total_size(trial->output.len) +
	       nla_total_size(sizeof(u32)) + nflua_fill_error_size(&trial->error);
}

static int put_sent(struct sk_buff *skb, const struct nflua_values *sent)
{
	struct nflua_value one;
	size_t pos = 0;

	while (nflua_values_next(sent, &pos, &one))
		if (nla_put(skb, one.type, one.len, one.data))
			return -EMSGSIZE;
	return 0;
}

/* All that came of a trial. */
int nflua_fill_trial(struct sk_buff *skb, const struct nflua_trial *trial)
{
	u32 cut = trial->error.truncated |
		  (trial->sent.truncated ? NFLUA_TRUNCATED_SENT : 0) |
		  (trial->output.truncated ? NFLUA_TRUNCATED_OUTPUT : 0);

	if (nla_put(skb, NFLUA_A_RESULTS, sizeof(trial->results), trial->results) ||
	    nla_put_u64_64bit(skb, NFLUA_A_CALLS, trial->calls, NFLUA_A_PAD) ||
	    nla_put_u64_64bit(skb, NFLUA_A_TIME_NS, trial->time_ns, NFLUA_A_PAD) ||
	    nla_put_u64_64bit(skb, NFLUA_A_FIRST_NS, trial->first_ns, NFLUA_A_PAD) ||
	    nla_put_u64_64bit(skb, NFLUA_A_LONGEST_NS, trial->longest_ns,
			      NFLUA_A_PAD) ||
	    nla_put(skb, NFLUA_A_TIMES, sizeof(trial->times), trial->times) ||
	    nla_put_u64_64bit(skb, NFLUA_A_SENT_PACKETS, trial->packets,
			      NFLUA_A_PAD) ||
	    nla_put_u64_64bit(skb, NFLUA_A_SENT_MESSAGES, trial->messages,
			      NFLUA_A_PAD) ||
	    put_sent(skb, &trial->sent))
		return -EMSGSIZE;
	if (trial->output.len &&
	    nla_put(skb, NFLUA_A_OUTPUT, trial->output.len, trial->output.buf))
		return -EMSGSIZE;
	if (cut && nla_put_u32(skb, NFLUA_A_TRUNCATED, cut))
		return -EMSGSIZE;
	return nflua_fill_error(skb, &trial->error);
}

size_t nflua_fill_packet_size(void)
{
	return nla_total_size(sizeof(u8)) + 2 * nla_total_size(sizeof(u16)) +
	       2 * nla_total_size(sizeof(struct in6_addr));
}

static int put_addresses(struct sk_buff *skb, const struct nflua_packet *packet)
{
	const struct ipv6hdr *ip6h = ipv6_hdr(packet->skb);

	if (packet->hook->pf == NFPROTO_IPV4)
		return nla_put_in_addr(skb, NFLUA_A_SADDR, ip_hdr(packet->skb)->saddr) ?:
		       nla_put_in_addr(skb, NFLUA_A_DADDR, ip_hdr(packet->skb)->daddr);
	return nla_put_in6_addr(skb, NFLUA_A_SADDR, &ip6h->saddr) ?:
	       nla_put_in6_addr(skb, NFLUA_A_DADDR, &ip6h->daddr);
}

/* From where to where a packet goes. */
int nflua_fill_packet(struct sk_buff *skb, const struct nflua_packet *packet)
{
	struct nflua_headers h = {};
	const __be16 *ports;
	__be16 buf[2];

	nflua_dissect_packet(packet, &h);
	if (nla_put_u8(skb, NFLUA_A_PROTOCOL, h.protocol) ||
	    put_addresses(skb, packet))
		return -EMSGSIZE;
	if (h.kind != NFLUA_VIEW_TCP && h.kind != NFLUA_VIEW_UDP)
		return 0;
	ports = skb_header_pointer(packet->skb, h.transport, sizeof(buf), buf);
	if (!ports)
		return 0;
	return nla_put_u16(skb, NFLUA_A_SPORT, ntohs(ports[0])) ?:
	       nla_put_u16(skb, NFLUA_A_DPORT, ntohs(ports[1]));
}
