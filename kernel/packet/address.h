/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IPv4 and IPv6 addresses and prefixes. */
#ifndef NFLUA_ADDRESS_H
#define NFLUA_ADDRESS_H

#include <linux/in6.h>
#include <linux/inet.h>

#include "engine.h"

/* Size of the longest text of an address, with the NUL. */
#define NFLUA_ADDRESS_TEXT	INET6_ADDRSTRLEN

/**
 * struct nflua_address - an address, or a prefix
 *
 * @bytes: in network order; 4 or 16 of them count
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 * @bits: length of the prefix; all bits for an address
 */
struct nflua_address {
	u8 bytes[16] __aligned(8);
	u8 family;
	u8 bits;
};

struct nflua_address nflua_address_ipv4(__be32 address);
struct nflua_address nflua_address_ipv6(const struct in6_addr *address);
bool nflua_address_parse(const char *text, size_t len, struct nflua_address *out);
void nflua_address_print(const struct nflua_address *a, char *text);
bool nflua_address_matches(const struct nflua_address *a,
			   const struct nflua_address *prefix);
void nflua_address_check(lua_State *L, int arg, struct nflua_address *out);
void nflua_address_check_prefix(lua_State *L, int arg, struct nflua_address *out);
int nflua_in_prefix(lua_State *L);

static inline int nflua_address_size(const struct nflua_address *a)
{
	return a->family == NFPROTO_IPV6 ? 16 : 4;
}

#endif
