/*
 * The end of a trace as GraphQL shows it: HTML of the last lines, without
 * stamps, colours and section marks.
 */
#include "backend/sim/gitlab/resolve.h"

#include <stdlib.h>

#define LINES 10
#define LINES_MAX 100
#define BYTES_MAX 16384
#define STAMP 32 /* "2026-02-16T09:00:00.000000Z 00O " */

const void *
resolve_trace_of(const struct schema_args *a, const void *object)
{
	(void)a;
	return ((const struct ci_job *)object)->erased_ms ? NULL : object;
}

static void
add_escaped(struct buf *out, char c)
{
	switch (c) {
	case '<':
		buf_puts(out, "&lt;");
		break;
	case '>':
		buf_puts(out, "&gt;");
		break;
	case '&':
		buf_puts(out, "&amp;");
		break;
	case '"':
		buf_puts(out, "&quot;");
		break;
	default:
		if ((unsigned char)c >= ' ')
			buf_putc(out, c);
	}
}

static void
add_line(struct buf *out, const char *line, size_t len)
{
	const char *end = line + len, *cr;

	line += len >= STAMP ? STAMP : len;
	/* A return begins the line anew: section marks end in one. */
	while ((cr = memchr(line, '\r', (size_t)(end - line))))
		line = cr + 1;
	while (line < end) {
		if (line[0] == '\033' && line + 1 < end && line[1] == '[') {
			for (line += 2; line < end && (*line < '@'); line++)
				;
			line += line < end;
		} else {
			add_escaped(out, *line++);
		}
	}
}

/* Where the last n lines begin; the text ends in a line feed of its own. */
static const char *
last_lines(const char *text, size_t len, int64_t n)
{
	const char *at = text + len - (len > 0);

	for (; at > text; at--) {
		if (at[-1] == '\n' && --n == 0)
			break;
	}
	return at;
}

json_t *
resolve_trace_summary(struct query_run *r, const void *object)
{
	struct schema_args a = { r, r->field };
	int64_t lines = schema_arg_int(&a, "lastLines", LINES);
	const char *at, *end;
	struct buf trace, out;
	json_t *o;

	if (lines < 1 || lines > LINES_MAX)
		lines = lines < 1 ? LINES : LINES_MAX;
	buf_init(&trace, (size_t)64 << 20);
	buf_init(&out, BYTES_MAX * 2);
	ci_trace(r->call->ci, object, &trace);
	end = buf_text(&trace) + trace.len;
	at = last_lines(buf_text(&trace), trace.len, lines);
	buf_puts(&out, "<span>");
	while (at < end && out.len < BYTES_MAX) {
		const char *nl = memchr(at, '\n', (size_t)(end - at));
		size_t len = (size_t)((nl ? nl : end) - at);

		add_line(&out, at, len);
		buf_puts(&out, "<br/>");
		at += len + (nl != NULL);
	}
	buf_puts(&out, "</span>");
	o = json_string(buf_text(&out));
	buf_fini(&trace);
	buf_fini(&out);
	return o;
}
