/*
 * Dialogs: whatever decides the answer is on screen, on small terminals and
 * with long names too.
 */
#include <stdio.h>
#include <stdlib.h>

#include "keymaps/key.h"
#include "tests/unit/check.h"
#include "tui/dialog.h"

static const char node[] = "ip-10-0-16-4.eu-west-1.compute.internal";
static const char arn[] = "PROD  context arn:aws:eks:eu-west-1:471100000090:"
			  "cluster/continuous-integration-production  account "
			  "471100000090  eu-west-1";

/* What the grid shows, its lines one after the other without frame or blanks at
 * their ends: broken words come together again. */
static char *
read_grid(const struct grid *g)
{
	struct buf text;
	char *all, *out, *end;
	size_t n = 0;

	buf_init(&text, 1 << 20);
	grid_dump(g, false, &text);
	all = buf_take(&text, NULL);
	buf_fini(&text);
	out = xcalloc(strlen(all) + 1, 1);
	for (char *p = all; *p; p = *end ? end + 1 : end) {
		end = strchrnul(p, '\n');
		for (char *c = p; c < end; c++)
			if (*c != '|' && *c != ' ')
				out[n++] = *c;
	}
	free(all);
	return out;
}

static void
shows(const struct grid *g, const char *text, const char *file, int line)
{
	char *all = read_grid(g), *want = xstrdup(text), *to = want;

	for (const char *p = text; *p; p++)
		if (*p != ' ')
			*to++ = *p;
	*to = '\0';
	if (!strstr(all, want)) {
		struct buf dump;

		buf_init(&dump, 1 << 20);
		grid_dump(g, false, &dump);
		print_message("no \"%s\" on the screen:\n%s\n", text,
			      buf_text(&dump));
		buf_fini(&dump);
		free(all);
		free(want);
		_fail(file, line);
	}
	free(all);
	free(want);
}

#define assert_shows(g, text) shows(g, text, __FILE__, __LINE__)

static void
open_typed(struct dialog *d, const char *text)
{
	char title[200];

	snprintf(title, sizeof(title), "cordon %s?", node);
	dialog_open(d, DIALOG_PREVIEW, ASK_TYPED, title);
	snprintf(d->where, sizeof(d->where), "%s", arn);
	snprintf(d->expect, sizeof(d->expect), "%s", node);
	dialog_text(d, text);
	d->armed = true;
}

static const char what[] =
	"schedulable: yes > no\n3 CI jobs run on it and stay\n"
	"the same as:\n  kubectl cordon "
	"ip-10-0-16-4.eu-west-1.compute.internal\n";

static void
test_nothing_is_cut(void **state)
{
	static const struct {
		int rows, cols;
	} sizes[] = { { 24, 80 }, { 48, 160 }, { 13, 40 }, { 10, 60 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		struct dialog d = { 0 };
		struct grid g;

		grid_init(&g, sizes[i].rows, sizes[i].cols);
		open_typed(&d, what);
		dialog_paint(&d, &g);
		assert_shows(&g, "cordon ip-10-0-16-4.eu-west-1.compute."
				 "internal?");
		assert_shows(&g, arn);
		assert_shows(&g, "(esc=cancel)");
		/* The name to type, whole, behind the word that says so. */
		for (const char *p = node; *p; p++)
			dialog_key(&d, (unsigned char)*p);
		grid_clear(&g);
		dialog_paint(&d, &g);
		assert_shows(&g, node);
		assert_shows(&g, "> ");
		assert_true(g.cursor_row >= 0 && g.cursor_col >= 0);
		assert_int_equal(dialog_key(&d, KEYCODE_ENTER), ANSWER_YES);
		dialog_close(&d);
		grid_fini(&g);
	}
}

static void
test_why_not_is_not_cut(void **state)
{
	struct dialog d = { 0 };
	struct grid g;

	(void)state;
	grid_init(&g, 10, 40);
	open_typed(&d, what);
	snprintf(d.blocked, sizeof(d.blocked), "READ-ONLY: \":write 30m "
		 "REASON\" unlocks");
	dialog_paint(&d, &g);
	assert_shows(&g, "READ-ONLY: \":write 30m REASON\" unlocks");
	assert_shows(&g, "esc=back");
	dialog_close(&d);
	grid_fini(&g);
}

/* The text between scrolls; its last line can be reached. */
static void
test_text_scrolls(void **state)
{
	struct dialog d = { 0 };
	struct grid g;
	struct buf text;

	(void)state;
	buf_init(&text, 10000);
	for (int i = 0; i < 60; i++)
		buf_printf(&text, "job %d ends with it\n", i);
	grid_init(&g, 24, 80);
	open_typed(&d, buf_text(&text));
	d.ask = ASK_YES;
	dialog_paint(&d, &g);
	assert_shows(&g, "job 0 ends with it");
	assert_shows(&g, "up/down=more");
	for (int i = 0; i < 10; i++) {
		dialog_key(&d, KEYCODE_PGDN);
		dialog_paint(&d, &g);
	}
	assert_shows(&g, "job 59 ends with it");
	dialog_close(&d);
	grid_fini(&g);
	buf_fini(&text);
}

/* Any size paints, and the question is on it. */
static void
test_tiny(void **state)
{
	(void)state;
	for (int rows = 2; rows < 12; rows++) {
		for (int cols = 12; cols < 50; cols += 3) {
			struct dialog d = { 0 };
			struct grid g;

			grid_init(&g, rows, cols);
			open_typed(&d, what);
			dialog_paint(&d, &g);
			assert_shows(&g, "cordon ");
			dialog_close(&d);
			grid_fini(&g);
		}
	}
}

SUITE(tui_dialog,
      TEST(test_nothing_is_cut),
      TEST(test_why_not_is_not_cut),
      TEST(test_text_scrolls),
      TEST(test_tiny));
