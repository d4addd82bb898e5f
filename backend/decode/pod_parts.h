/*
 * The parts of a pod's decoder: spec and status, each with its writer.
 *
 * Inside decode/ only.
 */
#ifndef DECODE_POD_PARTS_H
#define DECODE_POD_PARTS_H

#include "backend/decode/parts.h"

/* spec of a pod or of a template.  What status, which may be NULL, says of its
 * containers is read with them, so that pods can have both in common. */
bool read_pod_spec(struct wire *w, struct pod *p, const struct tree *t,
		   const struct tree *status);
/* args: as of write_pod_template. */
void write_pod_spec(struct out *o, const struct pod *p, const char *args);
/* Rows of the spec, over a whole pod. */
bool read_volumes(struct wire *w, void *pod, const struct tree *t);
void write_volumes(struct out *o, const char *key, const void *pod);
/* Within read_pod_spec: statuses are filed under their containers; p->times has
 * room for all. */
bool read_container_statuses(struct wire *w, struct pod *p,
			     const struct tree *status);
/* The rest of it. */
bool read_pod_status(struct wire *w, struct pod *p, const struct tree *t);
void write_pod_status(struct out *o, const struct pod *p);
/* What follows from the rest: requests, spec_hash, GitLab's marks. */
bool pod_derive(struct wire *w, struct pod *p);

/* A workload's template as a pod (new), or NULL with w failed. */
const struct pod *read_pod_template(struct wire *w, const struct tree *t,
				    const char *owner_kind,
				    const char *owner_api,
				    const struct tree *owner_meta);
/* args: lines of the first container's command line, or "". */
void write_pod_template(struct out *o, const char *key, const struct pod *p,
			const char *args);

#endif
