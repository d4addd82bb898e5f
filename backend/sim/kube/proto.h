/*
 * Protobuf bodies: what typed clients send (kubectl creates, evicts and asks
 * for access this way), turned into the tree their JSON would give.
 */
#ifndef SIM_KUBE_PROTO_H
#define SIM_KUBE_PROTO_H

#include "backend/sim/objects/objects.h"

/* New tree with kind and apiVersion; NULL when the bytes are no message of a
 * kind that the schema knows. */
json_t *proto_decode(const char *bytes, size_t len);

#endif
