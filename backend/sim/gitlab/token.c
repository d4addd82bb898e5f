/*
 * Personal access tokens: whose they are, what they open, whether they still
 * do.  Beside the users' own there is one of every sort that is refused.
 */
#include <strings.h>

#include "backend/sim/gitlab/face.h"

/* clang-format off */
static const struct gitlab_token extra_tokens[] = {
	/* A runner's keeper: nothing but runners. */
	{ "glpat-simulated-oncall-runners", "oncall", "manage_runner", 731,
	  TOKEN_ACTIVE },
	/* May ask for everything, but is a Reporter everywhere. */
	{ "glpat-simulated-viewer-api", "viewer", "api", 732, TOKEN_ACTIVE },
	{ "glpat-simulated-viewer-self", "viewer", "read_user", 733,
	  TOKEN_ACTIVE },
	{ "glpat-simulated-expired", "oncall", "api", 734, TOKEN_EXPIRED },
	{ "glpat-simulated-revoked", "oncall", "api", 735, TOKEN_REVOKED },
};
/* clang-format on */

static bool
find(const char *text, struct gitlab_token *out)
{
	const struct sim_user *u = sim_user_by_token(text);

	if (u) {
		*out = (struct gitlab_token){ text, u->name, u->gitlab_scopes,
					      700 + u->gitlab_id,
					      TOKEN_ACTIVE };
		return true;
	}
	for (size_t i = 0; i < ARRAY_LEN(extra_tokens); i++) {
		if (str_eq(extra_tokens[i].text, text)) {
			*out = extra_tokens[i];
			return true;
		}
	}
	return false;
}

void
gitlab_authenticate(struct gitlab_call *c)
{
	const char *text = face_header(c->q, "PRIVATE-TOKEN");
	const char *bearer = face_header(c->q, "Authorization");
	const struct face_caller *replayed = c->q->caller;

	if (replayed) {
		c->user = sim_user_by_name(replayed->name);
		c->token = (struct gitlab_token){
			.state = c->user ? TOKEN_ACTIVE : TOKEN_ABSENT,
			.scopes = replayed->groups,
		};
		return;
	}
	if (!text && bearer && strncasecmp(bearer, "Bearer ", 7) == 0)
		text = bearer + 7;
	/* Writes are written down with their query: no token in it. */
	if (!text && str_eq(c->q->method, "GET"))
		text = gitlab_param(c, "private_token", 0);
	c->token = (struct gitlab_token){ .state = TOKEN_ABSENT,
					  .scopes = "" };
	if (!text || !*text)
		return;
	if (!find(text, &c->token))
		c->token.state = TOKEN_UNKNOWN;
	else
		c->user = sim_user_by_name(c->token.user);
}

bool
gitlab_has_scope(const struct gitlab_call *c, const char *wanted)
{
	/* Both are lists with commas. */
	while (*wanted) {
		size_t len = strcspn(wanted, ",");
		const char *at = c->token.scopes;

		while (*at) {
			size_t n = strcspn(at, ",");

			if (n == len && strncmp(at, wanted, len) == 0)
				return true;
			at += n + (at[n] == ',');
		}
		wanted += len + (wanted[len] == ',');
	}
	return false;
}

enum gitlab_level
gitlab_level(const struct gitlab_call *c)
{
	if (!c->user)
		return LEVEL_NONE;
	switch (c->user->role) {
	case SIM_ADMIN:
		return LEVEL_ADMIN;
	case SIM_ONCALL:
		return LEVEL_MAINTAINER;
	case SIM_VIEWER:
		return LEVEL_REPORTER;
	}
	return LEVEL_NONE;
}

/* Who may not even try hears it here, in GitLab's words. */
bool
gitlab_token_refused(struct gitlab_call *c)
{
	const char *why;

	switch (c->token.state) {
	case TOKEN_ACTIVE:
		return false;
	case TOKEN_ABSENT:
	case TOKEN_UNKNOWN:
		gitlab_message(c, 401, "401 Unauthorized");
		return true;
	case TOKEN_EXPIRED:
		why = "Token is expired. You can either do re-authorization or "
		      "token refresh.";
		break;
	case TOKEN_REVOKED:
	default:
		why = "Token was revoked. You have to re-authorize from the "
		      "user.";
		break;
	}
	gitlab_json(c, 401,
		    pack("{s:s, s:s}", "error", "invalid_token",
			 "error_description", why));
	return true;
}

json_t *
gitlab_token_json(const struct gitlab_call *c)
{
	json_t *scopes = json_array();
	const char *at = c->token.scopes;

	while (*at) {
		size_t len = strcspn(at, ",");

		json_array_append_new(scopes, json_stringn(at, len));
		at += len + (at[len] == ',');
	}
	return pack("{s:I, s:s, s:b, s:o, s:o, s:I, s:b, s:o, s:s}", "id",
		    (json_int_t)c->token.id, "name", "paddock", "revoked", 0,
		    "created_at",
		    gitlab_time(sim_scenario(c->w)->start_ms -
				INT64_C(86400000) * 30),
		    "scopes", scopes, "user_id", (json_int_t)c->user->gitlab_id,
		    "active", 1, "last_used_at", gitlab_time(sim_now_ms(c->w)),
		    "expires_at", "2026-12-31");
}
