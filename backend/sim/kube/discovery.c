/*
 * Discovery: which groups, versions and resources there are, in the plain and
 * in the aggregated form; and the root.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/sim/kube/internal.h"

#define ALL_VERBS "create,delete,deletecollection,get,list,patch,update,watch"
#define SUB_VERBS "get,patch,update"
#define GROUPS_MAX 128
#define VERSIONS_MAX 8 /* of one group */

/* clang-format off */
const struct virtual_resource kube_virtuals[] = {
	{ "authentication.k8s.io", "v1", "selfsubjectreviews",
	  "selfsubjectreview", "SelfSubjectReview", "create", false },
	{ "authentication.k8s.io", "v1", "tokenreviews", "tokenreview",
	  "TokenReview", "create", false },
	{ "authorization.k8s.io", "v1", "localsubjectaccessreviews",
	  "localsubjectaccessreview", "LocalSubjectAccessReview", "create",
	  true },
	{ "authorization.k8s.io", "v1", "selfsubjectaccessreviews",
	  "selfsubjectaccessreview", "SelfSubjectAccessReview", "create",
	  false },
	{ "authorization.k8s.io", "v1", "selfsubjectrulesreviews",
	  "selfsubjectrulesreview", "SelfSubjectRulesReview", "create",
	  false },
	{ "authorization.k8s.io", "v1", "subjectaccessreviews",
	  "subjectaccessreview", "SubjectAccessReview", "create", false },
	{ "metrics.k8s.io", "v1beta1", "nodes", "", "NodeMetrics",
	  "get,list", false },
	{ "metrics.k8s.io", "v1beta1", "pods", "", "PodMetrics",
	  "get,list", true },
	{ 0 },
};

/* Subresources besides status and scale. */
static const struct {
	const char *plural, *sub, *group, *version, *kind, *verbs;
} extra_subs[] = {
	{ "pods", "attach",	"",	  "",	"PodAttachOptions",
	  "create,get" },
	{ "pods", "binding",	"",	  "",	"Binding",	  "create" },
	{ "pods", "eviction",	"policy", "v1",	"Eviction",	  "create" },
	{ "pods", "exec",	"",	  "",	"PodExecOptions",
	  "create,get" },
	{ "pods", "log",	"",	  "",	"Pod",		  "get" },
	{ "pods", "portforward", "",	  "",	"PodPortForwardOptions",
	  "create,get" },
	{ "pods", "proxy",	"",	  "",	"PodProxyOptions",
	  "create,delete,get,patch,update" },
	{ "serviceaccounts", "token", "authentication.k8s.io", "v1",
	  "TokenRequest", "create" },
	{ NULL, NULL, NULL, NULL, NULL, NULL },
};
/* clang-format on */

/* ---- one resource, in either form ---- */

struct resource {
	const char *plural, *sub; /* sub NULL: the resource itself */
	const char *singular, *kind;
	const char *group, *version; /* of the kind; "" as the list's own */
	bool namespaced;
	const char *verbs, *short_names, *categories;
};

struct printer {
	struct buf *out;
	bool aggregated, first, first_sub, open;
};

/* "a,b" as ["a","b"]. */
static void
text_list(struct buf *out, const char *key, const char *list)
{
	if (!list || !*list)
		return;
	buf_printf(out, ",\"%s\":[", key);
	for (const char *at = list; *at;) {
		size_t len = strcspn(at, ",");

		buf_puts(out, at == list ? "\"" : ",\"");
		buf_add(out, at, len);
		buf_putc(out, '"');
		at += len;
		at += *at == ',';
	}
	buf_putc(out, ']');
}

static void
plain(struct printer *p, const struct resource *r)
{
	struct buf *out = p->out;

	buf_printf(out,
		   "%s{\"name\":\"%s%s%s\",\"singularName\":\"%s\","
		   "\"namespaced\":%s,", p->first ? "" : ",", r->plural,
		   r->sub ? "/" : "", str_or_empty(r->sub),
		   r->sub ? "" : r->singular, r->namespaced ? "true" : "false");
	if (*r->group)
		buf_printf(out, "\"group\":\"%s\",", r->group);
	if (*r->version)
		buf_printf(out, "\"version\":\"%s\",", r->version);
	buf_printf(out, "\"kind\":\"%s\"", r->kind);
	text_list(out, "verbs", r->verbs);
	if (!r->sub) {
		text_list(out, "shortNames", r->short_names);
		text_list(out, "categories", r->categories);
	}
	buf_putc(out, '}');
	p->first = false;
}

static void
close_resource(struct printer *p)
{
	if (p->open)
		buf_puts(p->out, p->first_sub ? "}" : "]}");
	p->open = false;
}

static void
aggregated(struct printer *p, const struct resource *r)
{
	struct buf *out = p->out;

	if (r->sub) {
		buf_printf(out, "%s{\"subresource\":\"%s\","
			   "\"responseKind\":{\"group\":\"%s\",\"version\":"
			   "\"%s\",\"kind\":\"%s\"}",
			   p->first_sub ? ",\"subresources\":[" : ",", r->sub,
			   r->group, r->version, r->kind);
		text_list(out, "verbs", r->verbs);
		buf_putc(out, '}');
		p->first_sub = false;
		return;
	}
	close_resource(p);
	buf_printf(out,
		   "%s{\"resource\":\"%s\",\"responseKind\":{\"group\":\"%s\","
		   "\"version\":\"%s\",\"kind\":\"%s\"},\"scope\":\"%s\","
		   "\"singularResource\":\"%s\"", p->first ? "" : ",",
		   r->plural, r->group, r->version, r->kind,
		   r->namespaced ? "Namespaced" : "Cluster", r->singular);
	text_list(out, "verbs", r->verbs);
	text_list(out, "shortNames", r->short_names);
	text_list(out, "categories", r->categories);
	p->first = false;
	p->first_sub = p->open = true;
}

static void
print(struct printer *p, const struct resource *r)
{
	if (p->aggregated)
		aggregated(p, r);
	else
		plain(p, r);
}

static void
print_type(struct printer *p, const struct object_type *t)
{
	struct resource r = {
		.plural = t->plural, .singular = t->singular, .kind = t->kind,
		.group = "", .version = "", .namespaced = t->namespaced,
		.verbs = ALL_VERBS, .short_names = t->short_names,
		.categories = t->categories,
	};

	print(p, &r);
	r.short_names = r.categories = NULL;
	for (int i = 0; !*t->group && extra_subs[i].plural; i++) {
		if (strcmp(extra_subs[i].plural, t->plural) != 0)
			continue;
		r.sub = extra_subs[i].sub;
		r.group = extra_subs[i].group;
		r.version = extra_subs[i].version;
		r.kind = extra_subs[i].kind;
		r.verbs = extra_subs[i].verbs;
		print(p, &r);
	}
	r.group = r.version = "";
	r.kind = t->kind;
	r.verbs = SUB_VERBS;
	if (t->status) {
		r.sub = "status";
		print(p, &r);
	}
	if (t->scale) {
		r.sub = "scale";
		r.group = "autoscaling";
		r.version = "v1";
		r.kind = "Scale";
		print(p, &r);
	}
}

static bool
has_metrics(const struct kube *k)
{
	return k->hooks->node_usage || k->hooks->container_usage;
}

static bool
virtual_served(const struct kube *k, const struct virtual_resource *v)
{
	return strcmp(v->group, "metrics.k8s.io") != 0 || has_metrics(k);
}

static void
print_group(struct printer *p, struct kube *k, const char *group,
	    const char *version)
{
	for (uint32_t i = 0; i < objects_type_count(k->o); i++) {
		const struct object_type *t = objects_type_at(k->o, i);

		if (!t->gone && strcmp(t->group, group) == 0 &&
		    strcmp(t->version, version) == 0)
			print_type(p, t);
	}
	for (const struct virtual_resource *v = kube_virtuals; v->group; v++) {
		struct resource r = {
			.plural = v->plural, .singular = v->singular,
			.kind = v->kind, .group = "", .version = "",
			.namespaced = v->namespaced, .verbs = v->verbs,
		};

		if (strcmp(v->group, group) == 0 &&
		    strcmp(v->version, version) == 0 && virtual_served(k, v))
			print(p, &r);
	}
	close_resource(p);
}

/* ---- groups ---- */

struct group { /* the preferred version first */
	const char *name, *versions[VERSIONS_MAX];
	uint32_t version_n;
};

static void
add_version(struct group *g, const char *version)
{
	for (uint32_t i = 0; i < g->version_n; i++)
		if (strcmp(g->versions[i], version) == 0)
			return;
	if (g->version_n < VERSIONS_MAX)
		g->versions[g->version_n++] = version;
}

static uint32_t
add_group(struct group *all, uint32_t n, const char *name, const char *version)
{
	uint32_t i = 0;

	while (i < n && strcmp(all[i].name, name) != 0)
		i++;
	if (i == GROUPS_MAX)
		return n;
	if (i == n)
		all[n++] = (struct group){ .name = name };
	add_version(&all[i], version);
	return n;
}

static uint32_t
groups_of(struct kube *k, struct group *all)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < objects_type_count(k->o); i++) {
		const struct object_type *t = objects_type_at(k->o, i);

		if (!t->gone && *t->group)
			n = add_group(all, n, t->group, t->version);
	}
	for (const struct virtual_resource *v = kube_virtuals; v->group; v++)
		if (virtual_served(k, v))
			n = add_group(all, n, v->group, v->version);
	return n;
}

static void
aggregated_group(struct kube_call *c, const struct group *g, bool first)
{
	struct buf *out = &c->a->body;

	buf_printf(out, "%s{\"metadata\":{", first ? "" : ",");
	if (*g->name)
		buf_printf(out, "\"name\":\"%s\",", g->name);
	buf_puts(out, "\"creationTimestamp\":null},\"versions\":[");
	for (uint32_t i = 0; i < g->version_n; i++) {
		struct printer p = { .out = out, .aggregated = true,
				     .first = true };

		buf_printf(out, "%s{\"version\":\"%s\",\"resources\":[",
			   i ? "," : "", g->versions[i]);
		print_group(&p, c->k, g->name, g->versions[i]);
		buf_puts(out, "],\"freshness\":\"Current\"}");
	}
	buf_puts(out, "]}");
}

static void
answer_aggregated(struct kube_call *c, bool core)
{
	static const struct group core_group = {
		.name = "", .versions = { "v1" }, .version_n = 1 };
	struct group all[GROUPS_MAX];
	uint32_t n = core ? 1 : groups_of(c->k, all);

	buf_printf(&c->a->body,
		   "{\"kind\":\"APIGroupDiscoveryList\",\"apiVersion\":"
		   "\"apidiscovery.k8s.io/%s\",\"metadata\":{},\"items\":[",
		   c->accept.version);
	for (uint32_t i = 0; i < n; i++)
		aggregated_group(c, core ? &core_group : &all[i], i == 0);
	buf_puts(&c->a->body, "]}\n");
	c->a->type = arena_printf(c->arena,
				  "application/json;g=apidiscovery.k8s.io;"
				  "v=%s;as=APIGroupDiscoveryList",
				  c->accept.version);
	face_set_header(c->a, "Vary", "Accept");
}

static void
group_body(struct buf *out, const struct group *g)
{
	buf_printf(out, "\"name\":\"%s\",\"versions\":[", g->name);
	for (uint32_t i = 0; i < g->version_n; i++)
		buf_printf(out,
			   "%s{\"groupVersion\":\"%s/%s\",\"version\":"
			   "\"%s\"}", i ? "," : "", g->name, g->versions[i],
			   g->versions[i]);
	buf_printf(out,
		   "],\"preferredVersion\":{\"groupVersion\":\"%s/%s\","
		   "\"version\":\"%s\"}}", g->name, g->versions[0],
		   g->versions[0]);
}

static void
answer_groups(struct kube_call *c)
{
	struct buf *out = &c->a->body;
	struct group all[GROUPS_MAX];
	uint32_t n = groups_of(c->k, all);

	buf_puts(out, "{\"kind\":\"APIGroupList\",\"apiVersion\":\"v1\","
		      "\"groups\":[");
	for (uint32_t i = 0; i < n; i++) {
		buf_puts(out, i ? ",{" : "{");
		group_body(out, &all[i]);
	}
	buf_puts(out, "]}\n");
}

static bool
answer_group(struct kube_call *c, const char *name)
{
	struct group all[GROUPS_MAX];
	uint32_t n = groups_of(c->k, all);

	for (uint32_t i = 0; i < n; i++) {
		if (strcmp(all[i].name, name) != 0)
			continue;
		buf_puts(&c->a->body,
			 "{\"kind\":\"APIGroup\",\"apiVersion\":\"v1\",");
		group_body(&c->a->body, &all[i]);
		buf_putc(&c->a->body, '\n');
		return true;
	}
	return false;
}

static bool
answer_version(struct kube_call *c, const char *group, const char *version)
{
	struct buf *out = &c->a->body;
	struct printer p = { .out = out, .first = true };
	size_t before;

	buf_printf(out,
		   "{\"kind\":\"APIResourceList\",\"apiVersion\":\"v1\","
		   "\"groupVersion\":\"%s%s%s\",\"resources\":[", group,
		   *group ? "/" : "", version);
	before = out->len;
	print_group(&p, c->k, group, version);
	if (out->len == before) {
		buf_reset(out);
		return false;
	}
	buf_puts(out, "]}\n");
	return true;
}

/* ---- the root ---- */

static void
answer_root(struct kube_call *c)
{
	struct buf *out = &c->a->body;
	struct group all[GROUPS_MAX];
	uint32_t n = groups_of(c->k, all);

	buf_puts(out, "{\"paths\":[\"/api\",\"/api/v1\",\"/apis\"");
	for (uint32_t i = 0; i < n; i++) {
		buf_printf(out, ",\"/apis/%s\"", all[i].name);
		for (uint32_t v = 0; v < all[i].version_n; v++)
			buf_printf(out, ",\"/apis/%s/%s\"", all[i].name,
				   all[i].versions[v]);
	}
	buf_puts(out, ",\"/healthz\",\"/livez\",\"/openapi/v2\","
		      "\"/openapi/v3\",\"/readyz\","
		      "\"/version\"]}\n");
}

static bool
answer_apis(struct kube_call *c, const char *rest)
{
	const char *slash = strchr(rest, '/');
	size_t len = strlen(rest);

	if (len && rest[len - 1] == '/')
		rest = arena_strndup(c->arena, rest, len - 1);
	slash = strchr(rest, '/');
	if (!*rest) {
		answer_groups(c);
		return true;
	}
	if (!slash)
		return answer_group(c, rest);
	return !strchr(slash + 1, '/') &&
	       answer_version(c,
			      arena_strndup(c->arena, rest,
					    (size_t)(slash - rest)),
			      slash + 1);
}

bool
kube_path_is(const char *path, const char *want)
{
	size_t len = strlen(want);

	return strncmp(path, want, len) == 0 &&
	       (!path[len] || (path[len] == '/' && !path[len + 1]));
}

bool
kube_discovery(struct kube_call *c)
{
	const char *path = c->path.whole;
	bool both = c->accept.form == FORM_DISCOVERY;

	c->a->status = 200;
	c->a->type = "application/json";
	if (strcmp(path, "/") == 0)
		answer_root(c);
	else if (kube_path_is(path, "/api") && both)
		answer_aggregated(c, true);
	else if (kube_path_is(path, "/apis") && both)
		answer_aggregated(c, false);
	else if (kube_path_is(path, "/api"))
		buf_puts(&c->a->body,
			 "{\"kind\":\"APIVersions\",\"versions\":[\"v1\"],"
			 "\"serverAddressByClientCIDRs\":[]}\n");
	else if (kube_path_is(path, "/api/v1"))
		return answer_version(c, "", "v1");
	else if (str_has_prefix(path, "/apis/"))
		return answer_apis(c, path + strlen("/apis/"));
	else if (kube_path_is(path, "/apis"))
		answer_groups(c);
	else
		return false;
	return true;
}
