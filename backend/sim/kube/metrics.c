/*
 * What is computed, not stored: usage for metrics.k8s.io, and the proxy to a
 * pod's port.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/base/clock.h"
#include "backend/base/json.h"
#include "backend/sim/kube/internal.h"

#define WINDOW "20s"

struct usage_list {
	struct kube_call *c;
	const struct selector *sel;
	struct buf *out;
	bool first;
};

static void
begin_item(struct usage_list *l, const struct object *obj, const char *kind)
{
	struct buf *out = l->out;
	char time[TIME_TEXT];

	if (!l->first)
		buf_putc(out, ',');
	l->first = false;
	time_format(objects_now_ms(l->c->k->o), false, time);
	buf_putc(out, '{');
	if (kind)
		buf_printf(out,
			   "\"kind\":\"%s\",\"apiVersion\":"
			   "\"metrics.k8s.io/v1beta1\",", kind);
	buf_printf(out, "\"metadata\":{\"name\":\"%s\"", obj->name);
	if (*obj->ns)
		buf_printf(out, ",\"namespace\":\"%s\"", obj->ns);
	buf_printf(out, ",\"creationTimestamp\":\"%s\"", time);
	for (uint32_t i = 0; i < obj->label_n; i++) {
		buf_puts(out, i ? "," : ",\"labels\":{");
		buf_json_string(out, obj->labels[i].key,
				strlen(obj->labels[i].key));
		buf_putc(out, ':');
		buf_json_string(out, obj->labels[i].value,
				strlen(obj->labels[i].value));
	}
	buf_printf(out, "%s},\"timestamp\":\"%s\",\"window\":\"" WINDOW "\"",
		   obj->label_n ? "}" : "", time);
}

/* metrics-server writes nanocores and KiB. */
static void
add_usage(struct buf *out, int64_t mcpu, int64_t bytes)
{
	buf_printf(out, "\"usage\":{\"cpu\":\"%lldn\",\"memory\":\"%lldKi\"}",
		   (long long)mcpu * 1000000, (long long)bytes / 1024);
}

/* ---- as Tables: metrics-server has columns of its own ---- */

static void
table_head(struct usage_list *l)
{
	buf_printf(l->out,
		   "{\"kind\":\"Table\",\"apiVersion\":\"meta.k8s.io/%s\","
		   "\"metadata\":{},\"columnDefinitions\":["
		   "{\"name\":\"Name\",\"type\":\"string\",\"format\":"
		   "\"name\",\"description\":\"Name of the resource\","
		   "\"priority\":0},"
		   "{\"name\":\"cpu\",\"type\":\"string\",\"format\":"
		   "\"quantity\",\"description\":\"\",\"priority\":0},"
		   "{\"name\":\"memory\",\"type\":\"string\",\"format\":"
		   "\"quantity\",\"description\":\"\",\"priority\":0},"
		   "{\"name\":\"Window\",\"type\":\"string\",\"format\":"
		   "\"duration\",\"description\":\"\",\"priority\":0}],"
		   "\"rows\":[",
		   *l->c->accept.version ? l->c->accept.version : "v1");
}

static void
table_item(struct usage_list *l, const struct object *obj, int64_t mcpu,
	   int64_t bytes)
{
	buf_printf(l->out,
		   "%s{\"cells\":[\"%s\",\"%lldm\",\"%lldKi\",\"" WINDOW
		   "\"],\"object\":",
		   l->first ? "" : ",", obj->name, (long long)mcpu,
		   (long long)bytes / 1024);
	l->first = false;
	item_metadata(l->out, obj);
	buf_putc(l->out, '}');
}

/* All its containers that are measured; false: none is. */
static bool
pod_usage(struct kube_call *c, const struct object *obj, int64_t *mcpu,
	  int64_t *bytes)
{
	const struct kube_hooks *h = c->k->hooks;
	const struct tree *t;
	struct err err;
	bool any = false;

	*mcpu = *bytes = 0;
	if (!h->container_usage || !*obj->node)
		return false;
	arena_reset(c->k->scratch);
	t = json_parse(c->k->scratch, obj->json, obj->len, &err);
	tree_each(container, tree_at(t, "spec.containers")) {
		const char *name = str_or_empty(
			tree_text(tree_get(container, "name")));
		int64_t cpu, memory;

		if (!h->container_usage(h->ctx, obj, name, &cpu, &memory))
			continue;
		any = true;
		*mcpu += cpu;
		*bytes += memory;
	}
	return any;
}

static bool
usage_of(struct kube_call *c, const struct object *obj, int64_t *mcpu,
	 int64_t *bytes)
{
	const struct kube_hooks *h = c->k->hooks;

	if (*obj->ns)
		return pod_usage(c, obj, mcpu, bytes);
	return h->node_usage && h->node_usage(h->ctx, obj->name, mcpu, bytes);
}

static bool
list_row(void *ctx, const struct object *obj)
{
	struct usage_list *l = ctx;
	int64_t mcpu, bytes;

	if (kube_selector_matches(l->sel, obj) &&
	    usage_of(l->c, obj, &mcpu, &bytes))
		table_item(l, obj, mcpu, bytes);
	return true;
}

/* ---- as objects ---- */

static bool
node_item(struct usage_list *l, const struct object *obj, const char *kind)
{
	const struct kube_hooks *h = l->c->k->hooks;
	int64_t mcpu, bytes;

	if (!h->node_usage ||
	    !h->node_usage(h->ctx, obj->name, &mcpu, &bytes))
		return false;
	begin_item(l, obj, kind);
	buf_putc(l->out, ',');
	add_usage(l->out, mcpu, bytes);
	buf_putc(l->out, '}');
	return true;
}

static bool
pod_item(struct usage_list *l, const struct object *obj, const char *kind)
{
	const struct kube_hooks *h = l->c->k->hooks;
	const struct tree *t;
	struct err err;
	bool any = false;

	if (!h->container_usage || !*obj->node)
		return false;
	arena_reset(l->c->k->scratch);
	t = json_parse(l->c->k->scratch, obj->json, obj->len, &err);
	tree_each(container, tree_at(t, "spec.containers")) {
		const char *name = str_or_empty(
			tree_text(tree_get(container, "name")));
		int64_t mcpu, bytes;

		if (!h->container_usage(h->ctx, obj, name, &mcpu, &bytes))
			continue;
		if (!any)
			begin_item(l, obj, kind);
		buf_puts(l->out, any ? "," : ",\"containers\":[");
		any = true;
		buf_printf(l->out, "{\"name\":\"%s\",", name);
		add_usage(l->out, mcpu, bytes);
		buf_putc(l->out, '}');
	}
	if (any)
		buf_puts(l->out, "]}");
	return any;
}

static bool
list_node(void *ctx, const struct object *obj)
{
	struct usage_list *l = ctx;

	if (kube_selector_matches(l->sel, obj))
		(void)node_item(l, obj, NULL);
	return true;
}

static bool
list_pod(void *ctx, const struct object *obj)
{
	struct usage_list *l = ctx;

	if (kube_selector_matches(l->sel, obj))
		(void)pod_item(l, obj, NULL);
	return true;
}

static void
list_usage(struct kube_call *c, const struct object_type *t, bool pods)
{
	const char *labels = kube_query(c, "labelSelector");
	struct selector sel;
	struct usage_list l = { .c = c, .sel = &sel, .out = &c->a->body,
				.first = true };

	selector_init(&sel);
	if (!selector_labels(&sel, c->arena, labels, &c->st) ||
	    !selector_fields(&sel, c->arena, kube_query(c, "fieldSelector"),
			     t, labels, &c->st)) {
		kube_fail(c);
	} else if (c->accept.form == FORM_TABLE) {
		table_head(&l);
		objects_each(c->k->o, t, c->path.ns, NULL, list_row, &l);
		buf_puts(l.out, "]}\n");
	} else {
		buf_printf(l.out,
			   "{\"kind\":\"%sMetricsList\",\"apiVersion\":"
			   "\"metrics.k8s.io/v1beta1\",\"metadata\":{},"
			   "\"items\":[", pods ? "Pod" : "Node");
		objects_each(c->k->o, t, c->path.ns, NULL,
			     pods ? list_pod : list_node, &l);
		buf_puts(l.out, "]}\n");
	}
	selector_fini(&sel);
}

void
kube_metrics(struct kube_call *c)
{
	bool pods = strcmp(c->path.plural, "pods") == 0;
	const struct object_type *t = objects_type(c->k->o, "",
						   c->path.plural);
	struct usage_list l = { .c = c, .out = &c->a->body, .first = true };
	const struct object *obj;

	if (strcmp(c->q->method, "GET") != 0) {
		kube_method_not_allowed(c);
		return;
	}
	c->a->status = 200;
	c->a->type = "application/json";
	if (!c->path.name) {
		list_usage(c, t, pods);
		return;
	}
	obj = objects_get(c->k->o, t, c->path.ns, c->path.name);
	if (obj && c->accept.form == FORM_TABLE) {
		int64_t mcpu, bytes;

		if (usage_of(c, obj, &mcpu, &bytes)) {
			table_head(&l);
			table_item(&l, obj, mcpu, bytes);
			buf_puts(l.out, "]}\n");
			return;
		}
	} else if (obj && (pods ? pod_item(&l, obj, "PodMetrics")
			 : node_item(&l, obj, "NodeMetrics"))) {
		buf_putc(l.out, '\n');
		return;
	}
	status_fail(&c->st, 404, "NotFound",
		    "%smetrics.metrics.k8s.io \"%s%s%s\" not found",
		    pods ? "pod" : "node", pods ? c->path.ns : "",
		    pods ? "/" : "", c->path.name);
	kube_fail(c);
}

/* ---- pods/NAME:port/proxy ---- */

/* "http:name:9252", "name:9252" or "name". */
static bool
split_target(struct kube_call *c, const char **name, int *port)
{
	const char *text = c->path.name, *colon = strchr(text, ':');
	const char *second = colon ? strchr(colon + 1, ':') : NULL;
	const char *digits;
	char *end;
	long n;

	*port = 80;
	*name = text;
	if (!colon)
		return true;
	*name = second ? arena_strndup(c->arena, colon + 1,
				       (size_t)(second - colon - 1))
		       : arena_strndup(c->arena, text, (size_t)(colon - text));
	digits = second ? second + 1 : colon + 1;
	if (!*digits)
		return true;
	n = strtol(digits, &end, 10);
	*port = (int)n;
	return !*end && n > 0 && n < 65536;
}

void
kube_proxy(struct kube_call *c)
{
	const struct kube_hooks *h = c->k->hooks;
	struct kube_answer answer = { .status = 200, .type = "text/plain",
				      .body = &c->a->body };
	const struct object *obj;
	const char *name, *path, *ip;
	const struct tree *pod;
	struct err err;
	int port;

	if (!split_target(c, &name, &port)) {
		kube_failf(c, 400, "BadRequest", "invalid pod request \"%s\"",
			   c->path.name);
		return;
	}
	obj = objects_get(c->k->o, c->type, c->path.ns, name);
	if (!obj) {
		status_fail_on(&c->st, 404, "NotFound", c->type, name,
			       "pods \"%s\" not found", name);
		kube_fail(c);
		return;
	}
	path = *c->path.rest ? c->path.rest : "/";
	if (str_or_empty(c->q->query)[0])
		path = arena_printf(c->arena, "%s?%s", path, c->q->query);
	if (h->proxy && h->proxy(h->ctx, obj, port, path, &answer)) {
		c->a->status = answer.status;
		c->a->type = answer.type;
		return;
	}
	pod = json_parse(c->arena, obj->json, obj->len, &err);
	ip = tree_text(tree_at(pod, "status.podIP"));
	if (!ip || !*ip)
		kube_failf(c, 400, "BadRequest",
			   "address not allowed: pod has no address yet");
	else
		kube_failf(c, 503, "ServiceUnavailable",
			   "error trying to reach service: dial tcp %s:%d: "
			   "connect: connection refused", ip, port);
}
