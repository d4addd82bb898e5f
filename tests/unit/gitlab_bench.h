/*
 * The GitLab reader against a scripted server, and a sink that writes down what
 * it hears.
 */
#ifndef UNIT_GITLAB_BENCH_H
#define UNIT_GITLAB_BENCH_H

#include "backend/gitlab/gitlab.h"
#include "tests/unit/check.h"
#include "tests/unit/fake_http.h"

struct gitlab_bench {
	struct fake_clock clock;
	struct reactor *r;
	struct fake_http *server;
	struct sink sink;
	struct gitlab *g;
	struct buf heard; /* "job 7 running\n", "end job complete\n" ... */
	enum source_state state;
	struct err trouble; /* of the last status */
	uint32_t goods;
	struct world_clock told;
	/* what the server says */
	bool admin, plain_server, no_scope;
	const char *jobs[4], *final, *runners;
	int status, followed;
	const char *headers;
};

#define JOB(id, status)                                                        \
	"{\"id\":\"gid://gitlab/Ci::Build/" id "\",\"status\":\"" status       \
	"\",\"name\":\"j\",\"project\":{\"id\":\"gid://gitlab/Project/9\","    \
	"\"fullPath\":\"a/b\"}}"
#define JOB_REST(id, status)                                                   \
	"{\"id\":" id ",\"status\":\"" status "\",\"name\":\"j\","             \
	"\"pipeline\":{\"id\":1,\"project_id\":9}}"
#define RUNNER                                                                 \
	"{\"id\":\"gid://gitlab/Ci::Runner/4\",\"status\":\"ONLINE\","         \
	"\"tagList\":[\"docker\"],\"managers\":{\"nodes\":[{\"id\":"           \
	"\"gid://gitlab/Ci::RunnerManager/6\",\"systemId\":\"r_1\"}]}}"

/* An administrator's server without jobs; change it before it is opened. */
void gitlab_bench_make(struct gitlab_bench *b);
void gitlab_bench_drop(struct gitlab_bench *b);
void gitlab_bench_open(struct gitlab_bench *b);
/* Goes on to the end of the next round, which is a word about the state. */
void gitlab_bench_round(struct gitlab_bench *b);

#endif
