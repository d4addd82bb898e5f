/*
 * Errors as values: a code that a caller acts on and one sentence for people.
 *
 * A fallible function takes `struct err *` last, returns false or NULL, and
 * leaves the err untouched on success, so that calls chain.  The sentence says
 * what was tried, on what, what happened and, where it helps, what to do.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include "backend/base/mem.h"

enum err_code {
	ERR_NONE = 0,
	ERR_RETRY,	 /* passing trouble: 5xx, reset, time-out of one try */
	ERR_LIMIT,	 /* throttled or over a ceiling of ours */
	ERR_UNREACHABLE, /* no connection at all */
	ERR_AUTH,	 /* credentials missing, wrong or expired */
	ERR_DENIED,	 /* credentials fine, permission lacking */
	ERR_GONE,	 /* 404, 410: the object or the version is no more */
	ERR_CONFLICT,	 /* somebody changed it first */
	ERR_BAD,	 /* input or answer that cannot be understood */
	ERR_CONFIG,	 /* configuration, kubeconfig, policy */
	ERR_USAGE,	 /* command line */
	ERR_REFUSED,	 /* a safety rule of design 8 said no */
	ERR_PARTIAL,	 /* some of several parts failed */
	ERR_IO,		 /* local file or system call */
	ERR_CANCELLED,
};

struct err {
	enum err_code code;
	char text[512];
};

/* Sets code and sentence; always returns false so that `return err_set(...)`
 * reads well.  err may be NULL. */
PRINTF_LIKE(3, 4)
bool err_set(struct err *err, enum err_code code, const char *fmt, ...);

/* Puts context in front of the sentence already there: "file: line: ...". */
PRINTF_LIKE(2, 3)
bool err_prefix(struct err *err, const char *fmt, ...);

/* "unreachable", "denied" ... for logs and JSON. */
const char *err_code_name(enum err_code code);

/* The documented exit code of design 2.1: 0 ok, 1 failed, 2 usage,
 * 3 configuration, 4 authentication or permission, 5 unreachable, 6 partial,
 * 7 refused by a safety rule. */
int err_exit_code(enum err_code code);

#endif
