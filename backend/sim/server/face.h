/*
 * HTTP faces on libmicrohttpd: what a face sees of a request, and how it
 * answers.  The server owns sockets, TLS, faults and pacing; a face is a
 * function from request to answer that runs under the world's lock.
 */
#ifndef SIM_SERVER_FACE_H
#define SIM_SERVER_FACE_H

#include "backend/base/buf.h"
#include "backend/sim/world/sim.h"

struct face_pair {
	const char *name, *value;
};

struct server;

/* Who a face found to be calling; enough to serve the same request again
 * without its credentials (write_log.h). */
struct face_caller {
	char name[128], groups[256]; /* groups: comma separated */
	char service[32];	     /* AWS: the one of the signature's scope */
};

struct face_request {
	const char *method;	/* "GET" */
	const char *path;	/* as sent, still percent-encoded */
	const char *query;	/* raw, without '?', "" */
	const char *body;
	size_t body_len;
	const char *client_cert_cn; /* verified certificate, or NULL */
	const char *client_cert_org; /* O values, comma separated, or NULL */
	bool client_cert_bad;	/* one was shown that nobody here signed */
	const struct face_pair *headers; /* as sent; name NULL ends; or NULL */
	const struct face_caller *caller; /* replayed: taken at its word */
	void *state;		/* what the face's open returned, or NULL */
	struct pace *pace;	/* how virtual time runs; NULL in tests */
	struct faults *faults;	/* those that may strike; NULL in tests */
	const struct server *server; /* who carries it; NULL in tests */
	int64_t skew_ms;	/* the server's clock is wrong by so much */
};

/* Any case; the first of that name; NULL. */
const char *face_header(const struct face_request *q, const char *name);
/* First value of a query parameter, decoded, new in the arena; NULL. */
const char *face_query(const struct face_request *q, struct arena *a,
		       const char *name);
/* The n-th value of a repeated parameter. */
const char *face_query_at(const struct face_request *q, struct arena *a,
			  const char *name, uint32_t n);
/* Percent-decoded (and '+' as blank when form); invalid escapes stay as they
 * are; NUL bytes become '?'. */
char *face_decode(struct arena *a, const char *text, size_t len, bool form);
/* Every header in order, for signature checks. */
void face_each_header(const struct face_request *q,
		      void (*fn)(void *ctx, const char *name,
				 const char *value), void *ctx);

/* Every open watch and list holds one such piece, the HTTP server another. */
enum { FACE_PIECE_BYTES = 64 << 10 };

struct face_stream { /* a body that comes in pieces: watches, logs, lists */
	void *ctx;
	/* Appends what is there now and stops soon after FACE_PIECE_BYTES;
	 * false: finished.  Called under the lock when the client has read
	 * what came before and the world moved or the last piece was full,
	 * and about once a second. */
	bool (*pull)(void *ctx, struct sim *w, struct buf *out);
	void (*close)(void *ctx); /* under the lock */
};

struct face_answer {
	int status;		/* 200 by default */
	const char *type;	/* content type; static or in the arena */
	struct buf body;	/* initialised by the server */
	struct face_stream stream; /* pull set: streaming instead of body */
	char headers[16][2][256];
	uint32_t header_n;
	const char *link; /* of any length, in the arena; or NULL */
	/* The face says: it got as far as a handler that changes the world (and
	 * may have refused there), for whom. */
	bool wrote;
	struct face_caller caller;
};

/* Later ones of the same name are added, not replaced; too many are
 * dropped.  "" is sent as a header without a value. */
void face_set_header(struct face_answer *a, const char *name,
		     const char *value);

struct face {
	const char *name;	/* "kubernetes", "aws", "gitlab", "sim" */
	/* Optional: state of the face's own, made and freed under the lock.
	 * Tests may serve without (request.state NULL). */
	void *(*open)(struct sim *w);
	void (*close)(void *state);
	/* Under the lock; the arena lives as long as the request. */
	void (*serve)(struct sim *w, const struct face_request *q,
		      struct face_answer *a, struct arena *arena);
};

extern const struct face face_kube, face_aws, face_gitlab, face_control;

struct server;
struct pace;
struct server_options {
	const char *listen;	/* "127.0.0.1:0" */
	bool tls;		/* also AWS and GitLab */
	const char *faults;	/* file or NULL */
	struct pace *pace;	/* borrowed */
	struct write_log *log;	/* borrowed, or NULL: writes are told to it */
	struct replay *replay;	/* borrowed, or NULL: writes to do again */
	int64_t unread_ms; /* a client that reads nothing is cut off after so
			    * long; 0: a minute */
};
struct server *server_start(struct sim *w, const struct server_options *o,
			    struct err *err);
void server_stop(struct server *s);
const char *server_kube_url(const struct server *s);
const char *server_plain_url(const struct server *s);
const char *server_ca_pem(const struct server *s);
struct tls_authority;
struct tls_authority *server_authority(const struct server *s);
/* Requests a face ("aws") got; under the world's lock. */
uint64_t server_requests(const struct server *s, const char *face);
/* How many of them asked for /version alone. */
uint64_t server_versions_asked(const struct server *s);
/* Bodies that are being streamed. */
uint32_t server_streams(struct server *s);
/* The world moved, or a second went by: hands out what streams have to say and
 * ends the delays of faults.  Not under the lock. */
void server_pump(struct server *s);

#endif
