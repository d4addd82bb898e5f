/*
 * The GitLab face: who calls, what they may, and which way they went.
 */
#include "backend/sim/gitlab/face.h"

#include <stdio.h>
#include <stdlib.h>

void
gitlab_json(struct gitlab_call *c, int status, json_t *body)
{
	char *text = json_dumps(body, JSON_COMPACT | JSON_REAL_PRECISION(15));

	BUG_IF(!text);
	c->answer->status = status;
	c->answer->type = "application/json";
	buf_puts(&c->answer->body, text);
	free(text);
	json_decref(body);
}

void
gitlab_message(struct gitlab_call *c, int status, const char *message)
{
	gitlab_json(c, status, pack("{s:s}", "message", message));
}

bool
gitlab_is_admin(const struct gitlab_call *c)
{
	return c->user && c->user->role == SIM_ADMIN;
}

const char *
gitlab_param(const struct gitlab_call *c, const char *name, uint32_t nth)
{
	return face_query_at(c->q, c->arena, name, nth);
}

void
gitlab_wrote(struct gitlab_call *c)
{
	struct face_caller *told = &c->answer->caller;

	c->answer->wrote = true;
	snprintf(told->name, sizeof(told->name), "%s",
		 c->user ? c->user->name : "");
	snprintf(told->groups, sizeof(told->groups), "%s", c->token.scopes);
}

static bool
is_graphql(const struct gitlab_call *c)
{
	return str_eq(c->q->path, "/api/graphql");
}

static void
serve_graphql(struct gitlab_call *c)
{
	/* Nobody may ask, and is shown what everybody may see: nothing. */
	if (c->token.state != TOKEN_ACTIVE && c->token.state != TOKEN_ABSENT) {
		gitlab_json(c, 401,
			    pack("{s:[{s:s}]}", "errors", "message",
				 "Invalid token"));
		return;
	}
	if (c->user && !gitlab_has_scope(c, "api,read_api")) {
		gitlab_json(c, 403,
			    pack("{s:[{s:s}]}", "errors", "message",
				 "API not accessible for user"));
		return;
	}
	gitlab_graphql_serve(c);
}

static void
serve(struct sim *w, const struct face_request *q, struct face_answer *a,
      struct arena *arena)
{
	struct gitlab_call c = {
		.w = w, .ci = sim_ci(w), .q = q, .answer = a, .arena = arena
	};

	face_set_header(a, "X-Content-Type-Options", "nosniff");
	gitlab_authenticate(&c);
	if (gitlab_limit_reached(&c))
		return;
	if (is_graphql(&c)) {
		serve_graphql(&c);
		return;
	}
	if (gitlab_token_refused(&c))
		return;
	if (!str_has_prefix(q->path, "/api/v4/") || strlen(q->path) > 1000 ||
	    !gitlab_rest(&c, q->path + 7))
		gitlab_json(&c, 404, pack("{s:s}", "error", "404 Not Found"));
}

const struct face face_gitlab = {
	.name = "gitlab",
	.open = gitlab_limits_open,
	.close = free,
	.serve = serve,
};
