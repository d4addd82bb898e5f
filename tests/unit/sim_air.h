/*
 * A simulated cloud on the air: world, pace and server in the test's own
 * process, asked over real sockets.
 */
#ifndef UNIT_SIM_AIR_H
#define UNIT_SIM_AIR_H

#include <curl/curl.h>

#include "backend/sim/server/face.h"
#include "backend/sim/server/tls.h"
#include "backend/sim/server/write_log.h"
#include "tests/unit/check.h"

struct air {
	struct scenario *scenario;
	struct sim *w;
	struct pace *pace;
	struct server *server;
	char *folder;
	struct tls_pair pair; /* of the user who asks, or empty */
	const char *token;
	const char *aws; /* service: sign as admin, of the AWS face */
};

struct air_options {
	const char *scenario; /* NULL: quiet-day */
	const char *faults;   /* text of a file */
	struct write_log *log;
	struct replay *replay;
	int64_t unread_ms; /* as of server_options */
	bool paused;
};

struct air_reply {
	CURLcode code;
	long status;
	struct buf body, head;
	double seconds;
	/* A stream is left when it has said this. */
	const char *until;
};

/* quiet-day at 1x; faults: text of a file, or NULL. */
void air_open(struct air *c, const char *faults);
void air_open_with(struct air *c, const struct air_options *o);
/* The truth as a world file; release with buf_fini. */
struct buf air_world(struct air *c);
void air_close(struct air *c);
void air_call(struct air *c, const char *method, const char *base,
	      const char *target, const char *body, struct air_reply *r);
/* Of the Kubernetes port, and of the other. */
void air_get(struct air *c, const char *target, struct air_reply *r);
void air_lever(struct air *c, const char *method, const char *target,
	       struct air_reply *r);
void air_reply_fini(struct air_reply *r);

#endif
