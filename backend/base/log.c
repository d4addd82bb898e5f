/*
 * The program's log: file and ring, under one lock.
 */
#include "backend/base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

#include "backend/base/buf.h"
#include "backend/base/clock.h"
#include "backend/base/text.h"

#define RING_LINES 1024u
#define LINE_BYTES 1024u

_Atomic enum log_level log_threshold = LOG_WARN;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int file = -1;
static char *ring[RING_LINES]; /* owned lines without newline */
static uint32_t ring_next;     /* lines ever written, modulo 2^32 */

static const char *const level_names[] = {
	[LOG_ERROR] = "error",
	[LOG_WARN] = "warn",
	[LOG_INFO] = "info",
	[LOG_DEBUG] = "debug",
};

bool
log_open(const char *path, enum log_level threshold)
{
	int fd = -1;

	if (path) {
		fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC,
			  0600);
		if (fd < 0)
			return false;
	}
	pthread_mutex_lock(&lock);
	if (file >= 0)
		close(file);
	file = fd;
	log_threshold = threshold;
	pthread_mutex_unlock(&lock);
	return true;
}

void
log_close(void)
{
	pthread_mutex_lock(&lock);
	if (file >= 0)
		close(file);
	file = -1;
	for (uint32_t i = 0; i < RING_LINES; i++) {
		free(ring[i]);
		ring[i] = NULL;
	}
	ring_next = 0;
	pthread_mutex_unlock(&lock);
}

bool
log_level_parse(const char *name, enum log_level *level)
{
	for (size_t i = 0; i < ARRAY_LEN(level_names); i++) {
		if (strcasecmp(name, level_names[i]) == 0) {
			*level = (enum log_level)i;
			return true;
		}
	}
	return false;
}

void
log_write(enum log_level level, const char *area, const char *fmt, ...)
{
	char raw[LINE_BYTES], line[LINE_BYTES + TIME_TEXT + 64];
	char when[TIME_TEXT];
	int saved_errno = errno;
	va_list args;
	int head;
	size_t len;

	va_start(args, fmt);
	if (vsnprintf(raw, sizeof(raw), fmt, args) < 0)
		raw[0] = '\0';
	va_end(args);
	time_format(clock_wall_ms(&clock_system), true, when);
	head = snprintf(line, TIME_TEXT + 60, "%s %-5s %-8.24s ", when,
			level_names[level], area);
	text_clean_to(line + head, sizeof(line) - (size_t)head - 1, raw,
		      strlen(raw));
	len = strlen(line);

	pthread_mutex_lock(&lock);
	free(ring[ring_next % RING_LINES]);
	ring[ring_next++ % RING_LINES] = xstrndup(line, len);
	if (file >= 0) {
		line[len] = '\n';
		/* A full disk must not stop the program; the ring has it. */
		if (write(file, line, len + 1) < 0)
			errno = saved_errno;
	}
	pthread_mutex_unlock(&lock);
	errno = saved_errno;
}

char *
log_recent(size_t *len, uint32_t *lines)
{
	struct buf out;

	buf_init(&out, (size_t)RING_LINES * (LINE_BYTES + 128));
	*lines = 0;
	pthread_mutex_lock(&lock);
	for (uint32_t i = 0; i < RING_LINES; i++) {
		const char *line = ring[(ring_next + i) % RING_LINES];

		if (!line)
			continue;
		buf_add(&out, line, strlen(line) + 1);
		++*lines;
	}
	pthread_mutex_unlock(&lock);
	return buf_take(&out, len);
}
