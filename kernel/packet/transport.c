// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fields of transport headers: TCP (RFC 9293), UDP (RFC 768), ICMP (RFC 792) and
 * ICMPv6 (RFC 4443). A view of a header is made only if all of it, without options, is
 * there.
 */
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/tcp.h>
#include <net/tcp.h>

#include "packet/bytes.h"
#include "packet/dissect.h"
#include "packet/field.h"
#include "packet/transport.h"
#include "packet/view.h"

static enum nflua_tag get_hdrlen(struct nflua_call *call, long long *value)
{
	struct nflua_span span;

	nflua_span_find(call, NFLUA_VIEW_TCP, &span);
	return nflua_tag_number(span.len, value);
}

#define TCP_FLAGS	13	/* offset of their byte */

const struct nflua_field nflua_tcp_fields[] = {
	{ "dport", 2, 2 },
	{ "sport", 0, 2 },
	{ "flags", TCP_FLAGS, 1 },
	{ "syn", TCP_FLAGS, .bits = TCPHDR_SYN },
	{ "ack", 8, 4 },
	{ "check", 16, 2 },
	{ "cwr", TCP_FLAGS, .bits = TCPHDR_CWR },
	{ "ece", TCP_FLAGS, .bits = TCPHDR_ECE },
	{ "fin", TCP_FLAGS, .bits = TCPHDR_FIN },
	{ "hdrlen", .get = get_hdrlen },
	{ "psh", TCP_FLAGS, .bits = TCPHDR_PSH },
	{ "rst", TCP_FLAGS, .bits = TCPHDR_RST },
	{ "seq", 4, 4 },
	{ "urg", TCP_FLAGS, .bits = TCPHDR_URG },
	{ "urgptr", 18, 2 },
	{ "window", 14, 2 },
	{}
};

const struct nflua_field nflua_udp_fields[] = {
	{ "dport", 2, 2 },
	{ "sport", 0, 2 },
	{ "check", 6, 2 },
	{ "length", 4, 2 },
	{}
};

static bool is_echo(const struct nflua_call *call, u8 type)
{
	if (call->packet->hook->pf == NFPROTO_IPV6)
		return type == ICMPV6_ECHO_REQUEST || type == ICMPV6_ECHO_REPLY;
	return type == ICMP_ECHO || type == ICMP_ECHOREPLY;
}

/* Gets a word of an echo request or reply; other messages have none. */
static enum nflua_tag get_of_echo(struct nflua_call *call, int at,
				  long long *value)
{
	u8 buf[8];
	const u8 *p = nflua_bytes(call->packet->skb, nflua_headers(call)->transport,
				  sizeof(buf), buf);

	if (!p || !is_echo(call, *p))
		return NFLUA_TAG_NIL;
	return nflua_tag_number(get_unaligned_be16(p + at), value);
}

static enum nflua_tag get_id(struct nflua_call *call, long long *value)
{
	return get_of_echo(call, 4, value);
}

static enum nflua_tag get_seq(struct nflua_call *call, long long *value)
{
	return get_of_echo(call, 6, value);
}

const struct nflua_field nflua_icmp_fields[] = {
	{ "type", 0, 1 },
	{ "check", 2, 2 },
	{ "code", 1, 1 },
	{ "id", .get = get_id },
	{ "seq", .get = get_seq },
	{}
};

/**
 * nflua_tcp_option - finds a TCP option
 * @p: the options, @len bytes
 * @kind: kind of the option, which must have a length
 * @size: becomes the length of its data if it is there
 *
 * Returns the data, or NULL. The search ends at an option with a wrong length.
 */
const u8 *nflua_tcp_option(const u8 *p, int len, int kind, int *size)
{
	while (len > 0 && *p != TCPOPT_EOL) {
		if (*p == TCPOPT_NOP) {
			p++;
			len--;
			continue;
		}
		if (len < 2 || p[1] < 2 || p[1] > len)
			return NULL;
		if (*p == kind) {
			*size = p[1] - 2;
			return p + 2;
		}
		len -= p[1];
		p += p[1];
	}
	return NULL;
}

/* tcp:option(kind): returns the data of an option as a string, or nil. */
static int tcp_option(lua_State *L)
{
	lua_Integer kind = luaL_checkinteger(L, 2);
	u8 buf[MAX_TCP_OPTION_SPACE];
	struct nflua_span span;
	unsigned long view;
	const u8 *p;
	int len, size;

	luaL_argcheck(L, lua_islightuserdata(L, 1), 1, "tcp expected");
	view = (unsigned long)lua_touserdata(L, 1);
	luaL_argcheck(L, nflua_view_kind(view) == NFLUA_VIEW_TCP, 1, "tcp expected");
	luaL_argcheck(L, kind > TCPOPT_NOP && kind <= U8_MAX, 2,
		      "kinds are 2 to 255");
	nflua_span_find(nflua_view_call(L, view), NFLUA_VIEW_TCP, &span);
	len = span.len - (int)sizeof(struct tcphdr);
	p = nflua_bytes(span.skb, span.offset + sizeof(struct tcphdr), len, buf);
	p = p ? nflua_tcp_option(p, len, kind, &size) : NULL;
	if (p)
		lua_pushlstring(L, (const char *)p, size);
	else
		lua_pushnil(L);
	return 1;
}

const luaL_Reg nflua_tcp_methods[] = {
	{ "option", tcp_option },
	{ NULL, NULL }
};
