/*
 * World files: whatever is read can be decided on, and the plan written; what
 * is written reads back and leads to the same decision.
 */
#include <stdlib.h>

#include "backend/base/buf.h"
#include "backend/world/world_file.h"
#include "tests/fuzz/fuzz.h"

#define LIMIT_BYTES ((size_t)64 << 20)

static bool
to_buf(void *ctx, const char *bytes, size_t len)
{
	buf_add(ctx, bytes, len);
	return buf_ok(ctx);
}

static bool
read_world(const char *text, size_t len, struct world_file *out)
{
	struct world_reader *r = world_reader_new();
	struct err err = { .code = ERR_NONE };
	bool good = world_reader_feed(r, text, len, &err) &&
		    world_reader_done(r, out, &err);

	must(good || *err.text);
	world_reader_free(r);
	return good;
}

static void
decide(const struct world_file *f, struct buf *out)
{
	struct buf text;
	const struct plan *p = engine_decide(&(struct engine_input){
		.world = f->world,
		.policy = f->policy,
		.memory = f->memory,
		.now_ms = f->world->time_ms,
		.work_limit = 100000,
	});

	buf_init(out, LIMIT_BYTES);
	must(plan_write_json(p, to_buf, out));
	buf_init(&text, LIMIT_BYTES);
	plan_write_text(p, &text);
	buf_fini(&text);
	plan_unref(p);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct world_file f, again;
	struct buf world, first, second;

	if (!read_world((const char *)data, size, &f))
		return 0;
	decide(&f, &first);
	buf_init(&world, LIMIT_BYTES);
	must(world_file_write(f.world, f.policy, f.memory, to_buf, &world));
	must(read_world(world.at, world.len, &again));
	decide(&again, &second);
	must(first.len == second.len &&
	     memcmp(first.at, second.at, first.len) == 0);
	buf_fini(&world);
	buf_fini(&first);
	buf_fini(&second);
	world_file_fini(&f);
	world_file_fini(&again);
	return 0;
}
