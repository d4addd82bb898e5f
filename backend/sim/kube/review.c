/*
 * The review resources: may I, what may I, who am I, is this token good.  They
 * are created and answered, never stored.
 */
#include <stdio.h>

#include "backend/base/clock.h"
#include "backend/sim/kube/internal.h"

#define AUTHORIZATION "authorization.k8s.io"
#define AUTHENTICATION "authentication.k8s.io"

static const char *
text_at(const json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

static const char *
or_null(const char *text)
{
	return text && *text ? text : NULL;
}

static void
read_access(const json_t *spec, struct access *a)
{
	const json_t *r = json_object_get(spec, "resourceAttributes");
	const json_t *n = json_object_get(spec, "nonResourceAttributes");

	*a = (struct access){
		.verb = str_or_empty(text_at(r ? r : n, "verb")),
		.group = str_or_empty(text_at(r, "group")),
		.resource = str_or_empty(text_at(r, "resource")),
		.subresource = or_null(text_at(r, "subresource")),
		.name = or_null(text_at(r, "name")),
		.ns = or_null(text_at(r, "namespace")),
	};
	if (!r)
		a->path = str_or_empty(text_at(n, "path"));
}

static json_t *
access_status(struct kube_call *c, const struct kube_user *user,
	      const json_t *spec)
{
	struct access a;
	char reason[400];
	bool allowed;

	read_access(spec, &a);
	allowed = rbac_allows(c->k->rbac, user, &a, reason, sizeof(reason));
	if (allowed && *reason)
		return json_pack("{s:b,s:s}", "allowed", true, "reason",
				 reason);
	return json_pack("{s:b}", "allowed", allowed);
}

static void
user_of_spec(struct kube_user *user, const json_t *spec)
{
	json_t *group;
	size_t i;

	*user = (struct kube_user){
		.name = str_or_empty(text_at(spec, "user")) };
	json_array_foreach(json_object_get(spec, "groups"), i, group)
		if (user->group_n < KUBE_GROUPS_MAX)
			user->groups[user->group_n++] =
				str_or_empty(json_string_value(group));
}

static json_t *
self_access(struct kube_call *c, const json_t *spec)
{
	return access_status(c, &c->user, spec);
}

static json_t *
subject_access(struct kube_call *c, const json_t *spec)
{
	struct kube_user user;

	user_of_spec(&user, spec);
	return access_status(c, &user, spec);
}

static json_t *
self_rules(struct kube_call *c, const json_t *spec)
{
	const char *ns = str_or_empty(text_at(spec, "namespace"));

	/* EKS has a webhook authorizer besides RBAC, which cannot list. */
	return json_pack("{s:o,s:o,s:b,s:s}", "resourceRules",
			 rbac_rules(c->k->rbac, &c->user, ns, true),
			 "nonResourceRules",
			 rbac_rules(c->k->rbac, &c->user, ns, false),
			 "incomplete", true, "evaluationError",
			 "webhook authorizer does not support user rule "
			 "resolution");
}

static json_t *
user_info(const struct kube_user *user)
{
	json_t *groups = json_array();

	for (uint32_t i = 0; i < user->group_n; i++)
		json_array_append_new(groups, json_string(user->groups[i]));
	return json_pack("{s:s,s:o}", "username", user->name, "groups",
			 groups);
}

static json_t *
self_review(struct kube_call *c, const json_t *spec)
{
	(void)spec;
	return json_pack("{s:o}", "userInfo", user_info(&c->user));
}

static json_t *
token_review(struct kube_call *c, const json_t *spec)
{
	struct kube_user user;

	if (kube_token_user(c, str_or_empty(text_at(spec, "token")), &user))
		return json_pack("{s:b,s:o}", "authenticated", true, "user",
				 user_info(&user));
	return json_pack("{s:b,s:s}", "authenticated", false, "error",
			 "invalid bearer token");
}

/* clang-format off */
static const struct {
	const char *group, *plural, *kind;
	bool needs_spec;
	json_t *(*status)(struct kube_call *c, const json_t *spec);
} reviews[] = {
	{ AUTHORIZATION, "selfsubjectaccessreviews",
	  "SelfSubjectAccessReview", true, self_access },
	{ AUTHORIZATION, "subjectaccessreviews",
	  "SubjectAccessReview", true, subject_access },
	{ AUTHORIZATION, "localsubjectaccessreviews",
	  "LocalSubjectAccessReview", true, subject_access },
	{ AUTHORIZATION, "selfsubjectrulesreviews",
	  "SelfSubjectRulesReview", true, self_rules },
	{ AUTHENTICATION, "selfsubjectreviews",
	  "SelfSubjectReview", false, self_review },
	{ AUTHENTICATION, "tokenreviews",
	  "TokenReview", true, token_review },
};
/* clang-format on */

static int
review_of(const struct kube_path *p)
{
	for (size_t i = 0; i < ARRAY_LEN(reviews); i++)
		if (strcmp(reviews[i].group, p->group) == 0 &&
		    strcmp(reviews[i].plural, p->plural) == 0 &&
		    strcmp(p->version, "v1") == 0)
			return (int)i;
	return -1;
}

bool
kube_is_review(const struct kube_path *p)
{
	return p->resource && review_of(p) >= 0;
}

void
kube_review(struct kube_call *c)
{
	int i = review_of(&c->path);
	json_t *body, *spec, *answer;
	char time[TIME_TEXT];

	if (strcmp(c->q->method, "POST") != 0 || c->path.name) {
		kube_method_not_allowed(c);
		return;
	}
	body = kube_body(c);
	if (!body) {
		kube_fail(c);
		return;
	}
	spec = json_object_get(body, "spec");
	if (reviews[i].needs_spec && !json_is_object(spec)) {
		json_decref(body);
		kube_failf(c, 422, "Invalid",
			   "%s.%s \"\" is invalid: spec: Required value",
			   reviews[i].kind, reviews[i].group);
		return;
	}
	time_format(objects_now_ms(c->k->o), false, time);
	answer = json_pack("{s:s,s:s+,s:{s:s}}", "kind", reviews[i].kind,
			   "apiVersion", reviews[i].group, "/v1", "metadata",
			   "creationTimestamp", time);
	if (json_is_object(spec))
		json_object_set(answer, "spec", spec);
	json_object_set_new(answer, "status", reviews[i].status(c, spec));
	/* A token is a secret: it is not said again. */
	if (reviews[i].status == token_review)
		json_object_del(spec, "token");
	json_decref(body);
	kube_json(c, 201, answer);
}
