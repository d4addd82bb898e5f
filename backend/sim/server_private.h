/*
 * The inside of the server: server.c answers, server_stream.c streams,
 * server_tls.c reads client certificates.
 */
#ifndef SIM_SERVER_PRIVATE_H
#define SIM_SERVER_PRIVATE_H

#include <microhttpd.h>
#include <pthread.h>

#include "backend/sim/face.h"
#include "backend/sim/tls.h"

enum served_face { SERVED_KUBE, SERVED_AWS, SERVED_GITLAB, SERVED_COUNT };

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

struct server {
	struct sim *world;
	struct pace *pace;
	struct port_server kube, plain;
	struct served faces[SERVED_COUNT];
	struct tls_authority *authority;
	struct tls_pair pair;
	/* Guards the list and the streams' states; never held together with
	 * the world's lock taken inside it. */
	pthread_mutex_t mutex;
	struct stream *streams;
	bool ending;
};

/* One request while it is collected. */
struct exchange {
	struct port_server *port;
	char *path, *query, *cert_cn, *cert_org;
	struct buf body;
	bool begun;
};

struct header_list {
	struct face_pair at[64]; /* name NULL ends */
	uint32_t n;
};

/* server_stream.c */
void streams_init(struct server *s);
void streams_end(struct server *s); /* resumes all so that they finish */
void streams_fini(struct server *s);
/* Takes the stream over. */
struct MHD_Response *stream_response(struct server *s,
				     struct MHD_Connection *connection,
				     const struct face_stream *from);

/* server_tls.c: new texts, NULL without a verified certificate. */
void tls_who(struct MHD_Connection *connection, char **cn, char **org);

#endif
