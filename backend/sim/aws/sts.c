/*
 * STS: who am I.
 */
#include "backend/sim/aws/face.h"

static json_t *
caller_identity(struct aws_context *c)
{
	return json_pack("{s:s, s:s, s:o}", "UserId", c->user->aws_key_id,
			 "Account", c->cloud->account, "Arn",
			 json_sprintf("arn:aws:iam::%s:user/%s",
				      c->cloud->account, c->user->name));
}

const struct aws_action aws_sts_actions[] = {
	{ "GetCallerIdentity", caller_identity, false },
	{ 0 }
};
