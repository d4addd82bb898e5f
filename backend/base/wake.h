/*
 * Waking another thread that waits in poll: a descriptor that becomes readable.
 *
 * The one file that knows eventfd; where there is none, a pipe does the same.
 * Signals collapse: after any number of wake_signal one wake_clear is enough.
 *
 * Thread: wake_signal from any thread and from signal handlers; wake_clear from
 * the thread that waits.
 */
#ifndef BASE_WAKE_H
#define BASE_WAKE_H

#include "backend/base/err.h"

struct wake {
	int fd;	      /* readable when signalled */
	int write_fd; /* the same with eventfd */
};

/* Fails with ERR_IO when the process is out of descriptors. */
NODISCARD bool wake_open(struct wake *w, struct err *err);
void wake_close(struct wake *w);
void wake_signal(const struct wake *w);
/* Call before looking at what the signal was about, never after. */
void wake_clear(const struct wake *w);

#endif
