/*
 * Hearing of a child's end on the reactor, without SIGCHLD.
 *
 * The one file that knows pidfd; where there is none, a timer asks.
 */
#ifndef NET_PROC_EXIT_H
#define NET_PROC_EXIT_H

#include <sys/types.h>

#include "backend/net/reactor.h"

struct proc_exit;

/* Reaps the child when it ends and calls back once with its wait status; -1
 * when somebody else reaped it.  fn may free it. */
struct proc_exit *proc_exit_new(struct reactor *r, pid_t pid,
				void (*fn)(void *ctx, int status), void *ctx);
void proc_exit_free(struct proc_exit *e);

#endif
