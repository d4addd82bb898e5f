/*
 * Who may do what: identity policies as lists of actions, and AWS's sentences
 * for what they do not allow.
 */
#include <stdio.h>
#include <stdlib.h>

#include <openssl/evp.h>

#include "backend/sim/aws/face.h"

/* clang-format off */
const struct aws_grant aws_grants_all[] = { { "*" }, { NULL } };

/* The policies Paddock recommends.  A test holds them against the request table
 * (net/rows.def).  Reading, for everybody who may sign in at all: */
#define READS \
	{ "autoscaling:DescribeAutoScalingGroups" }, \
	{ "autoscaling:DescribeScalingActivities" }, \
	{ "autoscaling:DescribeLaunchConfigurations" }, \
	{ "ec2:DescribeInstances" }, \
	{ "ec2:DescribeInstanceTypes" }, \
	{ "ec2:GetInstanceTypesFromInstanceRequirements" }, \
	{ "ec2:DescribeLaunchTemplateVersions" }, \
	{ "ec2:DescribeSubnets" }, \
	{ "ec2:DescribeImages" }, \
	{ "ec2:DescribeSpotPriceHistory" }, \
	{ "eks:DescribeCluster" }, \
	{ "eks:DescribeNodegroup" }

const struct aws_grant aws_grants_viewer[] = { READS, { NULL } };

/* And what an engineer on call does by hand. */
const struct aws_grant aws_grants_oncall[] = {
	READS,
	{ "autoscaling:SetDesiredCapacity" },
	{ "autoscaling:UpdateAutoScalingGroup" },
	{ NULL },
};

/* And what the engine does while it leads. */
const struct aws_grant aws_grants_engine[] = {
	READS,
	{ "autoscaling:SetDesiredCapacity" },
	{ "autoscaling:TerminateInstanceInAutoScalingGroup" },
	{ NULL },
};

/* What Cluster Autoscaler asks for (reference cluster-autoscaler 7.8). */
const struct aws_grant aws_grants_autoscaler[] = {
	{ "autoscaling:DescribeAutoScalingGroups" },
	{ "autoscaling:DescribeAutoScalingInstances" },
	{ "autoscaling:DescribeLaunchConfigurations" },
	{ "autoscaling:DescribeScalingActivities" },
	{ "autoscaling:DescribeTags" },
	{ "autoscaling:SetDesiredCapacity" },
	{ "autoscaling:TerminateInstanceInAutoScalingGroup" },
	{ "ec2:DescribeImages" },
	{ "ec2:DescribeInstanceTypes" },
	{ "ec2:DescribeLaunchTemplateVersions" },
	{ "ec2:GetInstanceTypesFromInstanceRequirements" },
	{ "eks:DescribeNodegroup" },
	{ NULL },
};

/* Nobody needs leave for these. */
static const struct aws_grant anybody[] = {
	{ "sts:GetCallerIdentity" },
	{ "sts:GetSessionToken" },
	{ "sts:GetAccessKeyInfo" },
	{ "sts:AssumeRole" }, /* the role's trust decides */
	{ "sts:AssumeRoleWithWebIdentity" },
	{ NULL },
};
/* clang-format on */

bool
aws_glob(const char *glob, const char *text)
{
	const char *star = NULL, *mark = NULL;

	while (*text) {
		if (*glob == '*') {
			star = glob++;
			mark = text;
		} else if (*glob == *text || *glob == '?') {
			glob++;
			text++;
		} else if (star) {
			glob = star + 1;
			text = ++mark;
		} else {
			return false;
		}
	}
	while (*glob == '*')
		glob++;
	return !*glob;
}

static bool
grants(const struct aws_grant *list, const char *action)
{
	for (; list->action; list++)
		if (aws_glob(list->action, action))
			return true;
	return false;
}

static const struct aws_grant *
policy_of(const struct aws_caller *who)
{
	if (who->role)
		return who->role->policy;
	if (!who->user)
		return anybody;
	switch (who->user->role) {
	case SIM_ADMIN:
		return aws_grants_all;
	case SIM_ONCALL:
		return aws_grants_oncall;
	case SIM_VIEWER:
		break;
	}
	return aws_grants_viewer;
}

/* What the action is about, as far as the request says; NULL: everything. */
static const char *
resource_of(struct aws_context *c, const struct aws_service *s)
{
	static const struct {
		const char *iam, *param, *prefix;
	} table[] = {
		{ "autoscaling", "AutoScalingGroupName",
		  "autoScalingGroup:*:autoScalingGroupName/" },
		{ "ec2", "InstanceId.1", "instance/" },
	};
	const char *value;

	if (!strcmp(s->iam, "eks") && c->args[0]) {
		value = c->args[1] && strstr(c->q->path, "/node-groups/")
				? arena_printf(c->arena, "nodegroup/%s/%s/*",
					       c->args[0], c->args[1])
				: arena_printf(c->arena, "cluster/%s",
					       c->args[0]);
		return aws_arn(c, "eks", value);
	}
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		if (strcmp(table[i].iam, s->iam) != 0 || !c->params)
			continue;
		value = aws_param(c->params, table[i].param);
		if (value && *value)
			return aws_arn(c, s->iam,
				       arena_printf(c->arena, "%s%s",
						    table[i].prefix, value));
	}
	return NULL;
}

/* What sts:DecodeAuthorizationMessage makes readable again. */
static char *
encoded_message(struct aws_context *c, const char *action,
		const char *resource)
{
	json_t *o = json_pack(
		"{s:b, s:b, s:{s:[]}, s:{s:[]}, s:{s:{s:s}, s:s, s:s}}",
		"allowed", 0, "explicitDeny", 0, "matchedStatements", "items",
		"failures", "items", "context", "principal", "arn",
		aws_caller_arn(c), "action", action, "resource",
		resource ? resource : "*");
	char *text = json_dumps(o, JSON_COMPACT);
	size_t len = strlen(text);
	char *out = arena_alloc(c->arena, len * 4 / 3 + 8);

	EVP_EncodeBlock((unsigned char *)out, (unsigned char *)text, (int)len);
	free(text);
	json_decref(o);
	return out;
}

bool
aws_may(struct aws_context *c, const struct aws_service *s,
	const struct aws_action *x)
{
	char *action = arena_printf(c->arena, "%s:%s", s->iam, x->name);
	const char *resource, *why;

	if (grants(anybody, action) || grants(policy_of(&c->who), action))
		return true;
	resource = resource_of(c, s);
	why = arena_printf(
		c->arena,
		"User: %s is not authorized to perform: %s%s%s because no "
		"identity-based policy allows the %s action",
		aws_caller_arn(c), action, resource ? " on resource: " : "",
		str_or_empty(resource), action);
	if (c->protocol == AWS_EC2)
		return cloud_fail(&c->fault, 403, "UnauthorizedOperation",
				  "You are not authorized to perform this "
				  "operation. %s. Encoded authorization "
				  "failure message: %s",
				  why, encoded_message(c, action, resource));
	if (c->protocol == AWS_QUERY)
		return cloud_fail(&c->fault, 403, "AccessDenied", "%s", why);
	return cloud_fail(&c->fault, c->protocol == AWS_REST ? 403 : 400,
			  "AccessDeniedException", "%s", why);
}
