/*
 * Pty and libvterm.
 */
#include "tests/tui/term.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include <vterm.h>

#include "backend/base/buf.h"
#include "backend/base/clock.h"
#include "tests/unit/check.h"

struct term {
	int fd;
	pid_t pid;
	bool reaped, alternate, cursor;
	int status, rows, cols;
	VTerm *vt;
	VTermScreen *screen;
	struct buf text;
};

static int
on_property(VTermProp prop, VTermValue *value, void *ctx)
{
	struct term *t = ctx;

	if (prop == VTERM_PROP_ALTSCREEN)
		t->alternate = value->boolean;
	if (prop == VTERM_PROP_CURSORVISIBLE)
		t->cursor = value->boolean;
	return 1;
}

static const VTermScreenCallbacks callbacks = { .settermprop = on_property };

struct term *
term_open(int rows, int cols, int (*child)(void *ctx), void *ctx)
{
	struct winsize size = { .ws_row = (unsigned short)rows,
				.ws_col = (unsigned short)cols };
	struct term *t = xcalloc(1, sizeof(*t));

	fflush(NULL);
	t->pid = forkpty(&t->fd, NULL, NULL, &size);
	if (t->pid < 0)
		fail_msg("no pty: %s", strerror(errno));
	if (t->pid == 0) {
		setenv("TERM", "xterm-256color", 1);
		setenv("TZ", "UTC", 1);
		unsetenv("LINES");
		unsetenv("COLUMNS");
		_exit(child(ctx));
	}
	fcntl(t->fd, F_SETFL, O_NONBLOCK);
	fcntl(t->fd, F_SETFD, FD_CLOEXEC);
	t->rows = rows;
	t->cols = cols;
	t->cursor = true;
	t->vt = vterm_new(rows, cols);
	vterm_set_utf8(t->vt, 1);
	t->screen = vterm_obtain_screen(t->vt);
	vterm_screen_enable_altscreen(t->screen, 1);
	vterm_screen_set_callbacks(t->screen, &callbacks, t);
	vterm_screen_reset(t->screen, 1);
	buf_init(&t->text, 1 << 20);
	return t;
}

void
term_free(struct term *t)
{
	if (!t)
		return;
	if (!t->reaped) {
		kill(t->pid, SIGKILL);
		waitpid(t->pid, &t->status, 0);
	}
	if (t->fd >= 0)
		close(t->fd);
	vterm_free(t->vt);
	buf_fini(&t->text);
	free(t);
}

pid_t
term_pid(const struct term *t)
{
	return t->pid;
}

void
term_type(struct term *t, const char *bytes)
{
	size_t len = strlen(bytes);

	if (write(t->fd, bytes, len) != (ssize_t)len)
		fail_msg("cannot type");
}

void
term_resize(struct term *t, int rows, int cols)
{
	struct winsize size = { .ws_row = (unsigned short)rows,
				.ws_col = (unsigned short)cols };

	vterm_set_size(t->vt, rows, cols);
	t->rows = rows;
	t->cols = cols;
	if (ioctl(t->fd, TIOCSWINSZ, &size) != 0)
		fail_msg("cannot resize");
}

void
term_pump(struct term *t, int wait_ms)
{
	struct pollfd p = { .fd = t->fd, .events = POLLIN };
	char bytes[4096];
	ssize_t n;

	if (t->fd < 0 || poll(&p, 1, wait_ms) <= 0)
		return;
	while ((n = read(t->fd, bytes, sizeof(bytes))) > 0)
		vterm_input_write(t->vt, bytes, (size_t)n);
	/* Answers the terminal gives by itself. */
	while ((n = (ssize_t)vterm_output_read(t->vt, bytes,
					       sizeof(bytes))) > 0)
		if (write(t->fd, bytes, (size_t)n) != n)
			return;
}

const char *
term_text(struct term *t)
{
	buf_reset(&t->text);
	for (int row = 0; row < t->rows; row++) {
		char line[4096];
		VTermRect rect = { .start_row = row, .end_row = row + 1,
				   .start_col = 0, .end_col = t->cols };
		size_t n = vterm_screen_get_text(t->screen, line,
						 sizeof(line) - 1, rect);

		while (n > 0 && (line[n - 1] == ' ' || line[n - 1] == '\0'))
			n--;
		buf_add(&t->text, line, n);
		buf_putc(&t->text, '\n');
	}
	return buf_text(&t->text);
}

static void
wait_for(struct term *t, const char *text, bool want)
{
	int64_t end = clock_boot_ms(&clock_system) + TERM_DEADLINE_MS;

	while ((strstr(term_text(t), text) != NULL) != want) {
		if (clock_boot_ms(&clock_system) > end) {
			print_error("%s\"%s\" did not come:\n%s",
				    want ? "" : "end of ", text,
				    term_text(t));
			fail();
		}
		term_pump(t, 100);
	}
}

void
term_wait(struct term *t, const char *text)
{
	wait_for(t, text, true);
}

void
term_wait_gone(struct term *t, const char *text)
{
	wait_for(t, text, false);
}

int
term_wait_exit(struct term *t)
{
	int64_t end = clock_boot_ms(&clock_system) + TERM_DEADLINE_MS;

	while (!t->reaped) {
		if (waitpid(t->pid, &t->status, WNOHANG) == t->pid)
			t->reaped = true;
		else if (clock_boot_ms(&clock_system) > end)
			fail_msg("the child did not end");
		term_pump(t, 20);
	}
	return t->status;
}

bool
term_alternate(const struct term *t)
{
	return t->alternate;
}

bool
term_cursor_visible(const struct term *t)
{
	return t->cursor;
}

bool
term_is_cooked(const struct term *t)
{
	struct termios modes;

	return tcgetattr(t->fd, &modes) == 0 && (modes.c_lflag & ICANON) &&
	       (modes.c_lflag & ECHO) && (modes.c_lflag & ISIG);
}

uint32_t
term_coloured(const struct term *t)
{
	uint32_t n = 0;

	for (int row = 0; row < t->rows; row++) {
		for (int col = 0; col < t->cols; col++) {
			VTermPos pos = { row, col };
			VTermScreenCell cell;

			if (vterm_screen_get_cell(t->screen, pos, &cell))
				n += !VTERM_COLOR_IS_DEFAULT_FG(&cell.fg) ||
				     !VTERM_COLOR_IS_DEFAULT_BG(&cell.bg);
		}
	}
	return n;
}

void
term_forget_child(struct term *t)
{
	t->reaped = true;
}

void
term_hang_up(struct term *t)
{
	close(t->fd);
	t->fd = -1;
}
