/*
 * The remembered template of a group (reference 4.1, the cache): the last good
 * node without its name, and what its DaemonSet pods ask for.
 *
 * Of the pods only what decides about room and ports is kept: name, labels,
 * requests, host ports.
 */
#include "backend/engine/memory_values.h"

#include "backend/base/clock.h"

struct reader {
	struct arena *a;
	struct err *err;
};

static bool
want(struct reader *r, const struct tree *t, enum tree_kind kind,
     const char *what)
{
	return tree_want(t, kind, what, r->err);
}

static bool
read_labels(struct reader *r, const struct tree *t, struct labels *out,
	    const char *what)
{
	struct label *at;
	uint32_t n = 0;

	if (!want(r, t, TREE_OBJECT, what))
		return false;
	at = arena_alloc(r->a, (t ? t->len : 0) * sizeof(*at) + 1);
	tree_each(child, t)
	{
		uint32_t i = n++;

		if (!tree_is(child, TREE_STRING))
			return err_set(r->err, ERR_BAD,
				       "%s.%.100s: wanted string, found %s",
				       what, child->key,
				       tree_kind_name(child));
		for (; i > 0 && strcmp(at[i - 1].key, child->key) > 0; i--)
			at[i] = at[i - 1];
		at[i].key = arena_strndup(r->a, child->key, child->key_len);
		at[i].value = arena_strndup(r->a, child->text, child->len);
	}
	*out = (struct labels){ at, n };
	return true;
}

static bool
read_amount(struct reader *r, const struct tree *t, int64_t *v)
{
	if (tree_is(t, TREE_NUMBER) && tree_int(t, v))
		return true;
	return err_set(r->err, ERR_BAD,
		       "%.100s: wanted a whole number, found %s", t->key,
		       tree_kind_name(t));
}

/* Thousandths of a core, bytes, and whole units of the rest. */
static bool
read_resources(struct reader *r, const struct tree *t, struct resources *out,
	       const char *what)
{
	struct resource *ext;
	uint32_t n = 0;

	if (!want(r, t, TREE_OBJECT, what))
		return false;
	ext = arena_alloc(r->a, (t ? t->len : 0) * sizeof(*ext) + 1);
	tree_each(child, t)
	{
		int64_t v;
		uint32_t i;

		if (!read_amount(r, child, &v))
			return err_prefix(r->err, "%s", what);
		if (strcmp(child->key, "cpu") == 0) {
			out->cpu_mcpu = v;
			out->has |= HAS_CPU;
		} else if (strcmp(child->key, "memory") == 0) {
			out->memory_bytes = v;
			out->has |= HAS_MEMORY;
		} else if (strcmp(child->key, "ephemeral-storage") == 0) {
			out->ephemeral_bytes = v;
			out->has |= HAS_EPHEMERAL;
		} else if (strcmp(child->key, "pods") == 0) {
			out->pods = v;
			out->has |= HAS_PODS;
		} else {
			for (i = n++; i > 0 && strcmp(ext[i - 1].name,
						      child->key) > 0;
			     i--)
				ext[i] = ext[i - 1];
			ext[i].name = arena_strndup(r->a, child->key,
						    child->key_len);
			ext[i].amount = v;
		}
	}
	out->ext = ext;
	out->ext_n = n;
	return true;
}

static const char *
text_of(struct reader *r, const struct tree *t, const char *key)
{
	const char *text = tree_text(tree_get(t, key));

	return text ? arena_strdup(r->a, text) : "";
}

static bool
read_taints(struct reader *r, const struct tree *t, struct node *n)
{
	struct taint *at;

	if (!want(r, t, TREE_ARRAY, "taints"))
		return false;
	at = arena_alloc(r->a, (t ? t->len : 0) * sizeof(*at) + 1);
	tree_each(child, t)
	{
		const char *effect = str_or_empty(
			tree_text(tree_get(child, "effect")));
		struct taint *taint = &at[n->taint_n++];

		taint->key = text_of(r, child, "key");
		taint->value = text_of(r, child, "value");
		taint->effect = TAINT_OTHER;
		for (int e = TAINT_NO_SCHEDULE; e <= TAINT_NO_EXECUTE; e++)
			if (strcmp(effect, taint_effect_name(
						   (enum taint_effect)e)) == 0)
				taint->effect = (uint8_t)e;
	}
	n->taints = at;
	return true;
}

static bool
read_ports(struct reader *r, const struct tree *t, struct container *c)
{
	struct host_port *at;

	if (!want(r, t, TREE_ARRAY, "ports"))
		return false;
	at = arena_alloc(r->a, (t ? t->len : 0) * sizeof(*at) + 1);
	tree_each(child, t)
	{
		int64_t port = 0;

		if (!tree_int(tree_get(child, "port"), &port) || port < 0 ||
		    port > 65535)
			return err_set(r->err, ERR_BAD,
				       "ports: wanted a port number");
		at[c->port_n].ip = text_of(r, child, "ip");
		at[c->port_n].protocol = text_of(r, child, "protocol");
		at[c->port_n++].port = (int32_t)port;
	}
	c->ports = at;
	return true;
}

static bool
read_pod(struct reader *r, const struct tree *t, struct pod *p)
{
	struct container *c = arena_alloc(r->a, sizeof(*c));

	if (!want(r, t, TREE_OBJECT, "pods"))
		return false;
	p->meta.ns = text_of(r, t, "namespace");
	p->meta.name = text_of(r, t, "name");
	p->meta.owner_kind = "DaemonSet";
	p->meta.owner_name = text_of(r, t, "owner");
	p->meta.owner_uid = text_of(r, t, "ownerUid");
	p->node_name = p->scheduler = p->priority_class = "";
	p->service_account = p->nominated_node = "";
	p->phase = POD_RUNNING;
	p->grace_s = -1;
	p->containers = c;
	p->container_n = 1;
	c->name = c->image = "";
	return read_labels(r, tree_get(t, "labels"), &p->meta.labels,
			   "pods.labels") &&
	       read_resources(r, tree_get(t, "requests"), &p->requests,
			      "pods.requests") &&
	       read_ports(r, tree_get(t, "ports"), c);
}

static bool
read_pods(struct reader *r, const struct tree *t, struct memory_template *out)
{
	const struct pod **at;

	if (!want(r, t, TREE_ARRAY, "pods"))
		return false;
	at = arena_alloc(r->a, (t ? t->len : 0) * sizeof(*at) + 1);
	tree_each(child, t)
	{
		struct pod *p = arena_alloc(r->a, sizeof(*p));

		if (!read_pod(r, child, p))
			return false;
		at[out->pod_n++] = p;
	}
	out->pods = at;
	return true;
}

bool
memory_template_read(struct arena *a, const struct tree *t,
		     struct memory_template *out, struct err *err)
{
	struct reader r = { a, err };
	struct node *n = arena_alloc(a, sizeof(*n));

	if (!tree_time(tree_get(t, "time"), &out->time_ms))
		return err_set(err, ERR_BAD, "time: wanted a time");
	n->meta.ns = n->meta.name = n->meta.uid = n->meta.rv = "";
	n->provider_id = n->instance_id = "";
	n->ready = TRI_TRUE;
	n->has_ready = true;
	if (!read_labels(&r, tree_get(t, "labels"), &n->meta.labels,
			 "labels") ||
	    !read_labels(&r, tree_get(t, "annotations"),
			 &n->meta.annotations, "annotations") ||
	    !read_resources(&r, tree_get(t, "capacity"), &n->capacity,
			    "capacity") ||
	    !read_resources(&r, tree_get(t, "allocatable"), &n->allocatable,
			    "allocatable") ||
	    !read_taints(&r, tree_get(t, "taints"), n) ||
	    !read_pods(&r, tree_get(t, "pods"), out))
		return false;
	out->node = n;
	return true;
}

/* ---- writing ---- */

static void
write_labels(struct jsonw *w, const char *key, const struct labels *l)
{
	if (l->n == 0)
		return;
	jsonw_key(w, key);
	jsonw_object(w);
	for (uint32_t i = 0; i < l->n; i++) {
		jsonw_key(w, l->at[i].key);
		jsonw_text(w, l->at[i].value);
	}
	jsonw_end_object(w);
}

static void
write_amount(struct jsonw *w, const char *key, int64_t v)
{
	jsonw_key(w, key);
	jsonw_int(w, v);
}

static void
write_resources(struct jsonw *w, const char *key, const struct resources *r)
{
	jsonw_key(w, key);
	jsonw_object(w);
	if (r->has & HAS_CPU)
		write_amount(w, "cpu", r->cpu_mcpu);
	if (r->has & HAS_MEMORY)
		write_amount(w, "memory", r->memory_bytes);
	if (r->has & HAS_EPHEMERAL)
		write_amount(w, "ephemeral-storage", r->ephemeral_bytes);
	if (r->has & HAS_PODS)
		write_amount(w, "pods", r->pods);
	for (uint32_t i = 0; i < r->ext_n; i++)
		write_amount(w, r->ext[i].name, r->ext[i].amount);
	jsonw_end_object(w);
}

static void
write_pod_ports(struct jsonw *w, const struct pod *p)
{
	bool any = false;

	for (uint32_t i = 0; i < p->container_n; i++)
		any = any || p->containers[i].port_n > 0;
	if (!any)
		return;
	jsonw_key(w, "ports");
	jsonw_array(w);
	for (uint32_t i = 0; i < p->container_n; i++) {
		const struct container *c = &p->containers[i];

		for (uint32_t j = 0; j < c->port_n; j++) {
			jsonw_object(w);
			jsonw_opt_text(w, "ip", c->ports[j].ip);
			jsonw_opt_text(w, "protocol", c->ports[j].protocol);
			write_amount(w, "port", c->ports[j].port);
			jsonw_end_object(w);
		}
	}
	jsonw_end_array(w);
}

static void
write_pod(struct jsonw *w, const struct pod *p)
{
	jsonw_object(w);
	jsonw_opt_text(w, "namespace", p->meta.ns);
	jsonw_opt_text(w, "name", p->meta.name);
	jsonw_opt_text(w, "owner", p->meta.owner_name);
	jsonw_opt_text(w, "ownerUid", p->meta.owner_uid);
	write_labels(w, "labels", &p->meta.labels);
	write_resources(w, "requests", &p->requests);
	write_pod_ports(w, p);
	jsonw_end_object(w);
}

void
memory_template_write(struct jsonw *w, const struct memory_template *t)
{
	const struct node *n = t->node;

	jsonw_object(w);
	jsonw_opt_time(w, "time", t->time_ms);
	write_labels(w, "labels", &n->meta.labels);
	write_labels(w, "annotations", &n->meta.annotations);
	write_resources(w, "capacity", &n->capacity);
	write_resources(w, "allocatable", &n->allocatable);
	if (n->taint_n) {
		jsonw_key(w, "taints");
		jsonw_array(w);
		for (uint32_t i = 0; i < n->taint_n; i++) {
			jsonw_object(w);
			jsonw_opt_text(w, "key", n->taints[i].key);
			jsonw_opt_text(w, "value", n->taints[i].value);
			jsonw_opt_text(w, "effect",
				       taint_effect_name((enum taint_effect)n
								 ->taints[i]
								 .effect));
			jsonw_end_object(w);
		}
		jsonw_end_array(w);
	}
	if (t->pod_n) {
		jsonw_key(w, "pods");
		jsonw_array(w);
		for (uint32_t i = 0; i < t->pod_n; i++)
			write_pod(w, t->pods[i]);
		jsonw_end_array(w);
	}
	jsonw_end_object(w);
}
