/*
 * Addresses: a subnet's, and what the VPC CNI of each node holds of them.
 *
 * The CNI works with WARM_ENI_TARGET=1: whenever less than one interface's
 * worth is idle it attaches another, full; when two are idle it gives an unused
 * one back.  With WARM_IP_TARGET it holds so many idle addresses instead, and
 * fills interfaces only as far as that needs (reference integrations H).
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/sim/world/cloud.h"
#include "backend/sim/world/ids.h"

/* 10.0.0.0/16; each zone gets a /20 of it, or less, as the scenario says; with
 * larger subnets the VPC has more ranges: 10.1.0.0/16 and on. */
#define VPC_BASE 0x0a000000u
#define ZONE_BITS 12
/* AWS keeps the first four addresses of a subnet and the last. */
#define KEPT_LOW 4
#define KEPT 5

char *
address_text(uint32_t a, char out[static 16])
{
	snprintf(out, 16, "%u.%u.%u.%u", a >> 24, a >> 16 & 255, a >> 8 & 255,
		 a & 255);
	return out;
}

/* ---- subnets ---- */

void
subnet_found(struct cloud *c, struct cloud_subnet *s, uint32_t n,
	     const char *zone)
{
	struct rng rng = sim_rng(c->sim, zone);
	int32_t bits = sim_scenario(c->sim)->subnet_bits;
	char hex[32], text[16];
	size_t len = strlen(zone);

	snprintf(s->id, sizeof(s->id), "subnet-%s", id_hex(&rng, 17, hex));
	snprintf(s->zone, sizeof(s->zone), "%s", zone);
	/* eu-west-1a is euw1-az1 here; real accounts shuffle the numbers. */
	snprintf(s->zone_id, sizeof(s->zone_id), "%.2s%c%c-az%d", zone, zone[3],
		 zone[len - 2], zone[len - 1] - 'a' + 1);
	s->size = 1u << (32 - bits);
	s->base = VPC_BASE + n * (s->size >> ZONE_BITS ? s->size
						       : 1u << ZONE_BITS);
	s->free = s->size - KEPT;
	s->used = xcalloc(s->size / 8, 1);
	s->used[0] |= (1u << KEPT_LOW) - 1;
	s->used[s->size / 8 - 1] |= 1u << 7;
	s->next = KEPT_LOW;
	snprintf(s->cidr, sizeof(s->cidr), "%s/%d", address_text(s->base, text),
		 bits);
}

static bool
bit_get(const uint8_t *bits, uint32_t n)
{
	return bits[n / 8] >> (n % 8) & 1;
}

/* 0 when none is left. */
static uint32_t
subnet_take(struct cloud_subnet *s)
{
	if (s->free == 0)
		return 0;
	while (bit_get(s->used, s->next))
		s->next = (s->next + 1) % s->size;
	s->used[s->next / 8] |= (uint8_t)(1u << (s->next % 8));
	s->free--;
	return s->base + s->next;
}

static void
subnet_give(struct cloud_subnet *s, uint32_t address)
{
	uint32_t n = address - s->base;

	BUG_IF(n >= s->size || !bit_get(s->used, n));
	s->used[n / 8] &= (uint8_t) ~(1u << (n % 8));
	s->free++;
}

/* ---- interfaces ---- */

/* Addresses of one interface that pods may have. */
static uint32_t
usable(const struct cloud_instance *i)
{
	return (uint32_t)i->type->ips_per_eni - 1;
}

static bool
by_address(const struct cloud_instance *i)
{
	return i->cni->warm_ips > 0 || i->cni->minimum_ips > 0;
}

/* Idle addresses there should be before a pod takes one. */
static uint32_t
wanted_idle(const struct cloud_instance *i)
{
	int32_t used = 0, idle = i->cni->warm_ips;

	if (!by_address(i))
		return usable(i) + 1;
	for (uint32_t k = 0; k < i->enis.n; k++)
		used += (int32_t)i->enis.at[k].used;
	if (used + idle < i->cni->minimum_ips)
		idle = i->cni->minimum_ips - used;
	return idle > 0 ? (uint32_t)idle : 1;
}

/* To the brim, or as far as the idle addresses are wanted. */
static void
fill(struct cloud_instance *i, struct cloud_eni *e)
{
	uint32_t most = by_address(i) ? wanted_idle(i) : UINT32_MAX;

	while (e->addresses.n < (uint32_t)i->type->ips_per_eni &&
	       (e->addresses.n == 0 || i->idle.n < most)) {
		uint32_t a = subnet_take(i->subnet);

		if (a == 0)
			return;
		vec_push(&e->addresses, a);
		/* The first is the interface's own. */
		if (e->addresses.n > 1)
			vec_push(&i->idle, a);
	}
}

uint32_t
instance_first_address(struct cloud_instance *i)
{
	struct cloud_eni *e = vec_add(&i->enis);
	uint32_t a = subnet_take(i->subnet);

	if (a)
		vec_push(&e->addresses, a);
	return a;
}

/* One more interface; false when the type or the subnet has no more. */
static bool
attach(struct cloud_instance *i)
{
	struct cloud_eni *e;

	if (i->enis.n >= (uint32_t)i->type->enis || i->subnet->free < 2)
		return false;
	e = vec_add(&i->enis);
	fill(i, e);
	return true;
}

static struct cloud_eni *
eni_of(struct cloud_instance *i, uint32_t address)
{
	for (uint32_t k = 0; k < i->enis.n; k++) {
		for (uint32_t a = 0; a < i->enis.at[k].addresses.n; a++) {
			if (i->enis.at[k].addresses.at[a] == address)
				return &i->enis.at[k];
		}
	}
	BUG("address of no interface");
}

uint32_t
instance_pod_address(struct cloud_instance *i)
{
	uint32_t a;

	/* Those that were not to be had before may be there now. */
	for (uint32_t k = 0; k < i->enis.n && i->idle.n < wanted_idle(i); k++)
		fill(i, &i->enis.at[k]);
	while (i->idle.n < wanted_idle(i) && attach(i))
		;
	if (i->idle.n == 0)
		return 0;
	a = i->idle.at[0];
	i->idle.n--;
	memmove(i->idle.at, i->idle.at + 1, i->idle.n * sizeof(a));
	eni_of(i, a)->used++;
	return a;
}

static void
detach(struct cloud_instance *i, struct cloud_eni *e)
{
	uint32_t kept = 0;

	for (uint32_t k = 0; k < i->idle.n; k++) {
		if (eni_of(i, i->idle.at[k]) != e)
			i->idle.at[kept++] = i->idle.at[k];
	}
	i->idle.n = kept;
	for (uint32_t a = 0; a < e->addresses.n; a++)
		subnet_give(i->subnet, e->addresses.at[a]);
	vec_free(&e->addresses);
	i->enis.n--;
	memmove(e, e + 1, (size_t)(&i->enis.at[i->enis.n] - e) * sizeof(*e));
}

/* The address that went idle last, and its interface if that is now bare. */
static void
give_one(struct cloud_instance *i)
{
	uint32_t a = i->idle.at[--i->idle.n];
	struct cloud_eni *e = eni_of(i, a);
	uint32_t kept = 0;

	for (uint32_t k = 0; k < e->addresses.n; k++) {
		if (e->addresses.at[k] != a)
			e->addresses.at[kept++] = e->addresses.at[k];
	}
	e->addresses.n = kept;
	subnet_give(i->subnet, a);
	if (kept == 1 && e != &i->enis.at[0])
		detach(i, e);
}

void
instance_addresses_trim(struct cloud_instance *i)
{
	if (by_address(i)) {
		while (i->idle.n > wanted_idle(i))
			give_one(i);
		return;
	}
	for (uint32_t k = i->enis.n; k-- > 1 && i->idle.n >= 2 * usable(i);) {
		if (i->enis.at[k].used == 0)
			detach(i, &i->enis.at[k]);
	}
}

void
instance_pod_release(struct cloud_instance *i, uint32_t address)
{
	if (i->state == INSTANCE_TERMINATED)
		return;
	eni_of(i, address)->used--;
	vec_push(&i->idle, address);
	instance_addresses_trim(i);
}

/* ---- the end ---- */

void
instance_addresses_give(struct cloud_instance *i)
{
	for (uint32_t k = 0; k < i->enis.n; k++) {
		for (uint32_t a = 0; a < i->enis.at[k].addresses.n; a++)
			subnet_give(i->subnet, i->enis.at[k].addresses.at[a]);
		vec_free(&i->enis.at[k].addresses);
	}
	vec_clear(&i->enis);
	vec_clear(&i->idle);
}

void
instance_addresses_free(struct cloud_instance *i)
{
	for (uint32_t k = 0; k < i->enis.n; k++)
		vec_free(&i->enis.at[k].addresses);
	vec_free(&i->enis);
	vec_free(&i->idle);
}
