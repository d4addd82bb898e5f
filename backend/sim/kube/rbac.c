/*
 * Authorization by the RBAC objects in the store, as the real authorizer reads
 * them: the objects are compiled when one of them changed.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/base/json.h"
#include "backend/sim/kube/internal.h"

#define GROUP "rbac.authorization.k8s.io"

enum { CLUSTER_ROLES, ROLES, CLUSTER_BINDINGS, BINDINGS, KINDS };

static const char *const plurals[KINDS] = {
	"clusterroles", "roles", "clusterrolebindings", "rolebindings",
};

struct role {
	const char *ns, *name; /* ns "": ClusterRole */
	const struct tree *rules;
};

struct binding {
	const char *ns, *name, *role_kind, *role_name;
	const struct tree *subjects;
	const struct role *role; /* NULL: names one that is not there */
};

struct rbac {
	struct objects *o;
	const struct object_type *types[KINDS];
	struct watch_cursor seen[KINDS];
	bool compiled;
	struct arena *arena;
	VEC(struct role) roles;
	VEC(struct binding) bindings;
};

struct rbac *
rbac_new(struct objects *o)
{
	struct rbac *r = xcalloc(1, sizeof(*r));

	r->o = o;
	r->arena = arena_new();
	for (int i = 0; i < KINDS; i++)
		r->types[i] = objects_type(o, GROUP, plurals[i]);
	return r;
}

void
rbac_free(struct rbac *r)
{
	if (!r)
		return;
	vec_free(&r->roles);
	vec_free(&r->bindings);
	arena_free(r->arena);
	free(r);
}

/* ---- compiling ---- */

static bool
add_object(void *ctx, const struct object *obj)
{
	struct rbac *r = ctx;
	char *text = arena_strndup(r->arena, obj->json, obj->len);
	struct err err;
	const struct tree *t = json_parse(r->arena, text, obj->len, &err);

	if (!t)
		return true;
	if (obj->type == r->types[CLUSTER_ROLES] ||
	    obj->type == r->types[ROLES]) {
		struct role role = { arena_strdup(r->arena, obj->ns),
				     arena_strdup(r->arena, obj->name),
				     tree_get(t, "rules") };

		vec_push(&r->roles, role);
	} else {
		struct binding b = {
			.ns = arena_strdup(r->arena, obj->ns),
			.name = arena_strdup(r->arena, obj->name),
			.role_kind = str_or_empty(
				tree_text(tree_at(t, "roleRef.kind"))),
			.role_name = str_or_empty(
				tree_text(tree_at(t, "roleRef.name"))),
			.subjects = tree_get(t, "subjects"),
		};

		vec_push(&r->bindings, b);
	}
	return true;
}

static const struct role *
find_role(const struct rbac *r, const struct binding *b)
{
	const char *ns = strcmp(b->role_kind, "Role") == 0 ? b->ns : "";

	for (uint32_t i = 0; i < r->roles.n; i++)
		if (strcmp(r->roles.at[i].name, b->role_name) == 0 &&
		    strcmp(r->roles.at[i].ns, ns) == 0)
			return &r->roles.at[i];
	return NULL;
}

static bool
changed(struct rbac *r)
{
	struct watch_event e;
	bool any = !r->compiled;

	for (int i = 0; i < KINDS && r->compiled; i++) {
		while (objects_watch_next(r->o, &r->seen[i], &e))
			any = true;
		any = any || r->seen[i].fell_out;
	}
	return any;
}

static void
compile(struct rbac *r)
{
	struct status st;

	if (!changed(r))
		return;
	arena_reset(r->arena);
	vec_clear(&r->roles);
	vec_clear(&r->bindings);
	for (int i = 0; i < KINDS; i++) {
		if (!r->types[i])
			continue;
		if (!objects_watch_from(r->o, r->types[i], objects_rv(r->o),
					&r->seen[i], &st))
			BUG("no cursor at the current version: %s",
			    st.message);
		objects_each(r->o, r->types[i], NULL, NULL, add_object, r);
	}
	for (uint32_t i = 0; i < r->bindings.n; i++)
		r->bindings.at[i].role = find_role(r, &r->bindings.at[i]);
	r->compiled = true;
}

/* ---- asking ---- */

static bool
has(const struct tree *list, const char *want)
{
	tree_each(v, list) {
		const char *text = str_or_empty(tree_text(v));

		if (strcmp(text, "*") == 0 || strcmp(text, want) == 0)
			return true;
	}
	return false;
}

/* "pods/log", "*" "/log", or all. */
static bool
has_resource(const struct tree *list, const struct access *a)
{
	const char *sub = str_or_empty(a->subresource);

	tree_each(v, list) {
		const char *text = str_or_empty(tree_text(v));
		const char *slash = strchr(text, '/');
		size_t len = slash ? (size_t)(slash - text) : strlen(text);

		if (strcmp(text, "*") == 0)
			return true;
		if (strcmp(slash ? slash + 1 : "", sub) != 0)
			continue;
		if ((len == 1 && *text == '*') ||
		    (strncmp(text, a->resource, len) == 0 &&
		     !a->resource[len]))
			return true;
	}
	return false;
}

static bool
has_path(const struct tree *list, const char *path)
{
	tree_each(v, list) {
		const char *text = str_or_empty(tree_text(v));
		size_t len = strlen(text);

		if (strcmp(text, path) == 0 ||
		    (len && text[len - 1] == '*' &&
		     strncmp(text, path, len - 1) == 0))
			return true;
	}
	return false;
}

static bool
rule_allows(const struct tree *rule, const struct access *a)
{
	const struct tree *names = tree_get(rule, "resourceNames");

	if (!has(tree_get(rule, "verbs"), a->verb))
		return false;
	if (a->path)
		return has_path(tree_get(rule, "nonResourceURLs"), a->path);
	if (!has(tree_get(rule, "apiGroups"), a->group) ||
	    !has_resource(tree_get(rule, "resources"), a))
		return false;
	return !tree_first_(names) ||
	       (a->name && *a->name && has(names, a->name));
}

/* The subject that is the user, or NULL. */
static const struct tree *
subject_of(const struct binding *b, const struct kube_user *user)
{
	tree_each(s, b->subjects) {
		const char *kind = str_or_empty(tree_text(tree_get(s,
								   "kind")));
		const char *name = str_or_empty(tree_text(tree_get(s,
								   "name")));

		if (strcmp(kind, "User") == 0 &&
		    strcmp(name, user->name) == 0)
			return s;
		if (strcmp(kind, "Group") == 0)
			for (uint32_t i = 0; i < user->group_n; i++)
				if (strcmp(name, user->groups[i]) == 0)
					return s;
		if (strcmp(kind, "ServiceAccount") == 0) {
			const char *ns =
				tree_text(tree_get(s, "namespace"));
			char full[600];

			snprintf(full, sizeof(full),
				 "system:serviceaccount:%s:%s",
				 str_or_empty(ns), name);
			if (strcmp(full, user->name) == 0)
				return s;
		}
	}
	return NULL;
}

static bool
is_master(const struct kube_user *user)
{
	for (uint32_t i = 0; i < user->group_n; i++)
		if (strcmp(user->groups[i], "system:masters") == 0)
			return true;
	return false;
}

static bool
applies(const struct binding *b, const char *ns)
{
	return !*b->ns || (ns && strcmp(b->ns, ns) == 0);
}

bool
rbac_allows(struct rbac *r, const struct kube_user *user,
	    const struct access *a, char *reason, size_t room)
{
	*reason = '\0';
	if (is_master(user))
		return true;
	compile(r);
	for (uint32_t i = 0; i < r->bindings.n; i++) {
		const struct binding *b = &r->bindings.at[i];
		const struct tree *subject;

		if (!b->role || !applies(b, a->path ? NULL : a->ns))
			continue;
		subject = subject_of(b, user);
		if (!subject)
			continue;
		tree_each(rule, b->role->rules) {
			if (!rule_allows(rule, a))
				continue;
			snprintf(reason, room,
				 "RBAC: allowed by %s \"%s%s%s\" of %s "
				 "\"%s\" to %s \"%s\"",
				 *b->ns ? "RoleBinding" : "ClusterRoleBinding",
				 b->name, *b->ns ? "/" : "", b->ns,
				 b->role_kind, b->role_name,
				 str_or_empty(tree_text(tree_get(subject,
								 "kind"))),
				 str_or_empty(tree_text(tree_get(subject,
								 "name"))));
			return true;
		}
	}
	return false;
}

/* ---- listing rules ---- */

static json_t *
texts(const struct tree *list)
{
	json_t *out = json_array();

	tree_each(v, list)
		json_array_append_new(out,
				      json_string(str_or_empty(tree_text(v))));
	return out;
}

static void
add_rule(json_t *out, const struct tree *rule, bool resources)
{
	bool is_path = tree_first_(tree_get(rule, "nonResourceURLs"));
	json_t *row;

	if (is_path == resources)
		return;
	row = json_pack("{s:o}", "verbs", texts(tree_get(rule, "verbs")));
	if (!resources) {
		json_object_set_new(row, "nonResourceURLs",
				    texts(tree_get(rule, "nonResourceURLs")));
	} else {
		json_object_set_new(row, "apiGroups",
				    texts(tree_get(rule, "apiGroups")));
		json_object_set_new(row, "resources",
				    texts(tree_get(rule, "resources")));
		if (tree_get(rule, "resourceNames"))
			json_object_set_new(
				row, "resourceNames",
				texts(tree_get(rule, "resourceNames")));
	}
	json_array_append_new(out, row);
}

json_t *
rbac_rules(struct rbac *r, const struct kube_user *user, const char *ns,
	   bool resources)
{
	json_t *out = json_array();

	compile(r);
	if (is_master(user))
		json_array_append_new(
			out,
			resources ? json_pack("{s:[s],s:[s],s:[s]}", "verbs",
					      "*", "apiGroups", "*",
					      "resources", "*")
				  : json_pack("{s:[s],s:[s]}", "verbs", "*",
					      "nonResourceURLs", "*"));
	for (uint32_t i = 0; i < r->bindings.n; i++) {
		const struct binding *b = &r->bindings.at[i];

		if (!b->role || !applies(b, ns) || !subject_of(b, user))
			continue;
		tree_each(rule, b->role->rules)
			add_rule(out, rule, resources);
	}
	return out;
}

/* ---- the check of a call ---- */

void
kube_forbid(struct kube_call *c, const struct kube_user *user,
	    const struct access *a)
{
	char resource[200], where[300], label[320];

	if (a->path) {
		status_fail(&c->st, 403, "Forbidden",
			    "forbidden: User \"%s\" cannot %s path \"%.300s\"",
			    user->name, a->verb, a->path);
		return;
	}
	snprintf(resource, sizeof(resource), "%.120s%s%.60s", a->resource,
		 a->subresource ? "/" : "", str_or_empty(a->subresource));
	if (a->ns)
		snprintf(where, sizeof(where), "in the namespace \"%.250s\"",
			 a->ns);
	else
		snprintf(where, sizeof(where), "at the cluster scope");
	snprintf(label, sizeof(label), "%.120s%s%.180s", a->resource,
		 *a->group ? "." : "", a->group);
	status_fail(&c->st, 403, "Forbidden",
		    "%s %s%.250s%sis forbidden: User \"%.100s\" cannot %s "
		    "resource \"%s\" in API group \"%.180s\" %s", label,
		    a->name ? "\"" : "", str_or_empty(a->name),
		    a->name ? "\" " : "", user->name, a->verb, resource,
		    a->group, where);
	snprintf(c->st.name, sizeof(c->st.name), "%s", str_or_empty(a->name));
	snprintf(c->st.group, sizeof(c->st.group), "%s", a->group);
	snprintf(c->st.kind, sizeof(c->st.kind), "%s", a->resource);
}

static const char *
lower(struct arena *arena, const char *text)
{
	char *out = arena_strdup(arena, text);

	for (char *c = out; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c + 'a' - 'A');
	return out;
}

bool
kube_authorize(struct kube_call *c)
{
	const struct kube_path *p = &c->path;
	struct access a = { .verb = c->verb };
	char reason[8];

	if (p->resource) {
		a.group = p->group;
		a.resource = p->plural;
		a.subresource = p->sub;
		a.name = p->name;
		a.ns = p->ns;
		/* A namespace lies in itself. */
		if (!*p->group && strcmp(p->plural, "namespaces") == 0)
			a.ns = p->name;
	} else {
		a.verb = lower(c->arena, c->q->method);
		a.path = p->whole;
	}
	if (rbac_allows(c->k->rbac, &c->user, &a, reason, sizeof(reason)))
		return true;
	kube_forbid(c, &c->user, &a);
	return false;
}
