/*
 * The fixture: clocks, slots, pages, snapshots, streams.
 */
#include "tests/tui/world_fixture.h"

#include <stdio.h>
#include <stdlib.h>

static int64_t
read_wall(void *ctx)
{
	return ((struct fixture *)ctx)->wall_ms;
}

static int64_t
read_boot(void *ctx)
{
	return ((struct fixture *)ctx)->boot_ms;
}

struct fixture *
fixture_new(void)
{
	struct fixture *f = xcalloc(1, sizeof(*f));

	f->seal = seal_new();
	f->port = port_new();
	f->boot_ms = 1000000;
	f->wall_ms = FIXTURE_MS;
	f->clock.wall_ms = read_wall;
	f->clock.boot_ms = read_boot;
	f->clock.ctx = f;
	f->head.clock.world_ms = FIXTURE_MS;
	f->head.clock.boot_ms = f->boot_ms;
	f->head.clock.speed_milli = 1000;
	f->head.fleet = (struct fleet){
		.waiting = -1, .running = -1, .lost_30m = -1,
		.start_p50_ms = -1, .start_p90_ms = -1, .free_slots = -1,
		.slots_runner = -1, .slots_quota = -1, .slots_nodes = -1,
		.slots_group = -1, .slots_addresses = -1,
	};
	return f;
}

void
fixture_free(struct fixture *f)
{
	if (!f)
		return;
	for (int k = 0; k < KIND_COUNT; k++) {
		for (uint32_t i = 0; i < f->table[k].pages.n; i++)
			page_unref(f->table[k].pages.at[i]);
		vec_free(&f->table[k].pages);
	}
	for (uint32_t i = 0; i < f->streams.n; i++) {
		for (uint32_t c = 0; c < f->streams.at[i].chunk_n; c++)
			chunk_unref(f->streams.at[i].chunks[c]);
		free((void *)(uintptr_t)f->streams.at[i].chunks);
	}
	vec_free(&f->streams);
	port_free(f->port);
	seal_free(f->seal);
	free(f);
}

void
fixture_advance(struct fixture *f, int64_t ms)
{
	f->boot_ms += ms;
	f->wall_ms += ms;
}

int64_t
fixture_now(const struct fixture *f)
{
	return world_clock_at(&f->head.clock, f->boot_ms);
}

/* The slot, in a page of our own: a published page is copied first. */
static struct slot *
own_slot(struct fixture *f, struct handle h)
{
	struct page **page =
		&f->table[h.kind].pages.at[(h.slot - 1) / SLOT_PAGE];

	if (atomic_load(&(*page)->refs) > 1) {
		struct page *copy = page_copy(*page);

		page_unref(*page);
		*page = copy;
	}
	return &(*page)->slots[(h.slot - 1) % SLOT_PAGE];
}

struct handle
fixture_put(struct fixture *f, enum kind kind, void *rec, void *sum)
{
	struct handle h = { ++f->table[kind].used, 1, (uint8_t)kind };
	struct slot *slot;

	while (f->table[kind].pages.n * SLOT_PAGE < h.slot)
		vec_push(&f->table[kind].pages, page_new());
	slot = own_slot(f, h);
	slot->rec = rec;
	slot->sum = sum;
	slot->gen = h.gen;
	return h;
}

void
fixture_set(struct fixture *f, struct handle h, void *rec, void *sum)
{
	struct slot *slot = own_slot(f, h);

	if (rec) {
		record_unref(slot->rec);
		slot->rec = rec;
	}
	if (sum) {
		record_unref(slot->sum);
		slot->sum = sum;
	}
}

void
fixture_end(struct fixture *f, struct handle h)
{
	struct slot *slot = own_slot(f, h);

	slot->ended = true;
	slot->ended_ms = fixture_now(f);
}

void
fixture_drop(struct fixture *f, struct handle h)
{
	struct slot *slot = own_slot(f, h);

	record_unref(slot->rec);
	record_unref(slot->sum);
	*slot = (struct slot){ .gen = slot->gen };
}

struct handle
fixture_reuse(struct fixture *f, struct handle h, void *rec, void *sum)
{
	struct slot *slot = own_slot(f, h);

	slot->gen++;
	slot->rec = rec;
	slot->sum = sum;
	h.gen = slot->gen;
	return h;
}

/* ---- snapshots ---- */

static void
copy_table(const struct fixture *f, int kind, struct table *out)
{
	uint32_t n = f->table[kind].pages.n;
	struct page **pages;

	if (n == 0)
		return;
	pages = xcalloc(n, sizeof(struct page *));
	for (uint32_t i = 0; i < n; i++) {
		pages[i] = page_ref(f->table[kind].pages.at[i]);
		for (int s = 0; s < SLOT_PAGE; s++) {
			const struct slot *slot = &pages[i]->slots[s];

			if (slot->rec && slot->ended)
				out->ended++;
			else if (slot->rec)
				out->live++;
		}
	}
	out->pages = pages;
	out->page_n = n;
}

static void
copy_streams(const struct fixture *f, struct snapshot *s)
{
	s->stream_n = f->streams.n;
	s->streams = f->streams.n
			     ? xcalloc(f->streams.n, sizeof(*s->streams))
			     : NULL;
	for (uint32_t i = 0; i < f->streams.n; i++) {
		const struct stream_view *v = &f->streams.at[i];
		struct chunk **chunks = xcalloc(v->chunk_n + 1,
						sizeof(struct chunk *));

		s->streams[i] = *v;
		for (uint32_t c = 0; c < v->chunk_n; c++)
			chunks[c] = chunk_ref(v->chunks[c]);
		s->streams[i].chunks = chunks;
	}
}

const struct snapshot *
fixture_snapshot(struct fixture *f)
{
	struct snapshot *s = xmalloc(sizeof(*s));

	*s = f->head;
	atomic_init(&s->refs, 1);
	s->seq = ++f->head.seq;
	for (int k = 0; k < KIND_COUNT; k++)
		copy_table(f, k, &s->table[k]);
	copy_streams(f, s);
	return s;
}

void
fixture_publish(struct fixture *f)
{
	port_publish(f->port, fixture_snapshot(f));
}

/* ---- streams ---- */

static struct stream_view *
find_stream(struct fixture *f, uint64_t id)
{
	for (uint32_t i = 0; i < f->streams.n; i++)
		if (f->streams.at[i].id == id)
			return &f->streams.at[i];
	return NULL;
}

void
fixture_stream(struct fixture *f, uint64_t id, const char *text,
	       enum stream_state state)
{
	struct stream_view *v = find_stream(f, id);
	size_t len = strlen(text);
	struct chunk *chunk;
	struct chunk **list;

	if (!v) {
		struct stream_view fresh = { .id = id };

		vec_push(&f->streams, fresh);
		v = &f->streams.at[f->streams.n - 1];
	}
	v->state = (uint8_t)state;
	if (len == 0)
		return;
	chunk = xcalloc(1, sizeof(*chunk) + len + 1);
	atomic_init(&chunk->refs, 1);
	memcpy(chunk->text, text, len);
	chunk->len = (uint32_t)len;
	for (size_t i = 0; i < len; i++)
		chunk->lines += text[i] == '\n';
	list = xrealloc((void *)(uintptr_t)v->chunks,
			(v->chunk_n + 1) * sizeof(struct chunk *));
	list[v->chunk_n++] = chunk;
	v->chunks = list;
}

void
fixture_stream_drop(struct fixture *f, uint64_t id, uint32_t n)
{
	struct stream_view *v = find_stream(f, id);
	struct chunk **list = (struct chunk **)(uintptr_t)v->chunks;

	for (uint32_t i = 0; i < n; i++) {
		v->first_line += list[i]->lines;
		v->dropped_lines += list[i]->lines;
		v->dropped_bytes += list[i]->len;
		chunk_unref(list[i]);
	}
	memmove(list, list + n, (v->chunk_n - n) * sizeof(struct chunk *));
	v->chunk_n -= n;
}
