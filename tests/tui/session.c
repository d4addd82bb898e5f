/*
 * In-process consoles.
 */
#include "tests/tui/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "backend/base/text.h"
#include "keymaps/key.h"
#include "tests/unit/check.h"

struct session *
session_new(struct fixture *f, const struct app_config *config, int rows,
	    int cols)
{
	struct session *s = xcalloc(1, sizeof(*s));
	struct app_config c = { .ascii = true };
	struct err err = { .code = ERR_NONE };

	setenv("TZ", "UTC", 1); /* screens show local time */
	tzset();
	if (config)
		c = *config;
	c.port = f->port;
	c.clock = &f->clock;
	s->f = f;
	s->app = app_new(&c, &err);
	if (!s->app)
		fail_msg("app: %s", err.text);
	app_resize(s->app, rows, cols);
	session_publish(s);
	session_frame(s);
	return s;
}

void
session_free(struct session *s)
{
	if (!s)
		return;
	app_free(s->app);
	fixture_free(s->f);
	free(s);
}

void
session_publish(struct session *s)
{
	fixture_publish(s->f);
	app_receive(s->app);
}

void
session_frame(struct session *s)
{
	app_paint(s->app);
	app_shown(s->app);
	fixture_advance(s->f, 300);
	app_tick(s->app);
	app_paint(s->app);
}

static void
type(struct session *s, const char *text, size_t len)
{
	while (len > 0) {
		uint32_t code;
		size_t n = utf8_decode(text, len, &code);

		app_key(s->app, code);
		text += n;
		len -= n;
	}
}

void
session_keys(struct session *s, const char *keys)
{
	while (*keys) {
		size_t len;
		uint32_t key;

		keys += strspn(keys, " ");
		if (*keys == '\'') {
			len = strcspn(++keys, "'");
			type(s, keys, len);
			keys += len + (keys[len] == '\'');
			continue;
		}
		len = strcspn(keys, " ");
		if (len == 0)
			break;
		if (!key_parse(keys, len, &key))
			fail_msg("no key \"%.*s\"", (int)len, keys);
		app_key(s->app, key);
		session_frame(s);
		keys += len;
	}
	session_frame(s);
}

char *
session_text(struct session *s, bool styles)
{
	struct buf out;
	char *text;

	buf_init(&out, 1 << 24);
	grid_dump(app_paint(s->app), styles, &out);
	text = buf_take(&out, NULL);
	buf_fini(&out);
	return text;
}

bool
session_command(struct session *s, struct command *out)
{
	while (port_receive(s->f->port, out)) {
		if (out->kind != COMMAND_WANT &&
		    out->kind != COMMAND_STREAM_READ)
			return true;
		command_fini(out);
	}
	return false;
}

void
session_reply(struct session *s, struct reply *r)
{
	assert_true(port_reply(s->f->port, r));
	app_receive(s->app);
	session_frame(s);
}

static void
write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	if (!f || fputs(text, f) == EOF || fclose(f) != 0)
		fail_msg("cannot write %s", path);
}

void
session_golden(struct session *s, const char *name)
{
	char *path = xasprintf("tests/tui/screens/%s.txt", name);
	char *got = session_text(s, true), *want;

	if (getenv("GOLDEN")) {
		write_file(path, got);
	} else {
		want = read_fixture(path, NULL);
		if (strcmp(got, want) != 0) {
			print_error("%s differs; got\n%s", path, got);
			fail();
		}
		free(want);
	}
	free(got);
	free(path);
}

void
check_screen_(struct session *s, const char *text, bool want, const char *file,
	      int line)
{
	char *got = session_text(s, false);
	bool has = strstr(got, text) != NULL;

	if (has != want) {
		print_error("%s \"%s\" on the screen:\n%s",
			    want ? "no" : "there is", text, got);
		free(got);
		_fail(file, line);
	}
	free(got);
}
