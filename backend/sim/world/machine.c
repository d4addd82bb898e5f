/*
 * Instances outside every group, as docker-machine's amazonec2 driver rents
 * them: a key pair of the machine's own name from the first moment, its tags
 * only once it runs (reference integrations C1).
 */
#include "backend/sim/world/cloud.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/sim/world/ids.h"
#include "backend/sim/world/pack.h"

/* Where most addresses are left. */
static struct cloud_subnet *
roomiest(struct cloud *c)
{
	struct cloud_subnet *best = &c->subnets[0];

	for (uint32_t i = 1; i < c->subnet_n; i++) {
		if (c->subnets[i].free > best->free)
			best = &c->subnets[i];
	}
	return best;
}

void
machine_add_key(struct cloud *c, const char *name)
{
	uint64_t h = hash_text(name);
	struct cloud_key k = {
		.name = xstrdup(name),
		.type = "rsa",
		.created_ms = sim_now_ms(c->sim),
		.tags = json_array(),
	};

	/* Of an imported key: sixteen bytes. */
	k.fingerprint = xasprintf(
		"%02x:%02x:%02x:%02x:%02x:%02x:%02x:%02x:%02x:%02x:%02x:%02x:"
		"%02x:%02x:%02x:%02x",
		(unsigned)(h & 255), (unsigned)(h >> 8 & 255),
		(unsigned)(h >> 16 & 255), (unsigned)(h >> 24 & 255),
		(unsigned)(h >> 32 & 255), (unsigned)(h >> 40 & 255),
		(unsigned)(h >> 48 & 255), (unsigned)(h >> 56 & 255),
		(unsigned)(h >> 4 & 255), (unsigned)(h >> 12 & 255),
		(unsigned)(h >> 20 & 255), (unsigned)(h >> 28 & 255),
		(unsigned)(h >> 36 & 255), (unsigned)(h >> 44 & 255),
		(unsigned)(h >> 52 & 255), (unsigned)(h >> 3 & 255));
	cloud_id(c, "key", name, k.id);
	vec_push(&c->keys, k);
}

void
machine_drop_key(struct cloud *c, const char *name)
{
	for (uint32_t i = 0; i < c->keys.n; i++) {
		struct cloud_key *k = &c->keys.at[i];

		if (!str_eq(k->name, name))
			continue;
		free(k->name);
		free(k->fingerprint);
		json_decref(k->tags);
		c->keys.n--;
		memmove(k, k + 1, (c->keys.n - i) * sizeof(*k));
		return;
	}
}

struct cloud_instance *
machine_rent(struct cloud *c, const struct scenario_group *plan,
	     const char *name, struct rng *rng)
{
	struct cloud_subnet *s = roomiest(c);
	struct cloud_instance *i;
	char hex[32];

	if (s->free == 0)
		return NULL;
	i = xcalloc(1, sizeof(*i));
	snprintf(i->id, sizeof(i->id), "i-0%s", id_hex(rng, 16, hex));
	i->type = sim_type_find(plan->types.at[0]);
	i->subnet = s;
	i->plan = plan;
	i->spot = plan->spot;
	i->state = INSTANCE_PENDING;
	i->launched_ms = sim_now_ms(c->sim);
	i->machine = xstrdup(name);
	machine_add_key(c, name);
	i->address = instance_first_address(i);
	address_text(i->address, i->private_ip);
	snprintf(i->dns, sizeof(i->dns), "ip-%u-%u-%u-%u.%s.compute.internal",
		 i->address >> 24, i->address >> 16 & 255,
		 i->address >> 8 & 255, i->address & 255, c->region);
	map_put(c->instances, i->id, i);
	return i;
}

void
machine_describe(const struct cloud_instance *i, json_t *o)
{
	json_t *tags = json_array(), *groups;

	if (i->tagged) {
		json_array_append_new(tags, pack("{s:s, s:s}", "Key", "Name",
						 "Value", i->machine));
		json_array_append_new(tags, pack("{s:s, s:s}", "Key", "fleet",
						 "Value", "docker-machine"));
	}
	json_object_set_new(o, "Tags", tags);
	json_object_set_new(o, "KeyName", json_string(i->machine));
	groups = pack("[{s:s, s:s}]", "GroupName", "docker-machine", "GroupId",
		      "sg-07d1c4a9be20f3311");
	json_object_set(o, "SecurityGroups", groups);
	json_object_set_new(json_array_get(json_object_get(
						   o, "NetworkInterfaces"),
					   0),
			    "Groups", groups);
	json_object_del(o, "IamInstanceProfile");
}
