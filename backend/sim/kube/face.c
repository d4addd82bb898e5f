/*
 * A call from start to end: who, what form, may they, which handler.
 */
#include "backend/sim/kube/face.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/sim/kube/internal.h"

static const struct kube_hooks no_hooks = { 0 };

struct kube *
kube_face_new(struct objects *o, const struct kube_hooks *hooks,
	 const struct clockwork *clock)
{
	struct kube *k = xcalloc(1, sizeof(*k));

	k->o = o;
	k->hooks = hooks ? hooks : &no_hooks;
	k->clock = clock;
	k->scratch = arena_new();
	rbac_seed(o);
	k->rbac = rbac_new(o);
	return k;
}

void
kube_face_free(struct kube *k)
{
	if (!k)
		return;
	rbac_free(k->rbac);
	arena_free(k->scratch);
	free(k);
}

/* The authorizer's verb; "" for a method nobody knows. */
static const char *
verb_of(struct kube_call *c)
{
	const char *method = c->q->method;
	bool named = c->path.name != NULL;

	if (strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0) {
		if (named)
			return "get";
		return kube_query_bool(c, "watch") ? "watch" : "list";
	}
	if (strcmp(method, "POST") == 0)
		return "create";
	if (strcmp(method, "PUT") == 0)
		return "update";
	if (strcmp(method, "PATCH") == 0)
		return "patch";
	if (strcmp(method, "DELETE") == 0)
		return named ? "delete" : "deletecollection";
	return "";
}

static bool
verb_writes(const char *verb)
{
	return !str_eq(verb, "get") && !str_eq(verb, "list") &&
	       !str_eq(verb, "watch");
}

/* clang-format off */
static const struct {
	const char *plural, *sub; /* plural NULL: any */
	void (*serve)(struct kube_call *c);
} subresources[] = {
	{ "pods",	"log",		kube_log },
	{ "pods",	"eviction",	kube_eviction },
	{ "pods",	"binding",	kube_binding },
	{ "pods",	"proxy",	kube_proxy },
	{ "pods",	"attach",	kube_connect },
	{ "pods",	"exec",		kube_connect },
	{ "pods",	"portforward",	kube_connect },
	{ "serviceaccounts", "token",	kube_token_request },
	{ NULL,		"scale",	kube_scale },
};
/* clang-format on */

static void
serve_status(struct kube_call *c)
{
	if (strcmp(c->verb, "get") == 0)
		kube_get(c);
	else if (strcmp(c->verb, "update") == 0)
		kube_update(c);
	else if (strcmp(c->verb, "patch") == 0)
		kube_patch(c);
	else
		kube_method_not_allowed(c);
}

static void
serve_sub(struct kube_call *c)
{
	if (strcmp(c->path.sub, "status") == 0 && c->type->status) {
		serve_status(c);
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(subresources); i++) {
		if (strcmp(subresources[i].sub, c->path.sub) != 0)
			continue;
		if (subresources[i].plural &&
		    (*c->type->group ||
		     strcmp(subresources[i].plural, c->type->plural) != 0))
			continue;
		subresources[i].serve(c);
		return;
	}
	kube_not_found(c);
}

static void
serve_object(struct kube_call *c)
{
	/* clang-format off */
	static const struct {
		const char *verb;
		void (*serve)(struct kube_call *c);
		bool named; /* needs a name; otherwise must not have one */
	} verbs[] = {
		{ "get",		kube_get,		true },
		{ "list",		kube_list,		false },
		{ "watch",		kube_list,		false },
		{ "create",		kube_create,		false },
		{ "update",		kube_update,		true },
		{ "patch",		kube_patch,		true },
		{ "delete",		kube_delete,		true },
		{ "deletecollection",	kube_delete_collection,	false },
	};
	/* clang-format on */

	for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
		if (strcmp(verbs[i].verb, c->verb) != 0 ||
		    verbs[i].named != (c->path.name != NULL))
			continue;
		verbs[i].serve(c);
		return;
	}
	kube_method_not_allowed(c);
}

static bool
scope_fits(const struct kube_call *c)
{
	if (c->type->namespaced)
		return c->path.ns || !c->path.name;
	return !c->path.ns;
}

/* Whose the fields are that this call sets: its fieldManager, else what the
 * client calls itself. */
static const char *
writer_of(struct kube_call *c)
{
	const char *manager = str_or_empty(kube_query(c, "fieldManager"));
	const char *agent = str_or_empty(face_header(c->q, "User-Agent"));

	return *manager ? manager
			: arena_printf(c->arena, "%.*s",
				       (int)strcspn(agent, "/"), agent);
}

static void
serve_stored(struct kube_call *c)
{
	bool writes = verb_writes(c->verb);

	if (writes)
		objects_set_writer(c->k->o, writer_of(c), c->path.sub);
	if (c->path.sub)
		serve_sub(c);
	else
		serve_object(c);
	if (writes)
		objects_set_writer(c->k->o, NULL, NULL);
}

static void
serve_resource(struct kube_call *c)
{
	const struct kube_path *p = &c->path;

	if (kube_is_review(p)) {
		kube_review(c);
		return;
	}
	if (strcmp(p->group, "metrics.k8s.io") == 0 &&
	    strcmp(p->version, "v1beta1") == 0 &&
	    (strcmp(p->plural, "nodes") == 0 ||
	     strcmp(p->plural, "pods") == 0) &&
	    (c->k->hooks->node_usage || c->k->hooks->container_usage)) {
		kube_metrics(c);
		return;
	}
	c->type = objects_type_in(c->k->o, p->group, p->version, p->plural);
	if (!c->type || !scope_fits(c))
		kube_not_found(c);
	else
		serve_stored(c);
}

static void
serve(struct kube_call *c)
{
	if (!kube_authenticate(c) || !kube_authorize(c)) {
		kube_fail(c);
		return;
	}
	if (verb_writes(c->verb) && !kube_is_review(&c->path)) {
		c->a->wrote = true;
		kube_caller(c, &c->a->caller);
	}
	if (!kube_accept_parse(face_header(c->q, "Accept"), &c->accept)) {
		/* Logs and OpenAPI speak other types than JSON. */
		if (!c->path.sub && !str_has_prefix(c->path.whole,
						    "/openapi/")) {
			kube_failf(c, 406, "NotAcceptable",
				   "only the following media types are "
				   "accepted: application/json");
			return;
		}
	}
	if (c->path.resource)
		serve_resource(c);
	else if (!kube_discovery(c) && !kube_health(c) && !kube_openapi(c))
		kube_not_found(c);
}

void
kube_face_serve(struct kube *k, const struct face_request *q,
	   struct face_answer *a, struct arena *arena)
{
	struct kube_call c = { .k = k, .q = q, .a = a, .arena = arena };
	char id[40];

	audit_id(k, id);
	face_set_header(a, "Audit-Id", id);
	face_set_header(a, "Cache-Control", "no-cache, private");
	face_set_header(a, "X-Kubernetes-Pf-Flowschema-Uid",
			"6f1a2c5e-9f0b-4c8e-8d4c-2b1f4b9f0c11");
	face_set_header(a, "X-Kubernetes-Pf-Prioritylevel-Uid",
			"0b8e7a34-51c4-4a53-9a6d-8f2d7c3e5a10");
	kube_path_parse(arena, q->path, &c.path);
	c.verb = verb_of(&c);
	if (!*c.verb)
		kube_method_not_allowed(&c);
	else
		serve(&c);
}
