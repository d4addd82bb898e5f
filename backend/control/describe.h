/*
 * Describe: an object's fields in kubectl describe's shape, from records and
 * events alone; what the joins know of it stands in front.
 *
 * Pure; any thread.
 */
#ifndef CONTROL_DESCRIBE_H
#define CONTROL_DESCRIBE_H

#include "backend/base/buf.h"
#include "backend/model/snapshot.h"

/* False when the handle is stale. */
bool describe_write(const struct snapshot *s, struct handle h,
		    struct buf *out);

/* ---- for the files of describe ---- */

struct describing {
	const struct snapshot *snap;
	const struct slot *slot;
	struct handle handle;
	struct buf *out;
	int64_t now_ms;
};

PRINTF_LIKE(3, 4)
void describe_field(const struct describing *d, const char *name,
		    const char *fmt, ...);
struct meta;
void describe_meta(const struct describing *d, const struct meta *m);
struct labels;
void describe_labels(const struct describing *d, const char *name,
		     const struct labels *l);
void describe_time(const struct describing *d, const char *name, int64_t ms);
void describe_events(const struct describing *d, const char *kind,
		     const struct meta *m);

void describe_pod(const struct describing *d);
void describe_node(const struct describing *d);
void describe_group(const struct describing *d);
void describe_job(const struct describing *d);
void describe_runner(const struct describing *d);

#endif
