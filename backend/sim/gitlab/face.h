/*
 * GitLab's API on the simulated world: REST v4 and the part of GraphQL that
 * tells of runners and jobs (reference integrations B).
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

/* One request, as far as it has been understood. */
struct gitlab_call {
	struct sim *w;
	struct ci *ci;
	const struct face_request *q;
	struct face_answer *answer;
	struct arena *arena;
	const struct sim_user *user;
	/* The :numbers of the matched path, decoded. */
	const char *part[4];
};

void gitlab_json(struct gitlab_call *c, int status, json_t *body);
/* {"message": "404 Runner Not Found"} */
void gitlab_message(struct gitlab_call *c, int status, const char *message);
bool gitlab_is_admin(const struct gitlab_call *c);
/* Value of a query parameter, decoded; NULL.  nth counts repetitions. */
const char *gitlab_param(const struct gitlab_call *c, const char *name,
			 uint32_t nth);

/* gitlab_rest.c: false when no route fits. */
bool gitlab_rest(struct gitlab_call *c, const char *path);
/* gitlab_query.c */
void gitlab_graphql_serve(struct gitlab_call *c);

/* gitlab_json.c: REST's entities, new */
json_t *gitlab_time(int64_t ms); /* null when 0 */
json_t *gitlab_user_json(const struct sim_user *u);
json_t *gitlab_runner_json(const struct ci *c, const struct ci_runner *r,
			   bool detail);
json_t *gitlab_manager_json(const struct ci *c, const struct ci_manager *m);
json_t *gitlab_project_json(const struct ci_project *p);
json_t *gitlab_job_json(const struct ci *c, const struct ci_job *j);
const char *gitlab_liveness(const struct ci *c, int64_t contacted_ms);
/* No runner online takes it. */
bool gitlab_is_stuck(const struct ci *c, const struct ci_job *j);

#endif
