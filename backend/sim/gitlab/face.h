/*
 * GitLab's API on the simulated world: REST v4 and the part of GraphQL that
 * tells of runners and jobs (reference integrations B).
 *
 * face.c is the door: token, limits, which way.  rest.c has the routes with
 * what each demands, rest_runners.c and rest_jobs.c serve them in pages
 * (page.c); query.c checks and answers GraphQL by the tables of schema.c,
 * mutate.c is what it changes.
 */
#ifndef SIM_GITLAB_FACE_H
#define SIM_GITLAB_FACE_H

#include "backend/sim/world/access.h"
#include "backend/sim/world/ci.h"
#include "backend/sim/server/face.h"
#include "backend/sim/world/pack.h"

#define GITLAB_VERSION "18.8.2-ee"
#define GITLAB_REVISION "2d1ba2c9f10"
#define GITLAB_URL "https://gitlab.example.com"

enum gitlab_token_state {
	TOKEN_ABSENT, TOKEN_UNKNOWN, TOKEN_ACTIVE, TOKEN_EXPIRED, TOKEN_REVOKED
};

struct gitlab_token {
	const char *text, *user;
	const char *scopes; /* comma separated */
	int64_t id;
	enum gitlab_token_state state;
};

/* What the caller is in every project and group here. */
enum gitlab_level {
	LEVEL_NONE = 0,
	LEVEL_REPORTER = 20,
	LEVEL_DEVELOPER = 30,
	LEVEL_MAINTAINER = 40,
	LEVEL_ADMIN = 60,
};

/* One request, as far as it has been understood. */
struct gitlab_call {
	struct sim *w;
	struct ci *ci;
	const struct face_request *q;
	struct face_answer *answer;
	struct arena *arena;
	struct gitlab_token token;
	const struct sim_user *user; /* NULL: nobody */
	/* The :parts of the matched path, decoded. */
	const char *part[4];
};

void gitlab_json(struct gitlab_call *c, int status, json_t *body);
/* {"message": "404 Runner Not Found"} */
void gitlab_message(struct gitlab_call *c, int status, const char *message);
bool gitlab_is_admin(const struct gitlab_call *c);
/* Value of a query parameter, decoded; NULL.  nth counts repetitions. */
const char *gitlab_param(const struct gitlab_call *c, const char *name,
			 uint32_t nth);

/* What follows changes the world: the write log will have it, with the caller's
 * name and scopes instead of a token. */
void gitlab_wrote(struct gitlab_call *c);

/* ---- token.c ---- */

void gitlab_authenticate(struct gitlab_call *c);
/* True: answered with why the token opens nothing. */
bool gitlab_token_refused(struct gitlab_call *c);
/* One of "api,read_api". */
bool gitlab_has_scope(const struct gitlab_call *c, const char *wanted);
enum gitlab_level gitlab_level(const struct gitlab_call *c);
json_t *gitlab_token_json(const struct gitlab_call *c);

/* ---- limit.c: true when this one is refused, which is answered ---- */

void *gitlab_limits_open(struct sim *w);
bool gitlab_limit_reached(struct gitlab_call *c);
bool gitlab_limit_project_jobs(struct gitlab_call *c);

/* ---- the two APIs ---- */

/* rest.c: false when no route fits. */
bool gitlab_rest(struct gitlab_call *c, const char *path);
/* query.c */
void gitlab_graphql_serve(struct gitlab_call *c);

/* ---- edit.c: changes to a runner, the same for both ---- */

/* Sets what `fields` (REST's names) says of the runner, all or nothing; false
 * with the complaint, new, in *wrong. */
bool gitlab_edit_runner(struct ci *c, struct ci_runner *r,
			const json_t *fields, char **wrong);
/* True when the caller may see (or with edit: change) this runner. */
bool gitlab_may_runner(const struct gitlab_call *c, const struct ci_runner *r,
		       bool edit);

/* ---- json.c: REST's entities, new ---- */

json_t *gitlab_time(int64_t ms); /* null when 0 */
json_t *gitlab_user_json(const struct sim_user *u);
json_t *gitlab_runner_json(const struct ci *c, const struct ci_runner *r,
			   bool detail);
json_t *gitlab_manager_json(const struct ci *c, const struct ci_manager *m);
json_t *gitlab_project_json(const struct ci_project *p);
json_t *gitlab_job_json(const struct ci *c, const struct ci_job *j);
json_t *gitlab_pipeline_json(const struct ci *c, const struct ci_job *j);
const char *gitlab_liveness(const struct ci *c, int64_t contacted_ms);
/* No runner online takes it. */
bool gitlab_is_stuck(const struct ci *c, const struct ci_job *j);

#endif
