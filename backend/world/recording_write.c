/*
 * Writing recordings: objects that changed, then the decision.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backend/base/clock.h"
#include "backend/base/map.h"
#include "backend/world/recording_private.h"
#include "backend/world/tree_patch.h"
#include "backend/world/world_file.h"

#define MIB ((uint64_t)1 << 20)
#define SEGMENT_BYTES (64 * MIB)
#define TOTAL_BYTES (1024 * MIB)
#define SEGMENT_MS ((int64_t)3600 * 1000)
#define KEEP_MS ((int64_t)7 * 24 * 3600 * 1000)
#define PIECE_BYTES ((size_t)256 << 10)

struct recording_writer {
	struct recording_options options; /* texts are owned */
	char *texts[5];
	uint32_t segments;	/* begun by this writer */
	uint64_t decisions;
	/* The segment under way. */
	int fd;			/* -1: none */
	int fault;		/* errno of the write that failed */
	char *path;
	int64_t began_ms;	/* wall */
	uint64_t bytes, first_bytes;
	uint64_t hash;		/* over the lines since the last decision */
	struct buf pending, line;
	/* What the reader knows by now. */
	const struct world *world;
	char *policy;		/* as JSON; NULL: nothing yet */
	struct arena *arena;	/* holds plan */
	const struct tree *plan;
};

/* ---- bytes ---- */

static void
flush(struct recording_writer *w)
{
	const char *at = w->pending.at;
	size_t left = w->pending.len;

	while (left > 0 && !w->fault) {
		ssize_t n = write(w->fd, at, left);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			w->fault = errno;
			break;
		}
		at += n;
		left -= (size_t)n;
	}
	buf_reset(&w->pending);
}

/* The line in w->line, which is emptied. */
static void
put_line(struct recording_writer *w)
{
	w->hash = recording_hash(w->line.at, w->line.len, w->hash);
	buf_putc(&w->line, '\n');
	w->bytes += w->line.len;
	buf_add(&w->pending, w->line.at, w->line.len);
	buf_reset(&w->line);
	if (w->pending.len >= PIECE_BYTES)
		flush(w);
}

static void
put_text(struct jsonw *j, const char *key, const char *text)
{
	jsonw_key(j, key);
	jsonw_text(j, text);
}

static void
put_time(struct jsonw *j, const char *key, int64_t ms)
{
	char text[TIME_TEXT];

	put_text(j, key, time_format(ms, ms % 1000 != 0, text));
}

/* ---- segments ---- */

static void
forget(struct recording_writer *w)
{
	world_unref(w->world);
	w->world = NULL;
	free(w->policy);
	w->policy = NULL;
	arena_free(w->arena);
	w->arena = NULL;
	w->plan = NULL;
	w->hash = 0;
	w->bytes = w->first_bytes = 0;
	w->fault = 0;
}

static void
end_segment(struct recording_writer *w)
{
	if (w->fd >= 0)
		close(w->fd);
	w->fd = -1;
	free(w->path);
	w->path = NULL;
	buf_reset(&w->pending);
	buf_reset(&w->line);
	forget(w);
}

static void
put_head(struct recording_writer *w, int64_t wall_ms)
{
	const struct recording_options *o = &w->options;
	struct jsonw *j = jsonw_new_buf(&w->line, false);

	jsonw_object(j);
	put_text(j, "apiVersion", "paddock/v1");
	put_text(j, "kind", "Record");
	jsonw_key(j, "version");
	jsonw_int(j, RECORDING_VERSION);
	put_time(j, "began", wall_ms);
	jsonw_opt_text(j, "context", o->context);
	jsonw_opt_text(j, "cluster", o->cluster);
	jsonw_opt_text(j, "account", o->account);
	jsonw_opt_text(j, "region", o->region);
	put_text(j, "program", "paddock " PADDOCK_VERSION);
	jsonw_end_object(j);
	jsonw_done(j);
	put_line(w);
}

static bool
begin_segment(struct recording_writer *w, int64_t wall_ms, struct err *err)
{
	char time[TIME_TEXT], stamp[TIME_TEXT];
	size_t n = 0;

	recording_prune(w->options.dir, w->options.total_bytes,
			wall_ms - w->options.keep_ms);
	for (const char *c = time_format(wall_ms, true, time); *c; c++)
		if (*c != '-' && *c != ':')
			stamp[n++] = *c;
	stamp[n] = '\0';
	w->path = xasprintf("%s/paddock-%s-%d-%u.jsonl", w->options.dir, stamp,
			    (int)getpid(), ++w->segments);
	w->fd = open(w->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (w->fd < 0) {
		err_set(err, ERR_IO, "cannot write %s: %s", w->path,
			strerror(errno));
		end_segment(w);
		return false;
	}
	/* Others that prune keep their hands off; without locks (some network
	 * file systems) the newest is still the last to go. */
	flock(w->fd, LOCK_SH | LOCK_NB);
	w->began_ms = wall_ms;
	put_head(w, wall_ms);
	w->hash = 0;
	return true;
}

static bool
is_full(const struct recording_writer *w, int64_t wall_ms)
{
	return wall_ms - w->began_ms >= w->options.segment_ms ||
	       (w->bytes >= w->options.segment_bytes &&
		w->bytes >= 2 * w->first_bytes);
}

/* ---- objects ---- */

static void
put_object(struct recording_writer *w, const struct record *r)
{
	struct jsonw *j = jsonw_new_buf(&w->line, false);
	char path[RECORDING_PATH];

	jsonw_object(j);
	put_text(j, "put", recording_path((enum kind)r->kind, path));
	jsonw_key(j, "object");
	codec_of((enum kind)r->kind)->encode(j, r);
	jsonw_end_object(j);
	jsonw_done(j);
	put_line(w);
}

static void
put_gone(struct recording_writer *w, const struct record *r)
{
	struct jsonw *j = jsonw_new_buf(&w->line, false);
	char path[RECORDING_PATH], key[RECORD_KEY];

	jsonw_object(j);
	put_text(j, "gone", recording_path((enum kind)r->kind, path));
	put_text(j, "key", record_key(r, key));
	jsonw_end_object(j);
	jsonw_done(j);
	put_line(w);
}

/* Both are sorted by identity.  `put` chooses what is written: first all that
 * went, then all that came, since a name may go and come at once. */
static void
walk(struct recording_writer *w, const struct records *old,
     const struct records *new, bool put)
{
	uint32_t i = 0, k = 0;

	while (i < old->n || k < new->n) {
		int order = i == old->n	  ? 1
			    : k == new->n ? -1
					  : world_order(old->at[i],
							new->at[k]);

		if (order < 0 && !put && recording_holds(old->at[i]))
			put_gone(w, old->at[i]);
		else if (order >= 0 && put && recording_holds(new->at[k]) &&
			 (order > 0 || (old->at[i] != new->at[k] &&
					!records_equal(old->at[i],
						       new->at[k]))))
			put_object(w, new->at[k]);
		i += order <= 0;
		k += order >= 0;
	}
}

static void
put_world(struct recording_writer *w, const struct world *world)
{
	static const struct records none = { NULL, 0 };

	for (int k = 0; k <= KIND_ACT; k++) {
		const struct records *old = w->world ? &w->world->of[k]
						     : &none;

		if (!codec_of((enum kind)k))
			continue;
		walk(w, old, &world->of[k], false);
		walk(w, old, &world->of[k], true);
	}
	world_unref(w->world);
	w->world = world_ref(world);
}

/* ---- the decision ---- */

static void
put_complete(struct jsonw *j, uint32_t complete)
{
	jsonw_key(j, "complete");
	jsonw_array(j);
	for (int i = 0; i < SOURCE_COUNT; i++)
		if (complete & 1u << i)
			jsonw_text(j, source_name((enum source)i));
	jsonw_end_array(j);
}

static void
put_policy(struct recording_writer *w, struct jsonw *j,
	   const struct policy *policy)
{
	struct buf text;
	struct jsonw *p;

	buf_init(&text, SIZE_MAX);
	p = jsonw_new_buf(&text, false);
	policy_write(p, policy);
	jsonw_done(p);
	if (!w->policy || strcmp(w->policy, buf_text(&text)) != 0) {
		jsonw_key(j, "policy");
		policy_write(j, policy);
		free(w->policy);
		w->policy = buf_take(&text, NULL);
	}
	buf_fini(&text);
}

static void
put_memory(const struct recording_writer *w, struct jsonw *j,
	   const struct memory *memory)
{
	struct arena *a = arena_new();
	struct buf text;
	struct jsonw *m;

	jsonw_key(j, "memory");
	if (!memory) {
		jsonw_null(j);
		arena_free(a);
		return;
	}
	buf_init(&text, SIZE_MAX);
	m = jsonw_new_buf(&text, false);
	memory_write(m, memory);
	jsonw_done(m);
	tree_patch_write(j, tree_get(w->plan, "memory"),
			 json_parse(a, text.at, text.len, NULL));
	buf_fini(&text);
	arena_free(a);
}

/* Also makes the plan the one that the next is compared with. */
static void
put_plan(struct recording_writer *w, struct jsonw *j, const struct buf *text)
{
	struct arena *a = arena_new(), *scratch = arena_new();
	const struct tree *t = json_parse(scratch, text->at, text->len, NULL);

	BUG_IF(!t);
	t = tree_keyed(a, t, "memory");
	arena_free(scratch);
	jsonw_key(j, "plan");
	tree_patch_write(j, w->plan, t);
	arena_free(w->arena);
	w->arena = a;
	w->plan = t;
}

static void
put_decision(struct recording_writer *w, const struct engine_input *in,
	     const struct plan *plan)
{
	struct jsonw *j = jsonw_new_buf(&w->line, false);
	struct buf text;
	char hex[24];

	buf_init(&text, SIZE_MAX);
	plan_write_json(plan, recording_to_buf, &text);
	jsonw_object(j);
	jsonw_key(j, "decision");
	jsonw_int(j, (int64_t)++w->decisions);
	put_time(j, "now", in->now_ms);
	put_time(j, "time", in->world->time_ms);
	put_complete(j, in->world->complete);
	put_policy(w, j, in->policy);
	put_memory(w, j, in->memory);
	put_plan(w, j, &text);
	snprintf(hex, sizeof(hex), "%016llx",
		 (unsigned long long)recording_hash(text.at, text.len, 0));
	put_text(j, "digest", hex);
	jsonw_end_object(j);
	jsonw_done(j);
	buf_fini(&text);
	/* The sum covers what stands before it on its own line too. */
	w->line.at[--w->line.len] = '\0';
	snprintf(hex, sizeof(hex), "%016llx",
		 (unsigned long long)recording_hash(w->line.at, w->line.len,
						    w->hash));
	buf_printf(&w->line, RECORDING_SUM "%s\"}", hex);
	put_line(w);
	w->hash = 0;
}

bool
recording_add(struct recording_writer *w, const struct engine_input *in,
	      const struct plan *plan, int64_t wall_ms, struct err *err)
{
	bool first;

	if (w->fd >= 0 && is_full(w, wall_ms))
		end_segment(w);
	first = w->fd < 0;
	if (first && !begin_segment(w, wall_ms, err))
		return false;
	put_world(w, in->world);
	put_decision(w, in, plan);
	flush(w);
	if (w->fault) {
		err_set(err, ERR_IO, "cannot write %s: %s", w->path,
			strerror(w->fault));
		end_segment(w);
		return false;
	}
	if (first)
		w->first_bytes = w->bytes;
	return true;
}

/* ---- making and freeing ---- */

static bool
make_folder(const char *dir, struct err *err)
{
	struct stat st;

	if (mkdir(dir, 0700) != 0 && errno != EEXIST)
		return err_set(err, ERR_CONFIG,
			       "cannot make the folder %s to record in: %s",
			       dir, strerror(errno));
	if (stat(dir, &st) != 0 || !S_ISDIR(st.st_mode))
		return err_set(err, ERR_CONFIG,
			       "cannot record in %s: it is no folder", dir);
	if (access(dir, W_OK | X_OK) != 0)
		return err_set(err, ERR_CONFIG, "cannot record in %s: %s",
			       dir, strerror(errno));
	return true;
}

struct recording_writer *
recording_writer_new(const struct recording_options *o, struct err *err)
{
	struct recording_writer *w;
	const char **slots[5];

	if (!make_folder(o->dir, err))
		return NULL;
	w = xcalloc(1, sizeof(*w));
	w->options = *o;
	slots[0] = &w->options.dir;
	slots[1] = &w->options.context;
	slots[2] = &w->options.cluster;
	slots[3] = &w->options.account;
	slots[4] = &w->options.region;
	for (size_t i = 0; i < ARRAY_LEN(slots); i++) {
		w->texts[i] = *slots[i] ? xstrdup(*slots[i]) : NULL;
		*slots[i] = w->texts[i];
	}
	if (!w->options.segment_bytes)
		w->options.segment_bytes = SEGMENT_BYTES;
	if (!w->options.total_bytes)
		w->options.total_bytes = TOTAL_BYTES;
	if (!w->options.segment_ms)
		w->options.segment_ms = SEGMENT_MS;
	if (!w->options.keep_ms)
		w->options.keep_ms = KEEP_MS;
	w->fd = -1;
	buf_init(&w->pending, SIZE_MAX);
	buf_init(&w->line, SIZE_MAX);
	return w;
}

void
recording_writer_free(struct recording_writer *w)
{
	if (!w)
		return;
	end_segment(w);
	buf_fini(&w->pending);
	buf_fini(&w->line);
	for (size_t i = 0; i < ARRAY_LEN(w->texts); i++)
		free(w->texts[i]);
	free(w);
}
