/*
 * YAML (libyaml events) into the neutral tree, with lines for messages.
 *
 * Plain scalars resolve as YAML 1.2 core does (null, bool, decimal numbers;
 * others stay text); quoted ones are text.  Refused with "file:line: message":
 * over 4 MiB, depth over 64, over 400,000 values (aliases expanded), duplicate
 * keys, merge keys, keys that are no words, unknown tags, several documents.
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
/* Block style output of a tree, keys in order, text quoted where needed:
 * reading it back yields the same tree, also by YAML 1.1's rules, which are
 * kubectl's. */
struct buf;
void yaml_write(struct buf *out, const struct tree *t);

#endif
