/*
 * The inside of the server: server.c listens, exchange.c answers, serve.c asks
 * the faces, stream.c streams, server_tls.c reads client certificates.
 *
 * Locks: server.mutex guards streams and sleepers; the world's lock may be
 * taken while it is held, never the other way round.
 */
#ifndef SIM_SERVER_PRIVATE_H
#define SIM_SERVER_PRIVATE_H

#include <microhttpd.h>
#include <pthread.h>

#include "backend/sim/server/face.h"
#include "backend/sim/server/faults.h"
#include "backend/sim/server/tls.h"
#include "backend/sim/server/write_log.h"

enum served_face {
	SERVED_KUBE,
	SERVED_AWS,
	SERVED_GITLAB,
	SERVED_CONTROL,
	SERVED_COUNT
};

struct served {
	const struct face *face;
	void *state;
	uint64_t requests; /* under the world's lock */
	uint64_t versions; /* of them, GET /version: a console asks so what
			      time it is in a world whose speed may change */
};

struct port_server {
	struct server *server;
	struct MHD_Daemon *daemon;
	bool tls, tls_only; /* tls_only: the Kubernetes port */
	char url[64];
};

struct stream;
struct exchange;

struct server {
	struct sim *world;
	struct pace *pace;
	struct port_server kube, plain;
	struct served faces[SERVED_COUNT];
	struct tls_authority *authority;
	struct tls_pair pair;
	/* Guarded by the world's lock: */
	struct faults *faults;
	struct write_log *log; /* or NULL */
	struct replay *replay; /* or NULL */
	pthread_mutex_t mutex;
	struct stream *streams;
	struct exchange *sleepers; /* delayed by a fault */
	int64_t unread_ms;	   /* patience with a client that reads not */
	/* The autoscaler's Lease as a client wrote it, under the world's lock,
	 * and when that was first seen. */
	uint64_t lease_rv;
	int64_t lease_boot_ms;
	bool ending;
};

/* Who is at the other end of a connection; looked at once. */
struct peer {
	bool looked, bad; /* bad: a certificate that nobody here signed */
	char *cn, *org;	  /* NULL without one */
};

/* One request. */
struct exchange {
	struct port_server *port;
	struct MHD_Connection *connection;
	char *path, *query;
	struct buf body;
	bool begun, too_large;
	bool drawn, faulted; /* the fault was drawn; there is one */
	struct fault fault;
	int64_t wake_boot_ms; /* while it sleeps */
	struct exchange *next;
};

/* serve.c, under the world's lock: asks the face, lets happen what a write set
 * off, tells the log. */
void server_serve(struct server *s, const struct served *to,
		  const struct face_request *q, struct face_answer *a,
		  struct arena *arena);
/* From now on the replay's writes are done as their time comes. */
void server_feed(struct server *s);

/* Under the world's lock: a Lease that a client holds and has not renewed for
 * its duration of real time has run out. */
void server_judge_lease(struct server *s, int64_t boot_ms);

/* exchange.c: libmicrohttpd's callbacks; ctx is the port_server. */
void *exchange_on_uri(void *ctx, const char *uri, struct MHD_Connection *c);
enum MHD_Result exchange_on_data(void *ctx, struct MHD_Connection *c,
				 const char *url, const char *method,
				 const char *version, const char *data,
				 size_t *len, void **exchange);
void exchange_on_end(void *ctx, struct MHD_Connection *c, void **exchange,
		     enum MHD_RequestTerminationCode why);
/* AWS, GitLab and /sim/ share a port and are told apart by path. */
struct served *exchange_route(const struct port_server *port,
			      const char *path);
/* Under server.mutex: those whose delay is over go on (all when ending). */
void exchange_wake(struct server *s, int64_t boot_ms);

/* stream.c: both take the body over; fault may be NULL. */
struct MHD_Response *stream_response(const struct exchange *x,
				     const struct face_stream *from,
				     const struct fault *fault);
/* A body that a fault cuts or lets drip. */
struct MHD_Response *stream_of_body(const struct exchange *x, struct buf *body,
				    const struct fault *fault);

/* fault_words.c: the fault's refusal in the words of the service asked. */
void fault_say(struct face_answer *a, const struct fault *f, const char *face,
	       const struct face_request *q);
/* Watches (lines of JSON) through the faults that strike their events; false:
 * the stream ends here, *broken: in the middle.  Under the world's lock. */
bool fault_events(struct faults *f, const struct fault_request *watch,
		  struct buf *text, bool *broken);

/* server_tls.c */
void peer_on_connection(void *ctx, struct MHD_Connection *c, void **peer,
			enum MHD_ConnectionNotificationCode code);
/* NULL on a port without TLS. */
const struct peer *peer_of(const struct exchange *x);

#endif
