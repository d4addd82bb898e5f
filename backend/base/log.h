/*
 * The program's own log: one file under $XDG_STATE_HOME/paddock, line
 * buffered, "time level area message", control characters escaped, and a ring
 * that the `:log` view shows.  Off costs a compare.  Never bodies, headers or
 * secrets: state machines log transitions, requests log method, path, status,
 * bytes, ms, attempt.
 *
 * Thread: any.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "backend/base/mem.h"

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

/* Read by log_at on every thread, set by log_open. */
extern _Atomic enum log_level log_threshold;

/* path NULL: ring only.  Returns false with errno when it cannot be opened. */
NODISCARD bool log_open(const char *path, enum log_level threshold);
void log_close(void);
bool log_level_parse(const char *name, enum log_level *level);

#define log_at(level, area, ...)                                            \
	do {                                                                \
		if ((level) <= log_threshold)                               \
			log_write((level), (area), __VA_ARGS__);            \
	} while (0)

PRINTF_LIKE(3, 4)
void log_write(enum log_level level, const char *area, const char *fmt, ...);

/* Copies the newest lines (oldest first) into a new NUL separated text. */
char *log_recent(size_t *len, uint32_t *lines);

#endif
