/*
 * Lines of a page view.
 */
#include "tui/page.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/base/text.h"

enum { PAGE_LINES_MAX = 512 };

void
page_out_init(struct page_out *out, int width, int height)
{
	memset(out, 0, sizeof(*out));
	out->width = width;
	out->height = height;
}

void
page_out_fini(struct page_out *out)
{
	vec_free(&out->lines);
}

void
page_out_reset(struct page_out *out, int width, int height,
	       struct handle selected)
{
	vec_clear(&out->lines);
	out->width = width;
	out->height = height;
	out->selected = selected;
	out->footer[0] = '\0';
}

struct handle
page_selected(const struct page_out *out)
{
	return out->selected;
}

void
page_footer(struct page_out *out, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(out->footer, sizeof(out->footer), fmt, args);
	va_end(args);
}

int
page_width(const struct page_out *out)
{
	return out->width;
}

int
page_height(const struct page_out *out)
{
	return out->height;
}

/* A page longer than any screen repeats its last line instead of growing. */
struct page_line *
page_add(struct page_out *out)
{
	struct page_line *line;

	if (out->lines.n == PAGE_LINES_MAX)
		line = &out->lines.at[PAGE_LINES_MAX - 1];
	else
		line = vec_add(&out->lines);
	memset(line, 0, sizeof(*line));
	return line;
}

void
page_span(struct page_line *line, enum tone tone, const char *fmt, ...)
{
	struct span *span;
	va_list args;

	if (line->span_n == ARRAY_LEN(line->spans))
		return;
	span = &line->spans[line->span_n++];
	span->tone = (uint8_t)tone;
	va_start(args, fmt);
	vsnprintf(span->text, sizeof(span->text), fmt, args);
	va_end(args);
}

uint32_t
page_find(const struct page_out *out, struct handle subject)
{
	if (handle_is_none(subject))
		return UINT32_MAX;
	for (uint32_t i = 0; i < out->lines.n; i++)
		if (handle_eq(out->lines.at[i].subject, subject))
			return i;
	return UINT32_MAX;
}

uint32_t
page_next(const struct page_out *out, int64_t from, int step)
{
	for (int64_t i = from + step; i >= 0 && i < out->lines.n; i += step)
		if (!handle_is_none(out->lines.at[i].subject))
			return (uint32_t)i;
	return UINT32_MAX;
}

void
page_text(const struct page_line *line, struct buf *out)
{
	for (uint16_t i = 0; i < line->span_n; i++)
		text_clean(out, line->spans[i].text,
			   strlen(line->spans[i].text), TEXT_ONE_LINE);
}
