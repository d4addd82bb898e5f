/*
 * YAML (libyaml events) into the neutral tree, with lines for messages.
 *
 * Plain scalars resolve as YAML 1.2 core does (null, bool, numbers); quoted
 * ones are text.  Refused with "file:line: message": over 1 MiB (4 MiB for
 * Kubernetes objects), depth over 64, duplicate keys, aliases that expand to
 * more than the input allows, several documents unless asked for.
 */
#ifndef NET_YAML_H
#define NET_YAML_H

#include "backend/base/tree.h"

/* name is for messages.  NULL with err set on failure; the tree is in a. */
const struct tree *yaml_parse(struct arena *a, const char *name,
			      const char *bytes, size_t len, struct err *err);
/* Reads a file; ERR_IO names the path and reason. */
const struct tree *yaml_read(struct arena *a, const char *path,
			     struct err *err);
/* Block style output of a tree, keys in order, text quoted where needed. */
struct buf;
void yaml_write(struct buf *out, const struct tree *t);

#endif
