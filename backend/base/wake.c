/*
 * Wake-ups between threads.
 */
#include "backend/base/wake.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/eventfd.h>
#endif

bool
wake_open(struct wake *w, struct err *err)
{
#ifdef __linux__
	w->fd = w->write_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (w->fd >= 0)
		return true;
#else
	int ends[2];

	w->fd = w->write_fd = -1;
	if (pipe(ends) == 0) {
		for (int i = 0; i < 2; i++) {
			fcntl(ends[i], F_SETFD, FD_CLOEXEC);
			fcntl(ends[i], F_SETFL, O_NONBLOCK);
		}
		w->fd = ends[0];
		w->write_fd = ends[1];
		return true;
	}
#endif
	return err_set(err, ERR_IO, "cannot make a wake-up descriptor: %s",
		       strerror(errno));
}

void
wake_close(struct wake *w)
{
	if (w->fd >= 0)
		close(w->fd);
	if (w->write_fd >= 0 && w->write_fd != w->fd)
		close(w->write_fd);
	w->fd = w->write_fd = -1;
}

void
wake_signal(const struct wake *w)
{
	const uint64_t one = 1;
	int saved = errno;

	/* A full counter or pipe is readable already: nothing is lost. */
	while (write(w->write_fd, &one, sizeof(one)) < 0 && errno == EINTR)
		continue;
	errno = saved;
}

void
wake_clear(const struct wake *w)
{
	char sink[512];
	int saved = errno;
	ssize_t n;

	do
		n = read(w->fd, sink, sizeof(sink));
	while (n == (ssize_t)sizeof(sink) || (n < 0 && errno == EINTR));
	errno = saved;
}
