/*
 * STS: who am I, and being somebody else for a while (reference D7).
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include <openssl/evp.h>

#include "backend/base/clock.h"
#include "backend/base/map.h"
#include "backend/sim/aws/face.h"
#include "backend/sim/world/identity.h"

enum {
	LEAST_S = 900,
	MOST_S = 43200,
	ROLE_MOST_S = 3600, /* MaxSessionDuration of the roles */
	USER_S = 43200,
	USER_MOST_S = 129600,
};

/* AIDA..., AROA...: made up, the same for the same name. */
static char *
unique_id(struct aws_context *c, const char *prefix, const char *name)
{
	return arena_printf(c->arena, "%s%016llX", prefix,
			    (unsigned long long)hash_text(name));
}

static char *
user_id(struct aws_context *c)
{
	if (!c->who.role)
		return unique_id(c, "AIDA", c->who.user->name);
	return arena_printf(c->arena, "%s:%s",
			    unique_id(c, "AROA", c->who.role->name),
			    c->who.session);
}

static json_t *
caller_identity(struct aws_context *c)
{
	return json_pack("{s:s, s:s, s:s}", "UserId", user_id(c), "Account",
			 c->cloud->account, "Arn", aws_caller_arn(c));
}

static json_t *
access_key_info(struct aws_context *c)
{
	const char *id = aws_required(c, "AccessKeyId");

	if (!id)
		return NULL;
	if (strlen(id) < 16 || strlen(id) > 128)
		return aws_invalid(c, "The access key ID is not valid.");
	return json_pack("{s:s}", "Account", c->cloud->account);
}

/* ---- sessions ---- */

static json_t *
credentials(struct aws_context *c, const struct aws_caller *who,
	    int64_t seconds)
{
	int64_t end = clock_wall_ms(&clock_system) + seconds * 1000;
	struct aws_session s;
	char text[TIME_TEXT];

	aws_session_make(who, end, sim_events(c->w), &s);
	return json_pack("{s:s, s:s, s:s, s:s}", "AccessKeyId", s.key_id,
			 "SecretAccessKey", s.secret, "SessionToken", s.token,
			 "Expiration", time_format(end, false, text));
}

/* [\w+=,.@-]{2,64} */
static const char *
session_name(struct aws_context *c)
{
	const char *name = aws_required(c, "RoleSessionName");

	if (!name)
		return NULL;
	for (const char *p = name; *p; p++) {
		if (isalnum((unsigned char)*p) || strchr("_+=,.@-", *p))
			continue;
		aws_invalid(c,
			    "1 validation error detected: Value '%s' at "
			    "'roleSessionName' failed to satisfy constraint: "
			    "Member must satisfy regular expression pattern: "
			    "[\\w+=,.@-]*",
			    name);
		return NULL;
	}
	if (strlen(name) >= 2 && strlen(name) <= 64)
		return name;
	aws_invalid(c,
		    "1 validation error detected: Value '%s' at "
		    "'roleSessionName' failed to satisfy constraint: Member "
		    "must have length %s",
		    name,
		    strlen(name) < 2 ? "greater than or equal to 2"
				     : "less than or equal to 64");
	return NULL;
}

/* The role of this account that the request names, trusting whoever asks or
 * not; NULL when there is none. */
static const struct aws_role *
role_of(struct aws_context *c, const char *arn)
{
	const char *prefix = aws_arn(c, "iam", "role/");

	return str_has_prefix(arn, prefix)
		       ? aws_role_find(arn + strlen(prefix))
		       : NULL;
}

static bool
duration(struct aws_context *c, int64_t *seconds)
{
	*seconds = ROLE_MOST_S;
	if (!aws_number(c, "DurationSeconds", LEAST_S, MOST_S, seconds))
		return false;
	if (*seconds <= ROLE_MOST_S)
		return true;
	aws_invalid(c, "%s",
		    c->who.role ? "The requested DurationSeconds exceeds the 1 "
				  "hour session limit for roles assumed by "
				  "role chaining"
				: "The requested DurationSeconds exceeds the "
				  "MaxSessionDuration set for this role.");
	return false;
}

static bool
listed(const char *list, const char *name)
{
	size_t len = strlen(name);

	for (const char *at = list; *at;) {
		size_t n = strcspn(at, ",");

		if (n == len && !strncmp(at, name, n))
			return true;
		at += n + (at[n] == ',');
	}
	return false;
}

static json_t *
assumed(struct aws_context *c, const struct aws_role *role,
	const struct sim_user *user, const char *session, int64_t seconds)
{
	struct aws_caller who = { .user = user, .role = role };
	char name[200];

	snprintf(who.session, sizeof(who.session), "%s", session);
	snprintf(name, sizeof(name), "assumed-role/%s/%s", role->name,
		 session);
	return json_pack("{s:o, s:{s:s, s:s}}", "Credentials",
			 credentials(c, &who, seconds), "AssumedRoleUser",
			 "AssumedRoleId",
			 arena_printf(c->arena, "%s:%s",
				      unique_id(c, "AROA", role->name),
				      session),
			 "Arn", aws_arn(c, "sts", name));
}

static json_t *
assume_role(struct aws_context *c)
{
	const char *arn = aws_required(c, "RoleArn");
	const char *session = arn ? session_name(c) : NULL;
	const struct aws_role *role;
	int64_t seconds;

	if (!session || !duration(c, &seconds))
		return NULL;
	role = role_of(c, arn);
	/* Who may not know whether there is such a role is not told. */
	if (!role || !c->who.user ||
	    !listed(role->trusted, c->who.user->name)) {
		cloud_fail(&c->fault, 403, "AccessDenied",
			   "User: %s is not authorized to perform: "
			   "sts:AssumeRole on resource: %s",
			   aws_caller_arn(c), arn);
		return NULL;
	}
	return assumed(c, role, c->who.user, session, seconds);
}

static json_t *
assume_web(struct aws_context *c)
{
	const char *arn = aws_required(c, "RoleArn");
	const char *session = arn ? session_name(c) : NULL;
	const char *token =
		session ? aws_required(c, "WebIdentityToken") : NULL;
	const struct aws_role *role;
	struct identity who;
	int64_t seconds;
	json_t *o;

	if (!token || !duration(c, &seconds))
		return NULL;
	switch (identity_read(c->w, token, clock_wall_ms(&clock_system),
			      &who)) {
	case IDENTITY_GOOD:
		break;
	case IDENTITY_EXPIRED:
		cloud_fail(&c->fault, 400, "ExpiredTokenException",
			   "Token expired: current date/time must be before "
			   "the expiration date/time");
		return NULL;
	case IDENTITY_BAD:
		cloud_fail(&c->fault, 400, "InvalidIdentityToken",
			   "Couldn't retrieve verification key from your "
			   "identity provider,  please reference "
			   "AssumeRoleWithWebIdentity documentation for "
			   "requirements");
		return NULL;
	}
	role = role_of(c, arn);
	if (!role || !str_eq(role->subject, who.subject)) {
		cloud_fail(&c->fault, 403, "AccessDenied",
			   "Not authorized to perform "
			   "sts:AssumeRoleWithWebIdentity");
		return NULL;
	}
	if (!listed(who.audiences, "sts.amazonaws.com")) {
		cloud_fail(&c->fault, 400, "InvalidIdentityToken",
			   "Incorrect token audience");
		return NULL;
	}
	o = assumed(c, role, NULL, session, seconds);
	json_object_update_new(
		o, json_pack("{s:s, s:s, s:s}", "SubjectFromWebIdentityToken",
			     who.subject, "Provider",
			     aws_arn(c, "iam",
				     arena_printf(c->arena, "oidc-provider/%s",
						  identity_issuer(c->w) + 8)),
			     "Audience", "sts.amazonaws.com"));
	return o;
}

static json_t *
session_token(struct aws_context *c)
{
	struct aws_caller who = { .user = c->who.user };
	int64_t seconds = USER_S;

	if (!aws_number(c, "DurationSeconds", LEAST_S, USER_MOST_S, &seconds))
		return NULL;
	if (c->who.temporary) {
		cloud_fail(&c->fault, 403, "AccessDenied",
			   "Cannot call GetSessionToken with session "
			   "credentials");
		return NULL;
	}
	return json_pack("{s:o}", "Credentials", credentials(c, &who, seconds));
}

static json_t *
decode_message(struct aws_context *c)
{
	const char *text = aws_required(c, "EncodedMessage");
	size_t len = text ? strlen(text) : 0;
	json_t *o = NULL;
	char *plain;

	if (!text)
		return NULL;
	plain = arena_alloc(c->arena, len + 1);
	if (len % 4 == 0 &&
	    EVP_DecodeBlock((unsigned char *)plain, (const unsigned char *)text,
			    (int)len) >= 0)
		o = json_loads(plain, 0, NULL);
	if (!json_object_get(o, "context")) {
		json_decref(o);
		cloud_fail(&c->fault, 400,
			   "InvalidAuthorizationMessageException",
			   "Message is not valid");
		return NULL;
	}
	json_decref(o);
	return json_pack("{s:s}", "DecodedMessage", plain);
}

/* clang-format off */
const struct aws_action aws_sts_actions[] = {
	{ .name = "GetCallerIdentity", .run = caller_identity },
	{ .name = "GetAccessKeyInfo", .run = access_key_info },
	{ .name = "AssumeRole", .run = assume_role },
	{ .name = "AssumeRoleWithWebIdentity", .run = assume_web },
	{ .name = "GetSessionToken", .run = session_token },
	{ .name = "DecodeAuthorizationMessage", .run = decode_message },
	{ 0 }
};
/* clang-format on */
