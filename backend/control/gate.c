/*
 * Read-only by default.
 */
#include "backend/control/gate.h"

static bool
unlocked(const struct gate *a, int64_t boot_ms)
{
	return a->until_boot_ms && boot_ms < a->until_boot_ms;
}

bool
gate_check(const struct gate *a, int64_t boot_ms, struct err *err)
{
	if (a->forbidden)
		return err_set(err, ERR_REFUSED,
			       "read-only: started with --read-only");
	if (unlocked(a, boot_ms))
		return true;
	if (a->locked)
		return err_set(err, ERR_REFUSED,
			       "read-only: locked by :readonly; unlock with "
			       ":write 30m REASON");
	if (a->by_context)
		return true;
	return err_set(err, ERR_REFUSED,
		       "read-only: %s; unlock with :write 30m REASON or "
		       "--write REASON",
		       a->until_boot_ms ? "the unlocked time is over"
					: "this context is not configured "
					  "with access: write");
}

bool
gate_unlock(struct gate *a, int64_t for_ms, const char *reason,
	      int64_t boot_ms, struct err *err)
{
	if (a->forbidden)
		return err_set(err, ERR_REFUSED,
			       "read-only: started with --read-only");
	if (!*reason || strspn(reason, " \t") == strlen(reason))
		return err_set(err, ERR_USAGE,
			       ":write needs a reason, as in :write 30m "
			       "incident 4711");
	if (for_ms <= 0 || for_ms > GATE_LONGEST_MS)
		return err_set(err, ERR_USAGE,
			       ":write takes a time between 1s and 8h");
	a->locked = false;
	a->until_boot_ms = boot_ms + for_ms;
	return true;
}

void
gate_lock(struct gate *a)
{
	a->locked = true;
	a->until_boot_ms = 0;
}

void
gate_show(const struct gate *a, int64_t boot_ms, struct place *p)
{
	struct err ignored;

	p->may_write = gate_check(a, boot_ms, &ignored);
	/* A context that may be written anyhow has no countdown. */
	p->write_until_boot_ms = p->may_write && unlocked(a, boot_ms) &&
						 !(a->by_context && !a->locked)
					 ? a->until_boot_ms
					 : 0;
}
