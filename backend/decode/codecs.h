/*
 * Readers and writers of single kinds, gathered by codec.c.  A writer writes
 * the members; the object around them is the caller's.
 *
 * Inside decode/ only.
 */
#ifndef DECODE_CODECS_H
#define DECODE_CODECS_H

#include "backend/decode/decode.h"
#include "backend/decode/wire.h"

#define CODEC(id)                                                           \
	const struct record *decode_##id(struct seal *s,                    \
					 const struct tree *t,              \
					 struct err *err);                  \
	void encode_##id(struct out *o, const struct record *r)

CODEC(pod);
CODEC(node);
CODEC(namespace);
CODEC(daemonset);
CODEC(replicaset);
CODEC(rc);
CODEC(statefulset);
CODEC(deployment);
CODEC(batchjob);
CODEC(pdb);
CODEC(priority_class);
CODEC(pv);
CODEC(pvc);
CODEC(storage_class);
CODEC(csinode);
CODEC(csidriver);
CODEC(csi_capacity);
CODEC(volume_attachment);
CODEC(configmap);
CODEC(lease);
CODEC(event);
CODEC(group);
CODEC(template);
CODEC(launch_config);
CODEC(image);
CODEC(instance_type);
CODEC(types_from_requirements);
CODEC(instance);
CODEC(nodegroup);
CODEC(activity);
CODEC(subnet);
CODEC(price);
CODEC(runner);
CODEC(manager);
CODEC(job);
CODEC(act);

#undef CODEC

#endif
