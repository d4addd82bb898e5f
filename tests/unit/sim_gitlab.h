/*
 * Asking the GitLab face without sockets, for the tests of it.
 */
#ifndef UNIT_SIM_GITLAB_H
#define UNIT_SIM_GITLAB_H

#include "backend/sim/server/face.h"
#include "backend/sim/world/access.h"
#include "tests/unit/sim_kit.h"

#define ADMIN "glpat-simulated-admin"
#define ONCALL "glpat-simulated-oncall"
#define VIEWER "glpat-simulated-viewer"

struct reply {
	int status;
	char *text;
	char *link; /* the Link header, or NULL */
	json_t *json; /* NULL when it is none */
	struct face_answer answer;
};

void reply_free(struct reply *r);
/* The nth header of that name, or NULL. */
const char *reply_header(const struct reply *r, const char *name);
/* "data.jobs.nodes.0.id"; borrowed, NULL when there is none. */
json_t *reply_at(json_t *o, const char *path);

/* token NULL: nobody. */
struct reply gitlab_ask(struct kit *k, const char *token, const char *method,
			const char *target, const char *body);
/* The same against a face with state of its own (limits). */
struct reply gitlab_ask_state(struct kit *k, void *state, const char *token,
			      const char *method, const char *target,
			      const char *body);
/* GraphQL; variables are taken over, or NULL. */
struct reply gitlab_query(struct kit *k, const char *token, const char *text,
			  json_t *variables);

#endif
