/*
 * What the Kubernetes face serves that is not an object: container logs, pod
 * proxies (managers' metrics on 9252), usage for metrics.k8s.io.  The
 * behaviours fill this table, which lives in the world (sim_kube_hooks); a
 * NULL function means that nobody has such data, and the face says so as a
 * cluster without that part would.
 *
 * Thread: the simulation's.  All objects and texts are borrowed for the call.
 */
#ifndef SIM_KUBE_HOOKS_H
#define SIM_KUBE_HOOKS_H

#include "backend/base/buf.h"
#include "backend/sim/objects/objects.h"

struct kube_log_key {
	const char *ns, *pod, *uid, *container;
	bool previous; /* of the container's last, ended instance */
};

struct kube_log_state {
	uint64_t first, end; /* lines first..end-1 are kept; end is next */
	bool growing;	     /* more may come */
};

struct kube_answer {
	int status;		/* HTTP */
	const char *type;	/* content type; static */
	struct buf *body;
};

enum { KUBE_SUBJECT_ROOM = 300 };

struct kube_identity {
	const char *name;  /* as reviews and refusals say it */
	const char *login; /* whose groups: a name of kube_logins */
};

struct kube_hooks {
	void *ctx;
	/* False: the container wrote nothing that is kept (never started, or
	 * the node is gone). */
	bool (*log_state)(void *ctx, const struct kube_log_key *key,
			  struct kube_log_state *state);
	/* Line n without its line feed, appended to text, and when it was
	 * written.  False: not kept. */
	bool (*log_line)(void *ctx, const struct kube_log_key *key, uint64_t n,
			 int64_t *at_ms, struct buf *text);
	/* GET pods/NAME:port/proxy/path (path begins with '/', with query).
	 * False: nothing listens there. */
	bool (*proxy)(void *ctx, const struct object *pod, int port,
		      const char *path, struct kube_answer *answer);
	/* Usage now; false: no sample (yet). */
	bool (*node_usage)(void *ctx, const char *node, int64_t *mcpu,
			   int64_t *bytes);
	bool (*container_usage)(void *ctx, const struct object *pod,
				const char *container, int64_t *mcpu,
				int64_t *bytes);
	/* A token for a service account; new text. */
	char *(*token_make)(void *ctx, const char *subject,
			    const char *audience, int64_t issued_ms,
			    int64_t expires_ms);
	/* Whose token this is; false: nobody's, or not for this audience, or
	 * too old. */
	bool (*token_read)(void *ctx, const char *token, const char *audience,
			   int64_t now_ms,
			   char subject[static KUBE_SUBJECT_ROOM]);
	/* Whose a bearer token is that the cluster itself does not know: EKS
	 * has it checked by STS.  Texts in the arena; has its own context, as
	 * the AWS face answers. */
	bool (*token_user)(void *token_ctx, const char *token, struct arena *a,
			   struct kube_identity *who);
	void *token_ctx;
};

#endif
