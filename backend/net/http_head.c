/*
 * Reading the head of an answer.
 */
#include <ctype.h>
#include <stdlib.h>
#include <strings.h>

#include "backend/net/http_private.h"

enum { VALUE_LIMIT = 4096 };
#define RETRY_AFTER_LIMIT_MS INT64_C(3600000)

int64_t
http_retry_after(const char *value, int64_t date_ms)
{
	int64_t ms = -1, at;
	long long seconds;
	char *end;

	seconds = strtoll(value, &end, 10);
	if (end != value && !*end) {
		if (seconds >= 0)
			ms = seconds > RETRY_AFTER_LIMIT_MS
				     ? RETRY_AFTER_LIMIT_MS
				     : seconds * 1000;
	} else if (date_ms && time_parse_http(value, &at)) {
		/* A date counts from the server's own clock, not ours. */
		ms = at > date_ms ? at - date_ms : 0;
	}
	return ms > RETRY_AFTER_LIMIT_MS ? RETRY_AFTER_LIMIT_MS : ms;
}

void
http_paddock_time(const char *value, int64_t *world_ms, int32_t *speed_milli)
{
	size_t len = strcspn(value, " ");
	const char *speed_text = value + len;
	double speed = 1.0;
	int64_t ms;
	char *end;

	if (!time_parse_rfc3339(value, len, &ms))
		return;
	speed_text += strspn(speed_text, " ");
	if (*speed_text == 'x') {
		speed = strtod(speed_text + 1, &end);
		if (end == speed_text + 1 || *end)
			return;
	} else if (*speed_text) {
		return;
	}
	if (!(speed >= 0) || speed > 1e6)
		return;
	*world_ms = ms;
	*speed_milli = (int32_t)(speed * 1000 + 0.5);
}

/* ---- one row a header we read ---- */

static void
take_content_type(struct http_request *q, const char *value)
{
	free(q->content_type);
	q->content_type = xstrdup(value);
	q->result.head.content_type = q->content_type;
}

static void
take_location(struct http_request *q, const char *value)
{
	free(q->location);
	q->location = xstrdup(value);
	q->result.head.location = q->location;
}

static void
take_date(struct http_request *q, const char *value)
{
	int64_t ms;

	if (time_parse_http(value, &ms))
		q->result.head.date_ms = ms;
}

static void
take_retry_after(struct http_request *q, const char *value)
{
	q->result.head.retry_after_ms =
		http_retry_after(value, q->result.head.date_ms);
}

static void
take_paddock_time(struct http_request *q, const char *value)
{
	http_paddock_time(value, &q->result.head.world_ms,
			  &q->result.head.world_speed_milli);
}

static const struct header {
	const char *name;
	void (*take)(struct http_request *q, const char *value);
} headers[] = {
	{ "Content-Type", take_content_type },
	{ "Date", take_date },
	{ "Location", take_location },
	{ "Paddock-Time", take_paddock_time },
	{ "Retry-After", take_retry_after },
	{ NULL, NULL },
};

static void
take_header(struct http_request *q, const char *line, size_t len)
{
	const char *colon = memchr(line, ':', len);
	size_t name_len;
	char value[VALUE_LIMIT];

	if (!colon)
		return;
	name_len = (size_t)(colon - line);
	len -= name_len + 1;
	line = colon + 1;
	while (len && isspace((unsigned char)*line)) {
		line++;
		len--;
	}
	/* None that we read is that long. */
	if (len >= sizeof(value))
		return;
	memcpy(value, line, len);
	value[len] = '\0';
	for (const struct header *h = headers; h->name; h++)
		if (strlen(h->name) == name_len &&
		    strncasecmp(h->name, colon - name_len, name_len) == 0)
			h->take(q, value);
}

/* A new answer begins: an informational one may have come before. */
static void
take_status(struct http_request *q, const char *line, size_t len)
{
	const char *end = line + len;
	const char *digit = memchr(line, ' ', len);
	struct http_head *h = &q->result.head;

	*h = (struct http_head){ .content_type = "",
				 .location = "",
				 .retry_after_ms = -1 };
	if (!digit)
		return;
	for (int i = 0; i < 3 && ++digit < end; i++) {
		if (!isdigit((unsigned char)*digit))
			return;
		h->status = h->status * 10 + (*digit - '0');
	}
}

bool
http_head_line(struct http_request *q, const char *line, size_t len)
{
	while (len && isspace((unsigned char)line[len - 1]))
		len--;
	if (!len)
		return q->result.head.status >= 200;
	if (len > 5 && strncmp(line, "HTTP/", 5) == 0)
		take_status(q, line, len);
	else
		take_header(q, line, len);
	return false;
}
