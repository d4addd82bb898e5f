/*
 * The log of what clients wrote, and its replay.
 *
 * The same scenario, seed and log give the same bytes: between writes the world
 * moves by itself, deterministically, and a write happens at the same virtual
 * time, after everything that was due until then.  One JSON object a line:
 *
 *	{"apiVersion":"paddock/v1","kind":"WriteLog","scenario":"at-max",
 *	 "seed":1}
 *	{"at":"2026-02-16T09:00:12.345Z","face":"kubernetes","caller":"admin",
 *	 "groups":"system:masters","method":"PATCH","path":"/api/v1/nodes/n",
 *	 "query":"","headers":{"Content-Type":"..."},"body":"{...}",
 *	 "status":200}
 *
 * The caller stands as the face knew it; no token, key or signature is kept.
 * What clients sent is: Secrets too, so the file is 0600.  A body that is no
 * text is "body64".  Writes that a fault swallowed are not there: they never
 * reached the world.  The levers of /sim/ that change the world are.
 *
 * Thread: under the world's lock.
 */
#ifndef SIM_SERVER_WRITE_LOG_H
#define SIM_SERVER_WRITE_LOG_H

#include "backend/sim/server/face.h"

struct write { /* texts are borrowed */
	int64_t at_ms;
	const char *face; /* "kubernetes", "aws", "gitlab", "sim" */
	struct face_caller caller;
	const char *method, *path, *query;
	const char *body;
	size_t body_len;
	const struct face_pair *headers; /* name NULL ends */
	int status;
};

struct write_log;

/* What the world began as. */
struct write_log_head {
	const char *scenario;
	const char *autoscaler; /* as --autoscaler says; NULL: the scenario's */
	uint64_t seed;
	int64_t start_ms;	/* 0: the scenario's */
};

/* A new file, or an old one emptied; NULL with err. */
struct write_log *write_log_open(const char *path,
				 const struct write_log_head *head,
				 struct err *err);
/* Of the headers those a face reads are kept.  The first failure stays. */
void write_log_add(struct write_log *log, const struct write *w);
/* Frees; false with err when something could not be written. */
bool write_log_close(struct write_log *log, struct err *err);

struct replay;

/* NULL with err ("file:line: ..."). */
struct replay *replay_read(const char *path, struct err *err);
void replay_free(struct replay *r);
const struct write_log_head *replay_head(const struct replay *r);
/* The next write, until taken; NULL at the end. */
const struct write *replay_next(const struct replay *r);
/* It was done again and ended so; another status than the log's is counted,
 * and the first one kept for replay_verdict. */
void replay_took(struct replay *r, int status);
/* False with err when writes ended otherwise than the log says, or were not
 * reached. */
bool replay_verdict(const struct replay *r, struct err *err);

#endif
