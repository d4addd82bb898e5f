/*
 * Trees into records and back.  Pure: no I/O, no clock, no globals.
 *
 * decode_X returns a new record (one reference) or NULL with err set; of known
 * fields a wrong type is an error naming the JSON path; unknown fields are
 * ignored; absent ones take the API's default.  encode_X writes the subset the
 * record holds, as the API would name it, so that decode(encode(r)) equals r.
 * AWS and GitLab decoders take the JSON shape that net/xml.h produces.
 *
 * Live clients, world files and the simulated cloud all come through here.
 */
#ifndef DECODE_DECODE_H
#define DECODE_DECODE_H

#include "backend/base/json.h"
#include "backend/model/cloud.h"
#include "backend/model/gitlab.h"
#include "backend/model/node.h"
#include "backend/model/storage.h"
#include "backend/model/workload.h"

/* One row a kind: how to read and write it, and where the API keeps it. */
struct codec {
	enum kind kind;
	const struct record *(*decode)(struct seal *s, const struct tree *t,
				       struct err *err);
	void (*encode)(struct jsonw *w, const struct record *r);
	/* Kubernetes only: "" and "v1" for core, "apps" and "v1" ... */
	const char *api_group, *api_version, *api_kind, *api_plural;
	bool namespaced;
};

/* NULL for kinds that are never on a wire. */
const struct codec *codec_of(enum kind kind);

/* Subtrees no Kubernetes decoder reads: give them to json_spec.skip. */
extern const char *const decode_kube_skip[];

/* Compares what two records of a kind hold (not references or bytes). */
bool records_equal(const struct record *a, const struct record *b);

/* Splits "aws:///az/i-0abc": the instance id, "" when not AWS. */
const char *provider_instance(const char *provider_id);

/* GitLab GraphQL nodes have other names than REST; same records. */
const struct record *decode_job_graphql(struct seal *s, const struct tree *t,
					struct err *err);
const struct record *decode_runner_graphql(struct seal *s,
					   const struct tree *t,
					   struct err *err);
/* Managers do not say whose they are; REST and GraphQL. */
const struct record *decode_manager_of(struct seal *s, const struct tree *t,
				       int64_t runner_id, struct err *err);
const struct record *decode_manager_graphql(struct seal *s,
					    const struct tree *t,
					    int64_t runner_id,
					    struct err *err);

#endif
