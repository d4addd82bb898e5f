/*
 * The inside of the server: server.c listens, server_exchange.c answers,
 * server_stream.c streams, server_tls.c reads client certificates.
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
	struct faults *faults; /* guarded by the world's lock */
	pthread_mutex_t mutex;
	struct stream *streams;
	struct exchange *sleepers; /* delayed by a fault */
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

/* server_exchange.c: libmicrohttpd's callbacks; ctx is the port_server. */
void *exchange_on_uri(void *ctx, const char *uri, struct MHD_Connection *c);
enum MHD_Result exchange_on_data(void *ctx, struct MHD_Connection *c,
				 const char *url, const char *method,
				 const char *version, const char *data,
				 size_t *len, void **exchange);
void exchange_on_end(void *ctx, struct MHD_Connection *c, void **exchange,
		     enum MHD_RequestTerminationCode why);
/* Under server.mutex: those whose delay is over go on (all when ending). */
void exchange_wake(struct server *s, int64_t boot_ms);

/* server_stream.c: both take the body over; fault may be NULL. */
struct MHD_Response *stream_response(struct server *s,
				     struct MHD_Connection *connection,
				     const struct face_stream *from,
				     const struct fault *fault);
/* A body that a fault cuts or lets drip. */
struct MHD_Response *stream_of_body(struct server *s,
				    struct MHD_Connection *connection,
				    struct buf *body,
				    const struct fault *fault);

/* server_tls.c */
void peer_on_connection(void *ctx, struct MHD_Connection *c, void **peer,
			enum MHD_ConnectionNotificationCode code);
/* NULL on a port without TLS. */
const struct peer *peer_of(const struct exchange *x);

#endif
