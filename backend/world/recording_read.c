/*
 * Reading recordings back, decision by decision.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backend/base/buf.h"
#include "backend/world/recording_private.h"

enum { PIECE = 64 << 10, SUM_LEN = 26 };
/* One object, or one plan of a very large cluster. */
#define LINE_MAX_BYTES ((size_t)512 << 20)

struct recording_reader {
	void (*tell)(void *ctx, const char *text);
	void *ctx;
	char **segments; /* paths still to read, from `next` on */
	uint32_t next, damaged;
	/* The segment under way. */
	const char *path; /* NULL: none */
	int fd;		  /* -1: all bytes are in `bytes` */
	struct buf bytes;
	size_t at, seen;  /* where the next line starts; no newline before */
	bool eof, begun;  /* begun: its head was read */
	uint64_t line;	  /* number of the last line */
	uint64_t decisions, number; /* read of it; the last one's own number */
	uint64_t hash;
	bool trusting;	  /* sums may be wrong */
	bool open_lines;  /* lines after the last decision */
	struct recording_state *state;
};

/* ---- telling ---- */

PRINTF_LIKE(2, 3)
static void
say(struct recording_reader *r, const char *fmt, ...)
{
	char text[700];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	r->tell(r->ctx, text);
}

static const char *
name_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* ---- segments ---- */

static void
end_segment(struct recording_reader *r)
{
	if (r->fd >= 0)
		close(r->fd);
	r->fd = -1;
	r->path = NULL;
	recording_state_forget(r->state);
}

static void
begin_segment(struct recording_reader *r, const char *path)
{
	r->path = path;
	buf_reset(&r->bytes);
	r->at = r->seen = 0;
	r->eof = r->begun = r->open_lines = false;
	r->line = r->decisions = r->number = r->hash = 0;
}

static void
skip_damaged(struct recording_reader *r, const char *what)
{
	say(r, "%s: line %llu: %s; the rest of this file is skipped",
	    name_of(r->path), (unsigned long long)r->line, what);
	r->damaged++;
	end_segment(r);
}

static void
skip_torn(struct recording_reader *r)
{
	if (r->number)
		say(r, "%s ends in a half-written record after decision "
		    "%llu; it is skipped", name_of(r->path),
		    (unsigned long long)r->number);
	else
		say(r, "%s ends before its first decision; it is skipped",
		    name_of(r->path));
	end_segment(r);
}

/* ---- lines ---- */

enum line { LINE_WHOLE, LINE_END, LINE_TORN, LINE_FAILED };

static bool
read_more(struct recording_reader *r, struct err *err)
{
	char piece[PIECE];
	ssize_t n;

	if (r->fd < 0) {
		r->eof = true;
		return true;
	}
	buf_consume(&r->bytes, r->at);
	r->seen -= r->at;
	r->at = 0;
	do
		n = read(r->fd, piece, sizeof(piece));
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_set(err, ERR_IO, "cannot read %s: %s", r->path,
			       strerror(errno));
	r->eof = n == 0;
	buf_add(&r->bytes, piece, (size_t)n);
	if (!buf_ok(&r->bytes))
		return err_set(err, ERR_LIMIT, "%s: line %llu is too long",
			       r->path, (unsigned long long)r->line + 1);
	return true;
}

static enum line
next_line(struct recording_reader *r, const char **text, size_t *len,
	  struct err *err)
{
	for (;;) {
		const char *from = buf_text(&r->bytes) + r->seen;
		size_t left = r->bytes.len - r->seen;
		const char *end = left ? memchr(from, '\n', left) : NULL;

		if (end) {
			*text = r->bytes.at + r->at;
			*len = (size_t)(end - *text);
			r->at = r->seen = (size_t)(end - r->bytes.at) + 1;
			r->line++;
			return LINE_WHOLE;
		}
		r->seen = r->bytes.len;
		if (r->eof)
			return r->at == r->bytes.len ? LINE_END : LINE_TORN;
		if (!read_more(r, err))
			return LINE_FAILED;
	}
}

/* ---- what lines say ---- */

static bool
read_head(const struct tree *t, struct err *err)
{
	const struct tree *version = tree_get(t, "version");
	const char *kind = str_or_empty(tree_text(tree_get(t, "kind")));
	int64_t number = 0;

	if (strcmp(kind, "Record") != 0)
		return err_set(err, ERR_BAD, "this is no recording: kind is "
			       "\"%.40s\", wanted \"Record\"", kind);
	if (!str_eq(tree_text(tree_get(t, "apiVersion")), "paddock/v1"))
		return err_set(err, ERR_BAD,
			       "apiVersion: wanted \"paddock/v1\"");
	if (!tree_int(version, &number) || number != RECORDING_VERSION)
		return err_set(err, ERR_BAD,
			       "version %.20s of the format; this program "
			       "reads version %d",
			       version && tree_text(version)
				       ? tree_text(version)
				       : "?",
			       RECORDING_VERSION);
	return true;
}

/* The sum stands last on a decision's line. */
static bool
sum_holds(const struct recording_reader *r, const char *text, size_t len)
{
	char hex[24];

	if (len < SUM_LEN)
		return false;
	snprintf(hex, sizeof(hex), "%016llx\"}",
		 (unsigned long long)recording_hash(text, len - SUM_LEN,
						    r->hash));
	text += len - SUM_LEN;
	return memcmp(text, RECORDING_SUM, 8) == 0 &&
	       memcmp(text + 8, hex, 18) == 0;
}

static bool
read_decision(struct recording_reader *r, const struct tree *t,
	      struct recorded *out, struct err *err)
{
	if (!recording_state_decide(r->state, t, out, err))
		return false;
	r->number = out->number;
	out->file = name_of(r->path);
	out->first_of_segment = r->decisions++ == 0;
	return true;
}

enum read { READ_ON, READ_DECISION, READ_BAD };

static enum read
read_line(struct recording_reader *r, const char *text, size_t len,
	  struct recorded *out, struct err *err)
{
	struct arena *a = arena_new();
	const struct tree *t = json_parse(a, text, len, err);
	const char *path;
	bool good = t != NULL, decision = false;

	if (!good)
		goto out;
	if (!tree_is(t, TREE_OBJECT)) {
		good = err_set(err, ERR_BAD, "wanted object, found %s",
			       tree_kind_name(t));
	} else if (!r->begun) {
		good = r->begun = read_head(t, err);
	} else if ((path = tree_text(tree_get(t, "put")))) {
		good = recording_state_put(r->state, t, path, err);
		r->open_lines = true;
	} else if ((path = tree_text(tree_get(t, "gone")))) {
		good = recording_state_gone(r->state, t, path, err);
		r->open_lines = true;
	} else {
		decision = true;
		good = r->trusting || sum_holds(r, text, len)
			       ? read_decision(r, t, out, err)
			       : err_set(err, ERR_BAD, "the sum does not hold");
		r->open_lines = false;
	}
	r->hash = decision || r->line == 1
			  ? 0
			  : recording_hash(text, len, r->hash);
out:
	arena_free(a);
	return !good ? READ_BAD : decision ? READ_DECISION : READ_ON;
}

/* ---- the next decision ---- */

static bool
open_next(struct recording_reader *r, struct err *err)
{
	const char *path = r->segments[r->next++];

	begin_segment(r, path);
	r->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (r->fd >= 0)
		return true;
	r->path = NULL;
	/* Its turn to go came while we read. */
	if (errno == ENOENT) {
		say(r, "%s is gone; it is skipped", name_of(path));
		return true;
	}
	return err_set(err, ERR_IO, "cannot open %s: %s", path,
		       strerror(errno));
}

/* A bad last line is a torn one as long as nothing follows it. */
static bool
is_last(struct recording_reader *r)
{
	struct err ignored;

	while (!r->eof && r->at == r->bytes.len)
		if (!read_more(r, &ignored))
			return false;
	return r->at == r->bytes.len;
}

enum recording_next
recording_next(struct recording_reader *r, struct recorded *out,
	       struct err *err)
{
	struct err why = { .code = ERR_NONE };
	const char *text;
	size_t len;

	recording_state_give_back(r->state);
	for (;;) {
		if (!r->path) {
			if (!r->segments || !r->segments[r->next])
				return RECORDING_END;
			if (!open_next(r, err))
				return RECORDING_FAILED;
			continue;
		}
		switch (next_line(r, &text, &len, err)) {
		case LINE_FAILED:
			end_segment(r);
			return RECORDING_FAILED;
		case LINE_TORN:
			skip_torn(r);
			continue;
		case LINE_END:
			if (r->open_lines || !r->decisions)
				skip_torn(r);
			else
				end_segment(r);
			continue;
		case LINE_WHOLE:
			break;
		}
		switch (read_line(r, text, len, out, &why)) {
		case READ_DECISION:
			return RECORDING_ENTRY;
		case READ_ON:
			break;
		case READ_BAD:
			if (r->begun && is_last(r))
				skip_torn(r);
			else
				skip_damaged(r, why.text);
			break;
		}
	}
}

/* ---- opening ---- */

static struct recording_reader *
reader_new(void (*tell)(void *ctx, const char *text), void *ctx)
{
	struct recording_reader *r = xcalloc(1, sizeof(*r));

	r->tell = tell;
	r->ctx = ctx;
	r->fd = -1;
	r->state = recording_state_new();
	buf_init(&r->bytes, LINE_MAX_BYTES);
	return r;
}

struct recording_reader *
recording_open(const char *path, void (*tell)(void *ctx, const char *text),
	       void *ctx, struct err *err)
{
	struct recording_reader *r;
	char **segments;
	struct stat st;

	if (stat(path, &st) != 0) {
		err_set(err, ERR_IO, "cannot open %s: %s", path,
			strerror(errno));
		return NULL;
	}
	if (S_ISDIR(st.st_mode)) {
		segments = recording_segments(path, err);
		if (!segments)
			return NULL;
		if (!segments[0]) {
			err_set(err, ERR_IO, "%s: no recording in this folder "
				"(files paddock-*.jsonl, as --record writes "
				"them)", path);
			recording_segments_free(segments);
			return NULL;
		}
	} else {
		segments = xcalloc(2, sizeof(*segments));
		segments[0] = xstrdup(path);
	}
	r = reader_new(tell, ctx);
	r->segments = segments;
	return r;
}

struct recording_reader *
recording_open_text(const char *bytes, size_t len, bool sums,
		    void (*tell)(void *ctx, const char *text), void *ctx)
{
	struct recording_reader *r = reader_new(tell, ctx);

	r->trusting = !sums;
	begin_segment(r, "text");
	buf_add(&r->bytes, bytes, len);
	return r;
}

void
recording_close(struct recording_reader *r)
{
	if (!r)
		return;
	end_segment(r);
	recording_segments_free(r->segments);
	recording_state_free(r->state);
	buf_fini(&r->bytes);
	free(r);
}

uint32_t
recording_damaged(const struct recording_reader *r)
{
	return r->damaged;
}
