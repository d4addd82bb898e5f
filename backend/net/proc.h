/*
 * Child processes on the reactor: credential plugins.
 *
 * No shell; standard input is empty; stdout and stderr collected up to a
 * ceiling, what comes after is let go; a deadline ends the whole process group
 * (TERM, then KILL two seconds later).  Exactly one on_done per start.
 */
#ifndef NET_PROC_H
#define NET_PROC_H

#include "backend/base/buf.h"
#include "backend/net/reactor.h"

struct proc;

struct proc_result {
	int exit_code;	      /* -1 when it did not exit by itself */
	bool timed_out;
	const char *out;      /* borrowed until on_done returns */
	size_t out_len;
	const char *err_text; /* stderr, not yet cleaned */
	size_t err_len;
};

struct proc_call {
	const char *const *argv;  /* NULL ended; argv[0] looked up in PATH */
	const char *const *env;   /* "K=V" added to the environment */
	const char *dir;	  /* working directory, or NULL */
	int64_t deadline_ms;	  /* 0: none */
	size_t limit_bytes;	  /* per stream; 0: 1 MiB */
	void (*on_done)(void *ctx, const struct proc_result *result);
	void *ctx;
};

/* NULL with err: ERR_GONE when there is no such program, else ERR_IO; on_done
 * is then not called. */
struct proc *proc_start(struct reactor *r, const struct proc_call *call,
			struct err *err);
/* Kills the group; on_done is not called. */
void proc_cancel(struct proc *p);

#endif
