/*
 * The GitLab face: who calls, what they may, and which way they went.
 */
#include "backend/sim/gitlab/face.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

void
gitlab_json(struct gitlab_call *c, int status, json_t *body)
{
	char *text = json_dumps(body, JSON_COMPACT);

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
	return c->user->role == SIM_ADMIN;
}

const char *
gitlab_param(const struct gitlab_call *c, const char *name, uint32_t nth)
{
	return face_query_at(c->q, c->arena, name, nth);
}

/* ---- who calls ---- */

static bool
has_scope(const struct sim_user *u, const char *scope)
{
	const char *at = strstr(u->gitlab_scopes, scope);
	size_t len = strlen(scope);

	/* "api" is also the end of "read_api". */
	while (at && ((at > u->gitlab_scopes && at[-1] != ',') ||
		      (at[len] && at[len] != ',')))
		at = strstr(at + 1, scope);
	return at != NULL;
}

static const struct sim_user *
authenticate(const struct face_request *q)
{
	const char *token = face_header(q, "PRIVATE-TOKEN");
	const char *bearer = face_header(q, "Authorization");

	if (q->caller)
		return sim_user_by_name(q->caller->name);
	if (!token && bearer && strncasecmp(bearer, "Bearer ", 7) == 0)
		token = bearer + 7;
	return token && *token ? sim_user_by_token(token) : NULL;
}

static bool
may(struct gitlab_call *c, const char *path)
{
	bool reads = str_eq(c->q->method, "GET") ||
		     str_eq(c->q->method, "HEAD") ||
		     str_eq(path, "/api/graphql");
	const char *needed = reads ? "read_api" : "api";

	if (has_scope(c->user, "api") ||
	    (reads && has_scope(c->user, "read_api")) ||
	    (reads && has_scope(c->user, "read_user") &&
	     str_eq(path, "/api/v4/user")))
		return true;
	gitlab_json(c, 403,
		    pack("{s:s, s:s, s:s}", "error", "insufficient_scope",
			 "error_description",
			 "The request requires higher privileges than provided "
			 "by the access token.",
			 "scope", needed));
	return false;
}

/* A GraphQL query that only speaks of mutations counts too: done again it
 * changes as little as it did. */
static bool
writes(const struct face_request *q)
{
	if (str_eq(q->path, "/api/graphql"))
		return q->body_len && strstr(q->body, "mutation");
	return !str_eq(q->method, "GET") && !str_eq(q->method, "HEAD");
}

static void
serve(struct sim *w, const struct face_request *q, struct face_answer *a,
      struct arena *arena)
{
	struct gitlab_call c = { .w = w,
				 .ci = sim_ci(w),
				 .q = q,
				 .answer = a,
				 .arena = arena,
				 .user = authenticate(q) };
	size_t len = strlen(q->path);

	face_set_header(a, "X-Content-Type-Options", "nosniff");
	if (!c.user) {
		if (str_eq(q->path, "/api/graphql"))
			gitlab_json(&c, 401,
				    pack("{s:[{s:s}]}", "errors", "message",
					 "Invalid token"));
		else
			gitlab_message(&c, 401, "401 Unauthorized");
		return;
	}
	if (!may(&c, q->path))
		return;
	if (writes(q)) {
		a->wrote = true;
		snprintf(a->caller.name, sizeof(a->caller.name), "%s",
			 c.user->name);
	}
	if (str_eq(q->path, "/api/graphql")) {
		gitlab_graphql_serve(&c);
		return;
	}
	if (!str_has_prefix(q->path, "/api/v4/") || len > 1000 ||
	    !gitlab_rest(&c, q->path + 7))
		gitlab_json(&c, 404, pack("{s:s}", "error", "404 Not Found"));
}

const struct face face_gitlab = { .name = "gitlab", .serve = serve };
