/*
 * Grids to the terminal by curses.
 */
#include "tui/screen.h"

#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

enum { RESET_BYTES = 256, RUN_CELLS = 256 };

static SCREEN *curses_screen;
static struct grid front; /* what the terminal shows */
static bool front_known;
static const struct theme *last_theme;
static bool has_colours;

/* For screen_restore: set before the terminal is changed, then constant. */
static volatile bool taken;
static struct termios saved_modes;
static char reset_text[RESET_BYTES];
static size_t reset_len;

bool
screen_is_open(void)
{
	return taken;
}

int
screen_fd(void)
{
	return STDOUT_FILENO;
}

const char *
screen_reset_text(void)
{
	return reset_text;
}

void
screen_restore(void)
{
	int keep = errno, flags;
	ssize_t n;

	if (!taken)
		return;
	taken = false;
	flags = fcntl(screen_fd(), F_GETFL);
	if (flags >= 0)
		fcntl(screen_fd(), F_SETFL, flags | O_NONBLOCK);
	/* One try: nobody may be reading. */
	n = write(screen_fd(), reset_text, reset_len);
	(void)n;
	if (flags >= 0)
		fcntl(screen_fd(), F_SETFL, flags);
	tcsetattr(STDIN_FILENO, TCSANOW, &saved_modes);
	errno = keep;
}

static bool
has_capability(const char *name)
{
	const char *text = tigetstr(name);

	return text && text != (char *)-1;
}

static void
add_reset(const char *capability)
{
	const char *text = tigetstr(capability);
	size_t len;

	if (!has_capability(capability))
		return;
	/* Padding like $<5> is for terminals of another age. */
	len = strcspn(text, "$");
	if (reset_len + len >= sizeof(reset_text))
		return;
	memcpy(reset_text + reset_len, text, len);
	reset_len += len;
	reset_text[reset_len] = '\0';
}

static void
put_capability(const char *capability)
{
	if (has_capability(capability))
		putp(tigetstr(capability));
}

/*
 * What terminals send when they are not what TERM says, or not in keypad mode.
 */
static void
define_common_keys(void)
{
	static const struct {
		const char *sequence;
		int key;
	} common[] = {
		{ "\033[A", KEY_UP },	    { "\033[B", KEY_DOWN },
		{ "\033[C", KEY_RIGHT },    { "\033[D", KEY_LEFT },
		{ "\033OA", KEY_UP },	    { "\033OB", KEY_DOWN },
		{ "\033OC", KEY_RIGHT },    { "\033OD", KEY_LEFT },
		{ "\033[H", KEY_HOME },	    { "\033[F", KEY_END },
		{ "\033[1~", KEY_HOME },    { "\033[4~", KEY_END },
		{ "\033[3~", KEY_DC },	    { "\033[5~", KEY_PPAGE },
		{ "\033[6~", KEY_NPAGE },   { "\033[Z", KEY_BTAB },
		{ "\033[1;2A", KEY_SR },    { "\033[1;2B", KEY_SF },
		{ "\033[1;2C", KEY_SRIGHT }, { "\033[1;2D", KEY_SLEFT },
	};

	for (size_t i = 0; i < ARRAY_LEN(common); i++)
		if (key_defined(common[i].sequence) == 0)
			define_key(common[i].sequence, common[i].key);
}

static void
define_keys(void)
{
	keypad(stdscr, TRUE);
	define_common_keys();
	/* Codes of bracketed paste, known to input.c by number. */
	define_key(has_capability("PS") ? tigetstr("PS") : "\033[200~",
		   KEY_MAX + 1);
	define_key(has_capability("PE") ? tigetstr("PE") : "\033[201~",
		   KEY_MAX + 2);
}

static void
define_colours(void)
{
	has_colours = has_colors() && start_color() == OK;
	if (!has_colours)
		return;
	use_default_colors();
	for (short c = 0; c < 8; c++)
		init_pair((short)(c + 1), c, -1);
}

bool
screen_open(struct err *err)
{
	const char *term = getenv("TERM");

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return err_set(err, ERR_USAGE,
			       "the console needs a terminal on stdin and "
			       "stdout; `paddock get VIEW` prints without "
			       "one");
	if (tcgetattr(STDIN_FILENO, &saved_modes) != 0)
		return err_set(err, ERR_IO, "terminal: cannot read its modes");
	if (!term || !*term)
		return err_set(err, ERR_USAGE, "TERM is not set; try "
					       "TERM=xterm");
	curses_screen = newterm(NULL, stdout, stdin);
	if (curses_screen && !has_capability("cup")) {
		endwin();
		delscreen(curses_screen);
		curses_screen = NULL;
	}
	if (!curses_screen)
		return err_set(err, ERR_USAGE,
			       "terminal type \"%s\" is unknown or too simple "
			       "to paint on; try TERM=xterm, or `paddock get "
			       "VIEW`", term);
	reset_len = 0;
	add_reset("BD");    /* bracketed paste off */
	add_reset("rmkx");  /* keypad */
	add_reset("sgr0");  /* attributes */
	add_reset("cnorm"); /* cursor */
	add_reset("rmcup"); /* other screen */
	taken = true;
	bug_set_restore(screen_restore);
	raw();
	noecho();
	nonl();
	set_escdelay(25);
	leaveok(stdscr, FALSE);
	nodelay(stdscr, TRUE);
	define_keys();
	define_colours();
	put_capability("BE");
	curs_set(0);
	front_known = false;
	return true;
}

void
screen_close(void)
{
	if (curses_screen) {
		if (taken) {
			put_capability("BD");
			curs_set(1);
			endwin();
		}
		delscreen(curses_screen);
		curses_screen = NULL;
	}
	taken = false;
	bug_set_restore(NULL);
	grid_fini(&front);
	front_known = false;
}

void
screen_size(int *rows, int *cols)
{
	getmaxyx(stdscr, *rows, *cols);
}

void
screen_resized(void)
{
	struct winsize size;

	if (ioctl(screen_fd(), TIOCGWINSZ, &size) == 0 && size.ws_row &&
	    size.ws_col)
		resizeterm(size.ws_row, size.ws_col);
	front_known = false;
}

void
screen_forget(void)
{
	front_known = false;
}

void
screen_suspend(void)
{
	put_capability("BD");
	def_prog_mode();
	endwin();
	taken = false;
}

void
screen_resume(void)
{
	reset_prog_mode();
	taken = true;
	put_capability("BE");
	screen_resized();
}

/* ---- painting ---- */

static void
set_style(const struct theme *theme, uint8_t tone, uint8_t bits)
{
	const struct look *look =
		&theme->looks[tone < TONE_COUNT ? tone : TONE_NORMAL];
	attr_t attr = A_NORMAL;
	short pair = 0;

	if (look->bold || (bits & STYLE_BOLD))
		attr |= A_BOLD;
	if (look->dim)
		attr |= A_DIM;
	if (look->underline || (bits & STYLE_UNDERLINE))
		attr |= A_UNDERLINE;
	if (look->reverse || (bits & STYLE_REVERSE))
		attr |= A_REVERSE;
	if (has_colours && look->colour >= 0)
		pair = (short)(look->colour + 1);
	attr_set(attr, pair, NULL);
}

static bool
cell_same(const struct gcell *a, const struct gcell *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

/* Where characters are bytes, curses would send any as the byte it happens to
 * be. */
static wchar_t
shown(uint32_t code)
{
	return MB_CUR_MAX == 1 && code > 126 ? L'?' : (wchar_t)code;
}

/* Writes the cells [from, to) of a row, one call for each style. */
static void
emit(const struct grid *g, const struct theme *theme, int row, int from,
     int to)
{
	const struct gcell *cells = &g->at[row * g->cols];

	while (from < to) {
		wchar_t text[RUN_CELLS * (1 + GCELL_MARKS)];
		int n = 0, end = from;

		for (; end < to && end - from < RUN_CELLS &&
		       cells[end].tone == cells[from].tone &&
		       cells[end].bits == cells[from].bits;
		     end++) {
			if (cells[end].width == 0)
				continue;
			text[n++] = shown(cells[end].code);
			for (int m = 0; m < GCELL_MARKS && MB_CUR_MAX > 1; m++)
				if (cells[end].marks[m])
					text[n++] = (wchar_t)
							    cells[end].marks[m];
		}
		set_style(theme, cells[from].tone, cells[from].bits);
		mvaddnwstr(row, from, text, n);
		from = end;
	}
}

static void
emit_row(const struct grid *g, const struct theme *theme, int row)
{
	const struct gcell *new = &g->at[row * g->cols];
	const struct gcell *old = &front.at[row * g->cols];
	int from = 0, to = g->cols;

	if (front_known) {
		while (from < to && cell_same(&new[from], &old[from]))
			from++;
		while (to > from && cell_same(&new[to - 1], &old[to - 1]))
			to--;
		/* Whole characters only. */
		while (from > 0 && new[from].width == 0)
			from--;
		while (to < g->cols && new[to].width == 0)
			to++;
	}
	if (from < to)
		emit(g, theme, row, from, to);
}

void
screen_flush(const struct grid *g, const struct theme *theme)
{
	if (theme != last_theme || front.rows != g->rows ||
	    front.cols != g->cols)
		front_known = false;
	if (front.rows != g->rows || front.cols != g->cols) {
		grid_fini(&front);
		grid_init(&front, g->rows, g->cols);
	}
	if (!front_known) {
		attr_set(A_NORMAL, 0, NULL);
		clear(); /* the next refresh paints from nothing */
	}
	for (int row = 0; row < g->rows; row++)
		emit_row(g, theme, row);
	memcpy(front.at, g->at,
	       (size_t)g->rows * (size_t)g->cols * sizeof(*g->at));
	front_known = true;
	last_theme = theme;
	if (g->cursor_row >= 0) {
		move(g->cursor_row, g->cursor_col);
		curs_set(1);
	} else {
		curs_set(0);
	}
	wnoutrefresh(stdscr);
	doupdate();
}
