/*
 * Access entries: who of the account may speak to the cluster, and as whom.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/sim/aws/eks.h"

#define POLICY_PREFIX "arn:aws:eks::aws:cluster-access-policy/"
#define ENTRIES_MAX 500

static const struct aws_paging entries_page = { "accessEntries", NULL,
						"maxResults", 1, 100, 100 };
static const struct aws_paging policies_page = { "accessPolicies", "arn",
						 "maxResults", 1, 100, 100 };
static const struct aws_paging associated_page = {
	"associatedAccessPolicies", "policyArn", "maxResults", 1, 100, 100
};

static const char *const policies[] = {
	"AmazonEKSAdminPolicy",	      "AmazonEKSAdminViewPolicy",
	"AmazonEKSClusterAdminPolicy", "AmazonEKSEditPolicy",
	"AmazonEKSViewPolicy",
};

static struct eks_access *
entry_of(struct aws_context *c)
{
	struct eks_access *a;

	if (!eks_is_cluster(c))
		return NULL;
	a = eks_access(c->cloud->eks, c->args[1]);
	if (!a)
		cloud_fail(&c->fault, 404, "ResourceNotFoundException",
			   "The specified principalArn could not be found. You "
			   "can view your available access entries with 'aws "
			   "eks list-access-entries'.");
	return a;
}

static json_t *
answer(struct aws_context *c, const struct eks_access *a)
{
	return json_pack("{s:o}", "accessEntry", eks_access_json(c->cloud, a));
}

static bool
has_policy(const struct eks_access *a, const char *arn)
{
	size_t i;
	json_t *p;

	json_array_foreach(a->policies, i, p)
		if (str_eq(json_string_value(json_object_get(p, "policyArn")),
			   arn))
			return true;
	return false;
}

json_t *
eks_list_access(struct aws_context *c)
{
	const char *policy = face_query(c->q, c->arena, "associatedPolicyArn");
	struct eks *e = c->cloud->eks;
	json_t *list;

	if (!eks_is_cluster(c))
		return NULL;
	list = json_array();
	for (uint32_t i = 0; i < e->access.n; i++)
		if (!policy || has_policy(e->access.at[i], policy))
			json_array_append_new(
				list, json_string(e->access.at[i]->principal));
	return aws_page(c, &entries_page, list);
}

json_t *
eks_describe_access(struct aws_context *c)
{
	struct eks_access *a = entry_of(c);

	return a ? answer(c, a) : NULL;
}

/* kubernetesGroups and username of the body into the entry. */
static bool
take_identity(struct aws_context *c, struct eks_access *a,
	      const json_t *groups, const json_t *username)
{
	size_t i;
	json_t *g;

	json_array_foreach((json_t *)(uintptr_t)groups, i, g) {
		const char *name = str_or_empty(json_string_value(g));

		if (!*name || str_has_prefix(name, "system:") ||
		    str_has_prefix(name, "eks:") ||
		    str_has_prefix(name, "aws:"))
			return eks_bad(c, "The kubernetes group name is "
					  "invalid, it cannot start with "
					  "system:, eks: or aws:");
	}
	if (groups) {
		json_decref(a->groups);
		a->groups = json_deep_copy(groups);
	}
	if (username) {
		free(a->username);
		a->username = xstrdup(json_string_value(username));
	}
	a->modified_ms = sim_now_ms(c->w);
	return true;
}

/* arn:aws:iam::ACCOUNT:role/x or user/x */
static bool
is_principal(struct aws_context *c, const char *arn)
{
	return (str_has_prefix(arn, aws_arn(c, "iam", "role/")) ||
		str_has_prefix(arn, aws_arn(c, "iam", "user/"))) &&
	       *(strrchr(arn, '/') + 1) && strlen(arn) < 300;
}

json_t *
eks_create_access(struct aws_context *c)
{
	const json_t *groups, *username, *type, *tags, *principal;
	const char *arn, *kind;
	struct eks_access *a;

	if (!eks_is_cluster(c))
		return NULL;
	principal = eks_member(c, c->input, "principalArn", JSON_STRING);
	groups = eks_member(c, c->input, "kubernetesGroups", JSON_ARRAY);
	username = eks_member(c, c->input, "username", JSON_STRING);
	type = eks_member(c, c->input, "type", JSON_STRING);
	tags = eks_member(c, c->input, "tags", JSON_OBJECT);
	arn = json_string_value(principal);
	kind = type ? json_string_value(type) : "STANDARD";
	if (c->fault.http)
		return NULL;
	if (!arn || !is_principal(c, arn))
		return eks_bad(c, "The principalArn parameter format is not "
				  "valid");
	if (strcmp(kind, "STANDARD") != 0 && strcmp(kind, "EC2_LINUX") != 0 &&
	    strcmp(kind, "EC2_WINDOWS") != 0 &&
	    strcmp(kind, "FARGATE_LINUX") != 0)
		return eks_bad(c, "The access entry type is not valid");
	if (eks_access(c->cloud->eks, arn)) {
		cloud_fail(&c->fault, 409, "ResourceInUseException",
			   "The specified access entry resource is already in "
			   "use on this cluster.");
		return NULL;
	}
	if (c->cloud->eks->access.n >= ENTRIES_MAX) {
		cloud_fail(&c->fault, 400, "ResourceLimitExceededException",
			   "A cluster has at most %d access entries.",
			   ENTRIES_MAX);
		return NULL;
	}
	a = eks_access_add(c->cloud->eks, arn, kind, arn);
	if (!take_identity(c, a, groups, username)) {
		eks_access_drop(c->cloud->eks, a);
		return NULL;
	}
	if (tags)
		json_object_update(a->tags, (json_t *)(uintptr_t)tags);
	return answer(c, a);
}

json_t *
eks_update_access(struct aws_context *c)
{
	struct eks_access *a = entry_of(c);
	const json_t *groups, *username;

	if (!a)
		return NULL;
	groups = eks_member(c, c->input, "kubernetesGroups", JSON_ARRAY);
	username = eks_member(c, c->input, "username", JSON_STRING);
	if (c->fault.http || !take_identity(c, a, groups, username))
		return NULL;
	return answer(c, a);
}

json_t *
eks_delete_access(struct aws_context *c)
{
	struct eks_access *a = entry_of(c);

	if (!a)
		return NULL;
	eks_access_drop(c->cloud->eks, a);
	return json_object();
}

/* ---- policies ---- */

static bool
is_policy(const char *arn)
{
	for (size_t i = 0; i < ARRAY_LEN(policies); i++)
		if (str_has_prefix(arn, POLICY_PREFIX) &&
		    !strcmp(arn + strlen(POLICY_PREFIX), policies[i]))
			return true;
	return false;
}

json_t *
eks_list_policies(struct aws_context *c)
{
	json_t *list = json_array();

	for (size_t i = 0; i < ARRAY_LEN(policies); i++)
		json_array_append_new(
			list, json_pack("{s:s, s:o}", "name", policies[i],
					"arn",
					json_sprintf(POLICY_PREFIX "%s",
						     policies[i])));
	return aws_page(c, &policies_page, list);
}

/* "since" is ours; clients read associatedAt. */
static json_t *
policy_json(const json_t *p)
{
	json_t *o = json_deep_copy(p);
	int64_t since = json_integer_value(json_object_get(o, "since"));

	json_object_del(o, "since");
	json_object_set_new(o, "associatedAt", aws_seconds(since));
	json_object_set_new(o, "modifiedAt", aws_seconds(since));
	return o;
}

static json_t *
with_names(struct aws_context *c, const struct eks_access *a, json_t *o)
{
	json_object_set_new(o, "clusterName", json_string(c->args[0]));
	json_object_set_new(o, "principalArn", json_string(a->principal));
	return o;
}

json_t *
eks_list_associated(struct aws_context *c)
{
	struct eks_access *a = entry_of(c);
	json_t *list, *p, *page;
	size_t i;

	if (!a)
		return NULL;
	list = json_array();
	json_array_foreach(a->policies, i, p)
		json_array_append_new(list, policy_json(p));
	page = aws_page(c, &associated_page, list);
	return page ? with_names(c, a, page) : NULL;
}

static void
drop_policy(struct eks_access *a, const char *arn)
{
	size_t i;
	json_t *p;

	json_array_foreach(a->policies, i, p)
		if (str_eq(json_string_value(json_object_get(p, "policyArn")),
			   arn)) {
			json_array_remove(a->policies, i);
			return;
		}
}

json_t *
eks_associate(struct aws_context *c)
{
	struct eks_access *a = entry_of(c);
	const json_t *arn, *scope, *type, *names;
	json_t *p;

	if (!a)
		return NULL;
	arn = eks_member(c, c->input, "policyArn", JSON_STRING);
	scope = eks_member(c, c->input, "accessScope", JSON_OBJECT);
	type = eks_member(c, scope, "type", JSON_STRING);
	names = eks_member(c, scope, "namespaces", JSON_ARRAY);
	if (c->fault.http)
		return NULL;
	if (strcmp(a->type, "STANDARD") != 0)
		return eks_bad(c, "Access policies can be associated with "
				  "entries of type STANDARD only");
	if (!arn || !is_policy(json_string_value(arn)))
		return eks_bad(c, "The policyArn parameter format is not "
				  "valid");
	if (!type || (strcmp(json_string_value(type), "cluster") != 0 &&
		      strcmp(json_string_value(type), "namespace") != 0))
		return eks_bad(c, "The accessScope type must be cluster or "
				  "namespace");
	if (!strcmp(json_string_value(type), "namespace") !=
	    (json_array_size(names) > 0))
		return eks_bad(c, "Namespaces are needed by, and only by, the "
				  "scope namespace");
	drop_policy(a, json_string_value(arn));
	p = json_pack("{s:s, s:{s:s, s:o}, s:I}", "policyArn",
		      json_string_value(arn), "accessScope", "type",
		      json_string_value(type), "namespaces",
		      names ? json_deep_copy(names) : json_array(), "since",
		      (json_int_t)sim_now_ms(c->w));
	json_array_append_new(a->policies, p);
	a->modified_ms = sim_now_ms(c->w);
	return with_names(c, a, json_pack("{s:o}", "associatedAccessPolicy",
					  policy_json(p)));
}

json_t *
eks_disassociate(struct aws_context *c)
{
	struct eks_access *a = entry_of(c);

	if (!a)
		return NULL;
	if (!has_policy(a, c->args[2])) {
		cloud_fail(&c->fault, 404, "ResourceNotFoundException",
			   "The policy %s is not associated with this access "
			   "entry.",
			   c->args[2]);
		return NULL;
	}
	drop_policy(a, c->args[2]);
	a->modified_ms = sim_now_ms(c->w);
	return json_object();
}
