/*
 * Objects of the fleet that a policy would have had.
 *
 * They stay what the API would say of them: a pod that is placed or a node that
 * is added is a recorded one with a merge patch on it, decoded again.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/base/clock.h"
#include "backend/decode/decode.h"
#include "backend/world/tree_patch.h"
#include "backend/world/whatif_private.h"

/* The engine looks back this far at most. */
#define ACT_KEPT_MS ((int64_t)2 * 3600 * 1000)
#define PATCH_ROOM ((size_t)1 << 20)

/* ---- recorded objects, changed ---- */

static void
quoted(struct buf *out, const char *lead, const char *text)
{
	buf_puts(out, lead);
	buf_json_string(out, text, strlen(text));
}

static const struct record *
changed(struct whatif_fleet *f, enum kind kind, const struct record *r,
	const char *patch)
{
	struct arena *a = arena_new();
	const struct codec *codec = codec_of(kind);
	const struct record *made;
	const struct tree *was, *new;
	struct err err = { .code = ERR_NONE };
	struct buf text;
	struct jsonw *j;

	buf_init(&text, SIZE_MAX);
	j = jsonw_new_buf(&text, false);
	codec->encode(j, r);
	jsonw_done(j);
	was = json_parse(a, text.at, text.len, &err);
	new = json_parse(a, patch, strlen(patch), &err);
	BUG_IF(!was || !new);
	made = codec->decode(f->seal, tree_patch_apply(a, was, new), &err);
	if (!made)
		BUG("an object of ours cannot be read: %s", err.text);
	buf_fini(&text);
	arena_free(a);
	return made;
}

const struct pod *
fleet_pod_waiting(struct whatif_fleet *f, const struct pod *p)
{
	char patch[700], at[TIME_TEXT];

	time_format(f->now_ms, true, at);
	snprintf(patch, sizeof(patch),
		 "{\"metadata\":{\"deletionTimestamp\":null},\"spec\":"
		 "{\"nodeName\":null},\"status\":{\"phase\":\"Pending\","
		 "\"startTime\":null,\"containerStatuses\":null,"
		 "\"initContainerStatuses\":null,\"nominatedNodeName\":null,"
		 "\"conditions\":[{\"type\":\"PodScheduled\",\"status\":"
		 "\"False\",\"reason\":\"Unschedulable\","
		 "\"lastTransitionTime\":\"%s\"}]}}", at);
	return (const void *)changed(f, KIND_POD, &p->record, patch);
}

const struct pod *
fleet_pod_on(struct whatif_fleet *f, const struct pod *p, const char *node)
{
	struct buf patch;
	const struct pod *made;
	char at[TIME_TEXT];

	time_format(f->now_ms, true, at);
	buf_init(&patch, PATCH_ROOM);
	quoted(&patch, "{\"spec\":{\"nodeName\":", node);
	buf_printf(&patch, "},\"status\":{\"phase\":\"Running\","
		   "\"startTime\":\"%s\",\"conditions\":[{\"type\":"
		   "\"PodScheduled\",\"status\":\"True\","
		   "\"lastTransitionTime\":\"%s\"}]}}", at, at);
	made = (const void *)changed(f, KIND_POD, &p->record, buf_text(&patch));
	buf_fini(&patch);
	return made;
}

static void
put_taint(struct buf *out, bool first, const struct taint *t)
{
	const char *effect = taint_effect_name((enum taint_effect)t->effect);

	quoted(out, first ? "{\"key\":" : ",{\"key\":", t->key);
	quoted(out, ",\"value\":", str_or_empty(t->value));
	buf_printf(out, ",\"effect\":\"%s\"}", effect);
}

/* Taints that say something of one node's moment do not come along. */
static bool
is_lasting(const struct taint *t)
{
	return strcmp(t->key, TAINT_TO_BE_DELETED) != 0 &&
	       strcmp(t->key, TAINT_CANDIDATE) != 0 &&
	       strcmp(t->key, TAINT_DRAINING) != 0 &&
	       !str_has_prefix(t->key, "node.kubernetes.io/");
}

const struct node *
fleet_node_like(struct whatif_fleet *f, const struct node *n,
		const struct fleet_node *as)
{
	struct buf patch;
	const struct node *made;
	char at[TIME_TEXT], *provider;
	bool first = true;

	time_format(f->now_ms, true, at);
	buf_init(&patch, PATCH_ROOM);
	provider = xasprintf("aws:///%s/%s", as->zone, as->id);
	quoted(&patch, "{\"metadata\":{\"name\":", as->id);
	quoted(&patch, ",\"uid\":", as->id);
	quoted(&patch, ",\"creationTimestamp\":", at);
	quoted(&patch, ",\"labels\":{\"kubernetes.io/hostname\":", as->id);
	quoted(&patch, ",\"topology.kubernetes.io/zone\":", as->zone);
	quoted(&patch, "}},\"spec\":{\"providerID\":", provider);
	buf_puts(&patch, ",\"unschedulable\":null,\"taints\":[");
	free(provider);
	for (uint32_t i = 0; i < n->taint_n; i++) {
		if (!is_lasting(&n->taints[i]))
			continue;
		put_taint(&patch, first, &n->taints[i]);
		first = false;
	}
	buf_printf(&patch, "]},\"status\":{\"conditions\":[{\"type\":"
		   "\"Ready\",\"status\":\"True\",\"lastTransitionTime\":"
		   "\"%s\",\"lastHeartbeatTime\":\"%s\"}]}}", at, at);
	made = (const void *)changed(f, KIND_NODE, &n->record,
				     buf_text(&patch));
	buf_fini(&patch);
	return made;
}

/* The node as it looks once its removal has begun. */
const struct node *
fleet_node_leaving(struct whatif_fleet *f, const struct node *n)
{
	struct buf patch;
	const struct node *made;

	buf_init(&patch, PATCH_ROOM);
	buf_puts(&patch, "{\"spec\":{\"unschedulable\":true,\"taints\":[");
	for (uint32_t i = 0; i < n->taint_n; i++) {
		put_taint(&patch, true, &n->taints[i]);
		buf_putc(&patch, ',');
	}
	buf_printf(&patch, "{\"key\":\"" TAINT_TO_BE_DELETED "\",\"value\":"
		   "\"%lld\",\"effect\":\"NoSchedule\"}]}}",
		   (long long)(f->now_ms / 1000));
	made = (const void *)changed(f, KIND_NODE, &n->record,
				     buf_text(&patch));
	buf_fini(&patch);
	return made;
}

/* ---- the world of this fleet ---- */

static const struct record *
group_now(struct whatif_fleet *f, const struct group *g)
{
	const struct record *made;
	struct buf patch;
	int32_t n = 0;

	buf_init(&patch, SIZE_MAX);
	buf_puts(&patch, "{\"Instances\":[");
	for (uint32_t i = 0; i < f->nodes.n; i++) {
		const struct fleet_node *at = &f->nodes.at[i];

		if (at->gone || strcmp(at->group, g->name) != 0)
			continue;
		quoted(&patch, n++ ? ",{\"InstanceId\":" : "{\"InstanceId\":",
		       at->id);
		quoted(&patch, ",\"InstanceType\":", at->type);
		quoted(&patch, ",\"AvailabilityZone\":", at->zone);
		buf_puts(&patch, ",\"LifecycleState\":\"InService\","
				 "\"HealthStatus\":\"Healthy\"}");
	}
	buf_printf(&patch, "],\"DesiredCapacity\":%d}", (int)n);
	made = changed(f, KIND_GROUP, &g->record, buf_text(&patch));
	buf_fini(&patch);
	return made;
}

static void
put_time(struct buf *out, const char *key, int64_t ms)
{
	char at[TIME_TEXT];

	if (ms)
		buf_printf(out, ",\"%s\":\"%s\"", key,
			   time_format(ms, true, at));
}

static const struct record *
act_now(struct whatif_fleet *f, const struct fleet_act *a)
{
	struct arena *arena = arena_new();
	const struct record *made;
	struct err err = { .code = ERR_NONE };
	struct buf text;

	buf_init(&text, PATCH_ROOM);
	buf_printf(&text, "{\"id\":\"%s\",\"by\":\"paddock\",\"kind\":\"%s\"",
		   a->id, a->kind);
	quoted(&text, ",\"group\":", a->group);
	if (a->node)
		quoted(&text, ",\"node\":", a->node);
	buf_printf(&text, ",\"from\":%d,\"to\":%d,\"outcome\":\"%s\"",
		   (int)a->from, (int)a->to, a->ended_ms ? "ok" : "running");
	put_time(&text, "started", a->started_ms);
	put_time(&text, "ended", a->ended_ms);
	buf_putc(&text, '}');
	made = codec_of(KIND_ACT)->decode(
		f->seal, json_parse(arena, text.at, text.len, &err), &err);
	if (!made)
		BUG("an act of ours cannot be read: %s", err.text);
	buf_fini(&text);
	arena_free(arena);
	return made;
}

static bool
is_replaced(int kind)
{
	return kind == KIND_POD || kind == KIND_NODE || kind == KIND_GROUP ||
	       kind == KIND_INSTANCE || kind == KIND_ACTIVITY ||
	       kind == KIND_ACT;
}

const struct world *
fleet_world(struct whatif_fleet *f, const struct world *world)
{
	struct world_builder *b = world_builder_new(world->time_ms);

	for (int k = 0; k < KIND_COUNT; k++)
		for (uint32_t i = 0; !is_replaced(k) && i < world->of[k].n;
		     i++)
			world_builder_add(b, record_ref(world->of[k].at[i]));
	WORLD_EACH(group, g, world, KIND_GROUP)
		world_builder_add(b, group_now(f, g));
	for (uint32_t i = 0; i < f->nodes.n; i++) {
		const struct fleet_node *n = &f->nodes.at[i];

		if (n->gone || !n->node)
			continue;
		world_builder_add(b, record_ref(n->node));
		for (uint32_t k = 0; k < n->pods.n; k++)
			world_builder_add(b, record_ref(n->pods.at[k]));
	}
	for (uint32_t i = 0; i < f->pods.n; i++)
		if (f->pods.at[i].state == FLEET_WAITING)
			world_builder_add(b, record_ref(f->pods.at[i].pod));
	for (uint32_t i = 0; i < f->acts.n; i++)
		if (f->now_ms - f->acts.at[i].started_ms < ACT_KEPT_MS)
			world_builder_add(b, act_now(f, &f->acts.at[i]));
	world_builder_set_complete(b, world->complete);
	return world_builder_done(b);
}
