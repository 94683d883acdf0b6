// SPDX-License-Identifier: GPL-2.0-or-later
/* Numbers that follow from the seed: splitmix64 (Steele, Lea, Flood 2014). */
#include "nl.h"

uint64_t rnd64(struct rng *r)
{
	uint64_t z = r->state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

/* Request @number is the same whatever went before it. */
void rng_seed(struct rng *r, uint64_t seed, uint64_t stream, uint64_t number)
{
	r->state = seed;
	r->state = rnd64(r) ^ stream;
	r->state = rnd64(r) ^ number;
	rnd64(r);
}

uint32_t rnd(struct rng *r, uint32_t n)
{
	return (rnd64(r) >> 32) * n >> 32;
}

bool one_in(struct rng *r, uint32_t n)
{
	return rnd(r, n) == 0;
}

void rnd_bytes(struct rng *r, void *to, size_t len)
{
	uint8_t *p = to;

	while (len--)
		*p++ = rnd64(r);
}

uint64_t rnd_size(struct rng *r, uint64_t max)
{
	uint64_t limit = 1ULL << rnd(r, 64 - __builtin_clzll(max | 1) + 1);

	return rnd64(r) % (limit < max ? limit + 1 : max + 1);
}
