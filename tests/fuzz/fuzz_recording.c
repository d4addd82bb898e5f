/*
 * Recordings: whatever is read is replayed, and what is recorded of it reads
 * back and replays equal.
 */
#include <stdlib.h>

#include "backend/base/buf.h"
#include "backend/world/replay.h"
#include "tests/fuzz/fuzz.h"

static void
on_said(void *ctx, const char *text)
{
	must(*text);
	(void)ctx;
}

static void
on_difference(void *ctx, const struct replay_told *told)
{
	must(told->path);
	(void)ctx;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct recording_reader *r = recording_open_text((const char *)data,
							 size, false, on_said,
							 NULL);
	struct err err = { .code = ERR_NONE };
	struct replay_sums sums = { 0 };
	struct recorded entry;
	enum recording_next next;

	while ((next = recording_next(r, &entry, &err)) == RECORDING_ENTRY)
		replay_check(&entry, &sums, on_difference, NULL);
	must(next == RECORDING_END || *err.text);
	must(sums.equal + sums.differing == sums.decisions);
	recording_close(r);
	return 0;
}
