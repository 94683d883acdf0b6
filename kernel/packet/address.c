// SPDX-License-Identifier: GPL-2.0-or-later
/* Addresses as text and as bytes. */
#include <linux/ctype.h>
#include <net/ipv6.h>

#include "lauxlib.h"
#include "packet/address.h"

struct nflua_address nflua_address_ipv4(__be32 address)
{
	struct nflua_address a = { .family = NFPROTO_IPV4, .bits = 32 };

	memcpy(a.bytes, &address, sizeof(address));
	return a;
}

struct nflua_address nflua_address_ipv6(const struct in6_addr *address)
{
	struct nflua_address a = { .family = NFPROTO_IPV6, .bits = 128 };

	memcpy(a.bytes, address, sizeof(*address));
	return a;
}

/* Parses a text, which must be one address. Returns false if it is not. */
bool nflua_address_parse(const char *text, size_t len, struct nflua_address *out)
{
	const char *end;
	struct in6_addr ipv6;
	__be32 ipv4;

	if (len == 0 || len >= NFLUA_ADDRESS_TEXT)
		return false;
	if (in4_pton(text, len, (u8 *)&ipv4, -1, &end) && end == text + len) {
		*out = nflua_address_ipv4(ipv4);
		return true;
	}
	if (!in6_pton(text, len, ipv6.s6_addr, -1, &end) || end != text + len)
		return false;
	*out = nflua_address_ipv6(&ipv6);
	return true;
}

/* Prints an address to @text, which has room for NFLUA_ADDRESS_TEXT bytes. */
void nflua_address_print(const struct nflua_address *a, char *text)
{
	snprintf(text, NFLUA_ADDRESS_TEXT,
		 a->family == NFPROTO_IPV6 ? "%pI6c" : "%pI4", a->bytes);
}

bool nflua_address_matches(const struct nflua_address *a,
			   const struct nflua_address *prefix)
{
	struct in6_addr have = {}, want = {};

	if (a->family != prefix->family)
		return false;
	/* IPv4 addresses become the first 32 bits of one of IPv6. */
	memcpy(&have, a->bytes, nflua_address_size(a));
	memcpy(&want, prefix->bytes, nflua_address_size(prefix));
	return ipv6_prefix_equal(&have, &want, prefix->bits);
}

void nflua_address_check(lua_State *L, int arg, struct nflua_address *out)
{
	size_t len;
	const char *text = luaL_checklstring(L, arg, &len);

	luaL_argcheck(L, nflua_address_parse(text, len, out), arg,
		      "not an IPv4 or IPv6 address");
}

/* Parses one to three digits. kstrtou8() would also take a newline at the end. */
static bool parse_bits(const char *text, size_t len, unsigned int *bits)
{
	size_t i;

	*bits = 0;
	for (i = 0; i < len && isdigit(text[i]); i++)
		*bits = *bits * 10 + text[i] - '0';
	return len >= 1 && len <= 3 && i == len;
}

/* Reads an argument that is an address, with or without "/BITS". */
void nflua_address_check_prefix(lua_State *L, int arg, struct nflua_address *out)
{
	size_t len;
	const char *text = luaL_checklstring(L, arg, &len);
	const char *slash = memchr(text, '/', len);
	unsigned int bits;

	luaL_argcheck(L, nflua_address_parse(text, slash ? slash - text : len, out),
		      arg, "not an IPv4 or IPv6 address, or a prefix");
	if (!slash)
		return;
	luaL_argcheck(L, parse_bits(slash + 1, text + len - slash - 1, &bits) &&
		      bits <= out->bits, arg, "prefix length out of range");
	out->bits = bits;
}

/* nf.in_prefix(address, prefix) */
int nflua_in_prefix(lua_State *L)
{
	struct nflua_address a, prefix;

	nflua_address_check(L, 1, &a);
	nflua_address_check_prefix(L, 2, &prefix);
	lua_pushboolean(L, nflua_address_matches(&a, &prefix));
	return 1;
}
