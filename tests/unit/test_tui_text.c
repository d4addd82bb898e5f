/*
 * Grids, escape sequences, lines, wrapping, charts, prompts, history.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "keymaps/key.h"
#include "tests/unit/check.h"
#include "tui/ansi.h"
#include "tui/chart.h"
#include "tui/history.h"
#include "tui/pager.h"
#include "tui/prompt.h"

static const struct style plain;

static char *
dump(const struct grid *g, bool styles)
{
	struct buf out;
	char *text;

	buf_init(&out, 1 << 20);
	grid_dump(g, styles, &out);
	text = buf_take(&out, NULL);
	buf_fini(&out);
	return text;
}

static void
assert_dump(const struct grid *g, const char *want)
{
	char *got = dump(g, false);

	assert_text_equal(got, want);
	free(got);
}

static void
test_grid_counts_cells_not_bytes(void **state)
{
	struct grid g;

	(void)state;
	grid_init(&g, 3, 8);
	assert_int_equal(grid_text(&g, 0, 0, 8, plain, "日本語です", 0), 8);
	assert_int_equal(grid_text(&g, 1, 0, 5, plain, "日本語", '~'), 5);
	assert_int_equal(grid_text(&g, 2, 2, 9, plain, "e\xcc\x81x", 0), 2);
	assert_dump(&g, "|日本語で\n|日本~\n|  e\xcc\x81x\n");
	/* Half of a wide character is never left behind. */
	grid_text(&g, 0, 1, 1, plain, "x", 0);
	assert_dump(&g, "| x本語で\n|日本~\n|  e\xcc\x81x\n");
	grid_fini(&g);
}

static void
test_grid_clips_on_every_side(void **state)
{
	struct grid g;

	(void)state;
	grid_init(&g, 2, 4);
	grid_text(&g, -1, 0, 4, plain, "no", 0);
	grid_text(&g, 5, 0, 4, plain, "no", 0);
	grid_text(&g, 0, -2, 9, plain, "abcdefghi", 0);
	grid_text(&g, 1, 3, 9, plain, "日", 0); /* does not fit */
	grid_fill(&g, 1, 0, 2, plain, '-');
	grid_add_bits(&g, 1, -3, 20, STYLE_REVERSE);
	assert_dump(&g, "|cdef\n|--\n");
	grid_fini(&g);
	grid_init(&g, 0, 0);
	grid_text(&g, 0, 0, 9, plain, "x", 0);
	grid_fini(&g);
}

static void
test_grid_disarms_text(void **state)
{
	struct grid g;
	char *text;

	(void)state;
	grid_init(&g, 1, 30);
	grid_text(&g, 0, 0, 30, plain, "a\033[2Jb\xff\xe2\x80\xae" "c\r\n", 0);
	text = dump(&g, false);
	assert_text_equal(text, "|a\xef\xbf\xbd[2Jb\xef\xbf\xbd\xef\xbf\xbd"
				"c\xef\xbf\xbd\xef\xbf\xbd\n");
	free(text);
	grid_fini(&g);
}

/* ---- escape sequences of logs ---- */

static char *
plain_of(const char *line)
{
	struct buf out;
	char *text;

	buf_init(&out, 1 << 16);
	ansi_plain(line, strlen(line), &out);
	text = buf_take(&out, NULL);
	buf_fini(&out);
	return text;
}

static void
test_sequences_become_attributes_or_nothing(void **state)
{
	static const struct {
		const char *line, *want;
	} cases[] = {
		{ "plain", "plain" },
		{ "\033[31;1mred\033[0m!", "red!" },
		{ "\033[38;5;200mx\033[48;2;1;2;3my", "xy" },
		{ "\033]0;title\ax", "x" },
		{ "\033]8;;http://e/\033\\link\033]8;;\033\\", "link" },
		{ "\033[2J\033[H\033[10Cx", "x" },
		{ "\033(Bx\033c\033", "x" },
		{ "\033[", "" },
		{ "\033]never ends", "" },
		{ "10%\r20%\r30%", "30%" },
		{ "done\r", "done" },
		{ "done\r\n", "done" },
		{ "a\tb", "a       b" },
		{ "12345678\tb", "12345678        b" },
		{ "\x01\x7f\xc2\x9b", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
	};
	struct ansi a;
	struct style style;
	uint32_t code;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char *got = plain_of(cases[i].line);

		assert_text_equal(got, cases[i].want);
		assert_int_equal(ansi_width(cases[i].line,
					    strlen(cases[i].line)),
				 i == 14 ? 3 : (int)strlen(got));
		free(got);
	}
	ansi_begin(&a, "\033[1;33mw\033[22mx", 14);
	assert_true(ansi_next(&a, &code, &style));
	assert_int_equal(style.tone, TONE_WARN);
	assert_int_equal(style.bits, STYLE_BOLD);
	assert_true(ansi_next(&a, &code, &style));
	assert_int_equal(code, 'x');
	assert_int_equal(style.bits, 0);
	assert_false(ansi_next(&a, &code, &style));
}

/* ---- the pager ---- */

static void
paint(struct pager *p, struct grid *g)
{
	grid_clear(g);
	pager_paint(p, g, 0, g->rows, g->cols);
}

static void
test_pager_moves_and_wraps(void **state)
{
	static const char text[] = "one\ntwo two two\nthree\n日本語日本語\nend";
	struct pager p;
	struct grid g;

	(void)state;
	grid_init(&g, 3, 7);
	pager_init(&p, "t");
	pager_text(&p, text, strlen(text));
	assert_int_equal(p.lines.end, 5);
	paint(&p, &g);
	assert_dump(&g, "|one\n|two two\n|three\n");
	pager_sideways(&p, 4);
	paint(&p, &g);
	assert_dump(&g, "|\n|two two\n|e\n");
	pager_sideways(&p, -4);
	pager_move(&p, 1);
	paint(&p, &g);
	assert_dump(&g, "|two two\n|three\n|日本語\n");
	pager_bottom(&p);
	paint(&p, &g);
	assert_dump(&g, "|three\n|日本語\n|end\n");
	p.wrap = true;
	pager_top(&p);
	paint(&p, &g);
	/* Broken at a blank, which goes with the break. */
	assert_dump(&g, "|one\n|two two\n|two\n");
	pager_move(&p, 2);
	paint(&p, &g);
	/* A wide character does not straddle the edge. */
	assert_dump(&g, "|two\n|three\n|日本語\n");
	pager_bottom(&p);
	paint(&p, &g);
	assert_dump(&g, "|日本語\n|日本語\n|end\n");
	pager_move(&p, -1);
	paint(&p, &g);
	assert_dump(&g, "|three\n|日本語\n|日本語\n");
	pager_page(&p, 9);
	paint(&p, &g);
	assert_dump(&g, "|日本語\n|日本語\n|end\n");
	/* An early blank is no place to break; empty lines stay lines. */
	pager_text(&p, "a bcdefghij\n\nab cdefghi\n", 24);
	pager_top(&p);
	paint(&p, &g);
	assert_dump(&g, "|a bcdef\n|ghij\n|\n");
	pager_bottom(&p);
	paint(&p, &g);
	assert_dump(&g, "|\n|ab cdef\n|ghi\n");
	pager_fini(&p);
	grid_fini(&g);
}

static void
test_pager_finds_round_the_end(void **state)
{
	struct pager p;

	(void)state;
	pager_init(&p, "t");
	pager_text(&p, "a\nFOO\nb\nfoo\nc\n", 14);
	assert_true(pager_search(&p, "foo"));
	assert_true(pager_find(&p, 1));
	assert_int_equal(p.match, 1);
	assert_true(pager_find(&p, 1));
	assert_int_equal(p.match, 3);
	assert_true(pager_find(&p, 1));
	assert_int_equal(p.match, 1);
	assert_true(pager_find(&p, -1));
	assert_int_equal(p.match, 3);
	assert_true(pager_search(&p, "^.$"));
	assert_true(pager_find(&p, 1));
	assert_false(pager_search(&p, "("));
	assert_true(*p.pattern_error);
	assert_false(pager_find(&p, 1));
	pager_fini(&p);
}

static void
test_charts(void **state)
{
	static const int16_t ramp[] = { 0, 1, 2, 3, 4, 5, 6, 7 };
	static const int16_t holes[] = { -1, 3, -1 };
	char out[64];

	(void)state;
	chart_line(out, sizeof(out), ramp, 8, 7, 8, true);
	assert_text_equal(out, "_.:-=+*#");
	chart_line(out, sizeof(out), ramp, 8, 14, 8, true);
	assert_text_equal(out, "_...::--");
	/* Fewer cells: the highest of each, never lost. */
	chart_line(out, sizeof(out), ramp, 8, 7, 4, true);
	assert_text_equal(out, ".-+#");
	chart_line(out, sizeof(out), holes, 3, 3, 5, true);
	assert_text_equal(out, "  ?#?");
	chart_line(out, sizeof(out), ramp, 0, 7, 3, true);
	assert_text_equal(out, "   ");
	chart_line(out, sizeof(out), ramp, 8, 7, 8, false);
	assert_text_equal(out, "▁▂▃▄▅▆▇█");
	chart_bar(out, sizeof(out), 500, 4, true);
	assert_text_equal(out, "##--");
}

/* ---- typing ---- */

static void
type(struct prompt *p, const char *text)
{
	for (; *text; text++)
		prompt_key(p, (unsigned char)*text);
}

static void
test_prompt_edits(void **state)
{
	struct prompt p;

	(void)state;
	prompt_open(&p, ":", "", NULL);
	type(&p, "get pods");
	prompt_key(&p, 'w' | KEYMOD_CTRL);
	assert_text_equal(p.text, "get ");
	type(&p, "x");
	prompt_key(&p, 'a' | KEYMOD_CTRL);
	type(&p, "!");
	prompt_key(&p, 0xe9); /* é */
	prompt_key(&p, KEYCODE_RIGHT);
	prompt_key(&p, KEYCODE_BACKSPACE);
	assert_text_equal(p.text, "!\xc3\xa9" "et x");
	prompt_key(&p, KEYCODE_LEFT);
	prompt_key(&p, KEYCODE_DELETE);
	assert_text_equal(p.text, "!et x");
	prompt_key(&p, 'u' | KEYMOD_CTRL);
	assert_text_equal(p.text, "et x");
	prompt_key(&p, 'k' | KEYMOD_CTRL);
	assert_text_equal(p.text, "");
	assert_int_equal(prompt_key(&p, KEYCODE_BACKSPACE), PROMPT_LEFT);
	for (int i = 0; i < 1000; i++)
		prompt_key(&p, 'x');
	assert_true(strlen(p.text) < PROMPT_BYTES);
	prompt_open(&p, ":", "", NULL);
	prompt_paste(&p, "a\033[31mb\nc", 9);
	assert_text_equal(p.text, "a\xef\xbf\xbd[31mb");
}

static void
test_history_is_kept_and_bounded(void **state)
{
	char *dir = temporary_new(), line[32];
	struct err err = { .code = ERR_NONE };
	struct history h;
	struct stat st;

	(void)state;
	history_init(&h, dir, "commands");
	for (int i = 0; i < HISTORY_LINES + 20; i++) {
		snprintf(line, sizeof(line), "line %d", i);
		assert_ok(history_add(&h, line, &err), &err);
	}
	assert_ok(history_add(&h, "line 50", &err), &err); /* to the end */
	assert_ok(history_add(&h, "bad\033[2J", &err), &err); /* not kept */
	history_fini(&h);
	history_init(&h, dir, "commands");
	assert_int_equal(h.lines.n, HISTORY_LINES);
	assert_text_equal(history_at(&h, 1), "line 50");
	assert_text_equal(history_at(&h, 2), "line 119");
	assert_null(history_at(&h, 0));
	assert_null(history_at(&h, HISTORY_LINES + 1));
	assert_int_equal(stat(h.path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	history_fini(&h);
	/* A folder that is not there: in memory, and it says so. */
	history_init(&h, "/nonexistent/folder", "commands");
	assert_false(history_add(&h, "x", &err));
	assert_int_equal(err.code, ERR_IO);
	assert_text_equal(history_at(&h, 1), "x");
	history_fini(&h);
	temporary_remove(dir);
}

SUITE(tui_text,
      TEST(test_grid_counts_cells_not_bytes),
      TEST(test_grid_clips_on_every_side),
      TEST(test_grid_disarms_text),
      TEST(test_sequences_become_attributes_or_nothing),
      TEST(test_pager_moves_and_wraps),
      TEST(test_pager_finds_round_the_end),
      TEST(test_charts),
      TEST(test_prompt_edits),
      TEST(test_history_is_kept_and_bounded));
