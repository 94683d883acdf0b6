// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What Lua asks of the kernel's random numbers (lua/host.h). The keys of filters' tables
 * often come from packets. So strings are hashed with a secret, as otherwise a sender
 * could choose many that collide; and by words, as Lua would go over long ones by bytes.
 */
#include <linux/cache.h>
#include <linux/random.h>
#include <linux/siphash.h>

#include "lua/host.h"
#include "runtime/runtime.h"

static hsiphash_key_t hash_key __ro_after_init;

void __init nflua_random_init(void)
{
	get_random_bytes(&hash_key, sizeof(hash_key));
}

unsigned int nflua_seed(void)
{
	return get_random_u32();
}

unsigned int nflua_hash(const char *s, size_t len, unsigned int seed)
{
	hsiphash_key_t key = hash_key;

	key.key[0] ^= seed;
	return hsiphash(s, len, &key);
}
