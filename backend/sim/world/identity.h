/*
 * Identities of the cluster's service accounts, as its OIDC issuer vouches for
 * them: the JWTs that pods show to STS (IRSA).
 *
 * They are signed with a key of the simulator's own, which is public: they open
 * nothing but a simulated cloud on loopback.  They end by wall time, as those
 * who read them go by it.
 */
#ifndef SIM_WORLD_IDENTITY_H
#define SIM_WORLD_IDENTITY_H

#include "backend/sim/world/sim.h"

struct identity {
	char subject[300];   /* "system:serviceaccount:NAMESPACE:NAME" */
	char audiences[300]; /* comma separated */
};

/* "https://oidc.eks.REGION.amazonaws.com/id/..."; the world's. */
const char *identity_issuer(struct sim *w);
/* New text. */
char *identity_make(struct sim *w, const char *subject, const char *audience,
		    int64_t issued_ms, int64_t expires_ms);
enum identity_verdict { IDENTITY_GOOD, IDENTITY_BAD, IDENTITY_EXPIRED };
enum identity_verdict identity_read(struct sim *w, const char *token,
				    int64_t now_ms, struct identity *out);

#endif
