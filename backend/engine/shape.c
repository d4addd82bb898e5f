/*
 * Shapes: pods that scheduling cannot tell apart share one.
 *
 * The key is a canonical run of bytes of everything the predicates read: what
 * two equal keys describe is equal, so a collision of hashes never mixes pods.
 * Labels count only as far as some selector in the cluster reads them; unique
 * labels of job pods do not make unique shapes.
 */
#include "backend/engine/shape.h"

#include <stdlib.h>

#include "backend/base/buf.h"
#include "backend/base/map.h"
#include "backend/engine/filters.h"
#include "backend/engine/volumes.h"

static void
put_number(struct buf *b, int64_t v)
{
	buf_add(b, &v, sizeof(v));
}

static void
put_text(struct buf *b, const char *text)
{
	size_t len = strlen(str_or_empty(text));

	put_number(b, text ? (int64_t)len : -1);
	buf_add(b, str_or_empty(text), len);
}

static void
put_requirements(struct buf *b, const struct requirement *r, uint32_t n)
{
	put_number(b, n);
	for (uint32_t i = 0; i < n; i++) {
		put_text(b, r[i].key);
		put_number(b, r[i].op);
		put_number(b, r[i].value_n);
		for (uint32_t j = 0; j < r[i].value_n; j++)
			put_text(b, r[i].values[j]);
	}
}

static void
put_selector(struct buf *b, const struct selector *s)
{
	put_number(b, s->present);
	put_requirements(b, s->at, s->n);
}

static void
put_texts(struct buf *b, const char *const *at, uint32_t n)
{
	put_number(b, n);
	for (uint32_t i = 0; i < n; i++)
		put_text(b, at[i]);
}

static void
put_pod_terms(struct buf *b, const struct pod_term *t, uint32_t n)
{
	put_number(b, n);
	for (uint32_t i = 0; i < n; i++) {
		put_selector(b, &t[i].selector);
		put_selector(b, &t[i].ns_selector);
		put_texts(b, t[i].namespaces, t[i].ns_n);
		put_text(b, t[i].topology_key);
		put_texts(b, t[i].match_keys, t[i].match_n);
		put_texts(b, t[i].mismatch_keys, t[i].mismatch_n);
	}
}

static void
put_spreads(struct buf *b, const struct pod *p)
{
	put_number(b, p->spread_n);
	for (uint32_t i = 0; i < p->spread_n; i++) {
		const struct spread *s = &p->spreads[i];

		put_text(b, s->topology_key);
		put_selector(b, &s->selector);
		put_number(b, s->max_skew);
		put_number(b, s->min_domains);
		put_number(b, s->do_not_schedule | s->ignore_affinity << 1 |
				      s->honor_taints << 2);
		put_texts(b, s->match_keys, s->match_n);
	}
}

static void
put_node_wishes(struct buf *b, const struct pod *p)
{
	put_number(b, p->toleration_n);
	for (uint32_t i = 0; i < p->toleration_n; i++) {
		const struct toleration *t = &p->tolerations[i];

		put_text(b, t->key);
		put_text(b, t->value);
		put_number(b, t->effect | t->exists << 8);
	}
	put_number(b, p->node_selector.n);
	for (uint32_t i = 0; i < p->node_selector.n; i++) {
		put_text(b, p->node_selector.at[i].key);
		put_text(b, p->node_selector.at[i].value);
	}
	put_number(b, p->has_node_affinity);
	put_number(b, p->node_term_n);
	for (uint32_t i = 0; i < p->node_term_n; i++) {
		const struct node_term *t = &p->node_terms[i];

		put_requirements(b, t->labels, t->label_n);
		put_requirements(b, t->fields, t->field_n);
	}
}

static void
put_ports(struct buf *b, const struct pod *p)
{
	for (uint32_t i = 0; i < p->container_n; i++) {
		const struct container *c = &p->containers[i];

		/* Ports of init containers are held by nobody. */
		for (uint32_t j = 0; c->role != CONTAINER_INIT &&
				     j < c->port_n; j++) {
			put_text(b, c->ports[j].ip);
			put_text(b, c->ports[j].protocol);
			put_number(b, c->ports[j].port);
		}
	}
	put_number(b, -2);
}

static void
put_volumes(struct buf *b, const struct pod *p)
{
	for (uint32_t i = 0; i < p->volume_n; i++) {
		const struct volume *v = &p->volumes[i];

		put_number(b, v->kind | v->read_only << 8);
		put_text(b, v->source);
		/* A generic ephemeral volume's claim is named for its pod. */
		if (v->kind == VOLUME_EPHEMERAL) {
			put_text(b, v->name);
			put_text(b, p->meta.name);
		}
	}
	put_number(b, -3);
}

/* Labels that somebody's selector reads. */
static void
put_labels(struct cluster *c, struct buf *b, const struct pod *p)
{
	put_text(b, p->meta.ns);
	for (uint32_t i = 0; i < c->pod_keys.n; i++)
		put_text(b, labels_get(&p->meta.labels, c->pod_keys.at[i]));
}

static void
make_key(struct cluster *c, const struct pod *p)
{
	struct buf *b = c->key;
	bool volumes = pod_has_volumes(p);

	buf_reset(b);
	for (uint32_t d = 0; d < c->dim_n; d++)
		put_number(b, d == DIM_PODS ? 1 : cluster_amount(
							  c, &p->requests, d));
	put_node_wishes(b, p);
	put_ports(b, p);
	put_number(b, p->resource_claims);
	put_number(b, volumes);
	if (volumes)
		put_volumes(b, p);
	if (c->any_terms || volumes)
		put_labels(c, b, p);
	put_pod_terms(b, p->affinity, p->affinity_n);
	put_pod_terms(b, p->anti_affinity, p->anti_affinity_n);
	put_spreads(b, p);
	if (!buf_ok(b))
		BUG("the shape of %s/%s is too large", p->meta.ns,
		    p->meta.name);
}

/* ---- what a shape needs to know of nodes ---- */

bool
key_set_add(struct arena *a, struct key_set *set, const char *key)
{
	uint32_t low = 0, high = set->n;
	const char **fresh;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;
		int order = strcmp(set->at[mid], key);

		if (order == 0)
			return false;
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	if (set->n == set->room) {
		set->room = set->room ? set->room * 2 : 16;
		fresh = arena_alloc(a, set->room * sizeof(*fresh));
		if (set->n)
			memcpy(fresh, set->at, set->n * sizeof(*fresh));
		set->at = fresh;
	}
	memmove(set->at + low + 1, set->at + low,
		(set->n - low) * sizeof(*set->at));
	set->at[low] = key;
	set->n++;
	return true;
}

static void
know_selector(struct cluster *c, const struct selector *s)
{
	for (uint32_t i = 0; i < s->n; i++)
		key_set_add(c->run->scratch, &c->pod_keys, s->at[i].key);
}

static void
know_keys(struct cluster *c, const char *const *keys, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		key_set_add(c->run->scratch, &c->pod_keys, keys[i]);
}

static void
know_pod_terms(struct cluster *c, const struct pod_term *t, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		know_selector(c, &t[i].selector);
		know_keys(c, t[i].match_keys, t[i].match_n);
		know_keys(c, t[i].mismatch_keys, t[i].mismatch_n);
	}
}

void
shape_know_terms(struct cluster *c, const struct pod *p)
{
	know_pod_terms(c, p->affinity, p->affinity_n);
	know_pod_terms(c, p->anti_affinity, p->anti_affinity_n);
	for (uint32_t i = 0; i < p->spread_n; i++) {
		know_selector(c, &p->spreads[i].selector);
		know_keys(c, p->spreads[i].match_keys, p->spreads[i].match_n);
	}
}

static void
need_node_key(struct cluster *c, struct shape *s, const char *key)
{
	/* Each node has its own: such shapes are judged node by node. */
	if (strcmp(key, "kubernetes.io/hostname") == 0) {
		s->by_name = true;
		return;
	}
	if (key_set_add(c->run->scratch, &c->node_keys, key))
		c->classes_stale = true;
}

static void
need_node_keys(struct cluster *c, struct shape *s)
{
	const struct pod *p = s->sample;

	for (uint32_t i = 0; i < p->node_selector.n; i++)
		need_node_key(c, s, p->node_selector.at[i].key);
	for (uint32_t i = 0; i < p->node_term_n; i++) {
		const struct node_term *t = &p->node_terms[i];

		if (t->field_n)
			s->by_name = true;
		for (uint32_t j = 0; j < t->label_n; j++)
			need_node_key(c, s, t->labels[j].key);
	}
}

/* ---- the table ---- */

static void
shape_fill(struct cluster *c, struct shape *s, const struct pod *p)
{
	int64_t *req = arena_alloc(c->run->scratch,
				   c->dim_n * sizeof(*req));

	s->sample = p;
	s->zero = true;
	for (uint32_t d = 0; d < c->dim_n; d++) {
		req[d] = d == DIM_PODS ? 1
				       : cluster_amount(c, &p->requests, d);
		if (d != DIM_PODS && req[d] != 0)
			s->zero = false;
	}
	s->req = req;
	s->has_ports = pod_has_ports(p);
	s->has_volumes = pod_has_volumes(p);
	s->has_topology = p->affinity_n || p->anti_affinity_n || p->spread_n;
	s->key_len = (uint32_t)c->key->len;
	s->key = memcpy(arena_alloc(c->run->scratch, c->key->len + 1),
			c->key->at, c->key->len);
	need_node_keys(c, s);
}

static void
heads_grow(struct cluster *c)
{
	c->shape_head_n = c->shape_head_n ? c->shape_head_n * 4 : 1024;
	c->shape_heads = arena_alloc(c->run->scratch,
				     c->shape_head_n *
					     sizeof(*c->shape_heads));
	memset(c->shape_heads, 0xff,
	       c->shape_head_n * sizeof(*c->shape_heads));
	for (uint32_t i = 0; i < c->shapes.n; i++) {
		struct shape *s = &c->shapes.at[i];
		uint32_t h = (uint32_t)hash_bytes(s->key, s->key_len, 0) &
			     (c->shape_head_n - 1);

		s->next = c->shape_heads[h];
		c->shape_heads[h] = i;
	}
}

uint32_t
shape_find(struct cluster *c, const struct pod *p)
{
	struct shape fresh = { .topo = NONE };
	uint32_t h, i;

	make_key(c, p);
	if (c->shapes.n >= c->shape_head_n)
		heads_grow(c);
	h = (uint32_t)hash_bytes(c->key->at, c->key->len, 0) &
	    (c->shape_head_n - 1);
	for (i = c->shape_heads[h]; i != NONE; i = c->shapes.at[i].next)
		if (c->shapes.at[i].key_len == c->key->len &&
		    memcmp(c->shapes.at[i].key, c->key->at, c->key->len) == 0)
			return i;
	shape_fill(c, &fresh, p);
	fresh.next = c->shape_heads[h];
	vec_push(&c->shapes, fresh);
	c->shape_heads[h] = c->shapes.n - 1;
	return c->shapes.n - 1;
}

/* ---- node classes ---- */

static void
put_node_class(struct cluster *c, struct buf *b, const struct node *n)
{
	buf_reset(b);
	put_number(b, n->unschedulable);
	for (uint32_t i = 0; i < n->taint_n; i++) {
		/* Soft taints carry a time each and refuse nobody. */
		if (n->taints[i].effect == TAINT_PREFER_NO_SCHEDULE)
			continue;
		put_text(b, n->taints[i].key);
		put_text(b, n->taints[i].value);
		put_number(b, n->taints[i].effect);
	}
	put_number(b, -4);
	for (uint32_t i = 0; i < c->node_keys.n; i++)
		put_text(b, labels_get(&n->meta.labels, c->node_keys.at[i]));
}

/* The class whose key stands in c->key; NONE when it is new. */
static uint32_t
class_find(const struct cluster *c, const struct node_class *at, uint32_t n,
	   uint64_t hash)
{
	for (uint32_t i = 0; i < n; i++)
		if (at[i].hash == hash && at[i].key_len == c->key->len &&
		    memcmp(at[i].key, c->key->at, c->key->len) == 0)
			return i;
	return NONE;
}

static struct node_class
class_make(struct cluster *c, uint64_t hash)
{
	return (struct node_class){
		.hash = hash,
		.key_len = (uint32_t)c->key->len,
		.key = memcpy(arena_alloc(c->run->scratch, c->key->len + 1),
			      c->key->at, c->key->len),
	};
}

void
anti_terms_know(struct cluster *c, const struct pod *p)
{
	for (uint32_t i = 0; i < p->anti_affinity_n; i++) {
		const struct pod_term *t = &p->anti_affinity[i];
		struct anti_term fresh = { t, p };
		uint64_t hash;

		buf_reset(c->key);
		put_text(c->key, p->meta.ns);
		put_pod_terms(c->key, t, 1);
		for (uint32_t j = 0; j < t->match_n; j++)
			put_text(c->key, labels_get(&p->meta.labels,
						    t->match_keys[j]));
		for (uint32_t j = 0; j < t->mismatch_n; j++)
			put_text(c->key, labels_get(&p->meta.labels,
						    t->mismatch_keys[j]));
		hash = hash_bytes(c->key->at, c->key->len, 0);
		if (class_find(c, c->anti_keys.at, c->anti_keys.n, hash) !=
		    NONE)
			continue;
		vec_push(&c->anti_keys, class_make(c, hash));
		vec_push(&c->anti, fresh);
	}
}

static uint32_t
node_class_find(struct cluster *c, const struct node *n)
{
	uint64_t hash;
	uint32_t i;

	put_node_class(c, c->key, n);
	hash = hash_bytes(c->key->at, c->key->len, 0);
	i = class_find(c, c->classes.at, c->classes.n, hash);
	if (i != NONE)
		return i;
	vec_push(&c->classes, class_make(c, hash));
	c->classes.at[c->classes.n - 1].sample = n;
	return c->classes.n - 1;
}

uint32_t
label_class_of(struct cluster *c, const struct pod *p)
{
	uint64_t hash;
	uint32_t i;

	buf_reset(c->key);
	put_number(c->key, p->meta.deleted_ms != 0);
	put_labels(c, c->key, p);
	hash = hash_bytes(c->key->at, c->key->len, 0);
	i = class_find(c, c->label_classes.at, c->label_classes.n, hash);
	if (i != NONE)
		return i;
	vec_push(&c->label_classes, class_make(c, hash));
	return c->label_classes.n - 1;
}

uint32_t
node_class_of(struct cluster *c, uint32_t node)
{
	struct cluster_node *n = &c->nodes.at[node];

	if (c->classes_stale) {
		/* Another label matters now: every class may split. */
		c->classes_stale = false;
		vec_clear(&c->classes);
		for (uint32_t i = 0; i < c->nodes.n; i++)
			c->nodes.at[i].class = NONE;
		for (uint32_t i = 0; i < c->shapes.n; i++)
			c->shapes.at[i].row_n = 0;
	}
	if (n->class == NONE)
		n->class = node_class_find(c, n->node);
	return n->class;
}

/* The verdict of filter_static on a class, asked of its first node. */
enum plugin
shape_static_class(struct cluster *c, struct shape *s, uint32_t class)
{
	uint32_t room;
	uint8_t *row;

	if (class >= s->row_n) {
		room = class < 8 ? 16 : class * 2;
		row = arena_alloc(c->run->scratch, room);
		if (s->row_n)
			memcpy(row, s->row, s->row_n);
		s->row = row;
		s->row_n = room;
	}
	if (s->row[class] == 0)
		s->row[class] = (uint8_t)(1 + filter_static(
					s->sample,
					c->classes.at[class].sample, false,
					NULL));
	return (enum plugin)(s->row[class] - 1);
}

enum plugin
shape_static(struct cluster *c, struct shape *s, uint32_t node)
{
	if (s->by_name)
		return filter_static(s->sample, c->nodes.at[node].node, false,
				     NULL);
	return shape_static_class(c, s, node_class_of(c, node));
}
