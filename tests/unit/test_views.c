/*
 * The grammar of all views: unique names, no clash of keys, permissions where
 * something changes, sane widths; and extractors that survive empty records.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/tui/world_fixture.h"
#include "tests/unit/check.h"
#include "tui/bindings.h"
#include "tui/registry.h"

#define EACH_VIEW(i, v)                                                     \
	for (uint32_t i = 0; i < registry_count(); i++)                     \
		for (const struct view *v = registry_at(i).table; v; v = NULL)

static void
test_issue_views_are_there(void **state)
{
	static const char *const names[] = {
		"home",	  "jobs",      "pods",	  "nodes",
		"groups", "events",    "decisions", "journal",
		"plan",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (entry_view_none(registry_find(names[i])))
			fail_msg("no view %s", names[i]);
	assert_text_equal(entry_view_name(registry_find("po")), "pods");
	assert_true(entry_view_none(registry_find("")));
	assert_true(entry_view_none(registry_find("pods,po")));
}

/* Calls with every name and alias of every view. */
static void
test_names_and_aliases_are_unique(void **state)
{
	char all[4096] = ",";
	size_t used = 1;

	(void)state;
	for (uint32_t i = 0; i < registry_count(); i++) {
		struct entry_view v = registry_at(i);
		char list[256], word[64];

		snprintf(list, sizeof(list), "%s,%s", entry_view_name(v),
			 entry_view_aliases(v));
		for (char *p = list; *p;) {
			size_t len = strcspn(p, ",");

			snprintf(word, sizeof(word), ",%.*s,", (int)len, p);
			if (strstr(all, word))
				fail_msg("%s stands for two views", word);
			used += (size_t)snprintf(all + used,
						 sizeof(all) - used, "%s",
						 word + 1);
			p += len + (p[len] == ',');
		}
		assert_true(*entry_view_help(v));
		assert_true(*entry_view_title(v));
	}
}

static bool
is_camel(const char *name)
{
	if (!islower((unsigned char)*name))
		return false;
	for (; *name; name++)
		if (!isalnum((unsigned char)*name))
			return false;
	return true;
}

static void
test_columns_are_sane(void **state)
{
	(void)state;
	EACH_VIEW(i, v) {
		uint32_t kept = 0, width = 0, sorted = v->sort == NULL;

		for (const struct column *c = v->columns; c->title; c++) {
			for (const struct column *d = v->columns; d < c; d++) {
				if (!strcmp(c->title, d->title) ||
				    !strcmp(c->json, d->json))
					fail_msg("%s: %s twice", v->name,
						 c->title);
			}
			if (!is_camel(c->json))
				fail_msg("%s: json %s", v->name, c->json);
			assert_true(c->help && *c->help && c->get);
			assert_true(c->width.min >= 1);
			assert_true(!c->width.max ||
				    c->width.max >= c->width.min);
			assert_true(c->width.prio <= 9);
			if (!(c->flags & COLUMN_WIDE) && !c->width.prio) {
				kept++;
				width += c->width.min + 1u;
			}
			if (v->sort && !strcmp(c->json, v->sort +
							(*v->sort == '-')))
				sorted = 1;
		}
		/* What is never dropped fits the narrowest good screen. */
		if (kept == 0 || width > 78)
			fail_msg("%s: %u cells never dropped", v->name, width);
		if (!sorted)
			fail_msg("%s sorts by no column of its", v->name);
		if (v->enter && verb_find(v->enter) == VERB_NONE &&
		    entry_view_none(registry_find(v->enter)))
			fail_msg("%s: enter opens no view %s", v->name,
				 v->enter);
		assert_non_null(v->empty);
	}
}

static void
test_actions_are_sane(void **state)
{
	/* A view must not take these from the person. */
	static const char *const ours[] = { ":", "/", "?", "esc", "enter", "!",
					    "ctrl-c", "ctrl-z", "W", "q",
					    "space", "up", "down", "j", "k" };

	(void)state;
	for (uint32_t i = 0; i < registry_count(); i++) {
		struct entry_view v = registry_at(i);
		const struct action *all = entry_view_actions(v);

		for (const struct action *a = all; a && a->verb; a++) {
			uint32_t key, other;

			assert_true(a->help && *a->help);
			if (!key_parse(a->key, strlen(a->key), &key))
				fail_msg("%s %s: no key %s",
					 entry_view_name(v), a->verb, a->key);
			for (const struct action *b = all; b < a; b++)
				if (key_parse(b->key, strlen(b->key),
					      &other) && key == other)
					fail_msg("%s: key %s twice",
						 entry_view_name(v), a->key);
			for (size_t k = 0; k < ARRAY_LEN(ours); k++)
				if (key_parse(ours[k], strlen(ours[k]),
					      &other) && key == other)
					fail_msg("%s takes %s",
						 entry_view_name(v), a->key);
			if (a->flags & ACTION_MUTATES) {
				if (!a->need.verb || !*a->need.verb)
					fail_msg("%s %s needs no permission",
						 entry_view_name(v), a->verb);
			} else if (str_has_prefix(a->verb, "open:")) {
				if (entry_view_none(registry_find(a->verb + 5)))
					fail_msg("%s: %s", entry_view_name(v),
						 a->verb);
			} else if (verb_find(a->verb) == VERB_NONE) {
				fail_msg("%s: nobody does %s",
					 entry_view_name(v), a->verb);
			}
			if (a->flags & ACTION_ASKS)
				assert_true(a->prompt && *a->prompt);
		}
	}
}

/* A record of a kind with every byte behind its header zero. */
static void *
zeroed(struct fixture *f, enum kind kind)
{
	union {
		struct pod pod;
		struct node node;
		struct group group;
		struct job job;
		struct event event;
		struct decision decision;
		struct entry entry;
		struct queue queue;
		struct alarm alarm;
		struct runner runner;
		struct instance instance;
		struct activity activity;
	} *any;

	any = seal_begin(f->seal, sizeof(*any));
	(void)any;
	return record_seal(f->seal, kind);
}

static void
touch(const struct view *v, const struct row *row, const struct row *scope,
      struct view_ctx *x)
{
	struct cell c;
	struct buf out;

	for (int text = 0; text < 2; text++) {
		x->want_text = text;
		for (const struct column *col = v->columns; col->title; col++) {
			memset(&c, 0x5a, sizeof(c));
			col->get(row, x, &c);
			assert_true(c.value_kind <= VALUE_LIST);
			assert_true(c.tone < TONE_COUNT);
			if (c.value_kind == VALUE_TEXT ||
			    c.value_kind == VALUE_LIST)
				assert_non_null(c.str);
			if (text || c.value_kind == VALUE_NONE)
				assert_true(strlen(c.text) < CELL_TEXT);
		}
	}
	if (v->faulty)
		v->faulty(row, x);
	if (v->tone)
		v->tone(row, x);
	if (v->shows)
		v->shows(row, x);
	if (v->labels)
		v->labels(row);
	if (v->subject) {
		v->subject(row, "logs", x);
		v->subject(row, "why", x);
	}
	if (v->under)
		v->under(row, scope, x);
	if (v->detail) {
		buf_init(&out, 1 << 16);
		v->detail(row, x, &out);
		buf_fini(&out);
	}
}

static void
test_extractors_accept_zeroed_records(void **state)
{
	(void)state;
	EACH_VIEW(i, v) {
		struct fixture *f = fixture_new();
		struct handle h =
			fixture_put(f, v->feed, zeroed(f, v->feed), NULL);
		const struct snapshot *s = fixture_snapshot(f);
		struct view_ctx x = { .snap = s, .now_ms = FIXTURE_MS };
		struct row row = view_row(&x, h);

		touch(v, &row, &row, &x);
		snapshot_unref(s);
		fixture_free(f);
	}
}

/* Every row of the incident under every other row. */
static void
test_extractors_and_scopes_on_real_rows(void **state)
{
	struct fixture *f = fixture_incident();
	const struct snapshot *s = fixture_snapshot(f);
	struct view_ctx x = { .snap = s, .now_ms = FIXTURE_MS };

	(void)state;
	EACH_VIEW(i, v) {
		const struct slot *slot, *other;
		struct handle h, o;

		for (uint32_t a = 0;
		     (slot = snapshot_next(s, v->feed, &a, &h));) {
			struct row row = view_row(&x, h);

			for (int k = 0; k < KIND_COUNT; k++) {
				for (uint32_t b = 0;
				     (other = snapshot_next(s, (enum kind)k,
							    &b, &o));) {
					struct row scope = view_row(&x, o);

					if (v->under)
						v->under(&row, &scope, &x);
				}
			}
			touch(v, &row, &row, &x);
		}
	}
	snapshot_unref(s);
	fixture_free(f);
}

/* The tables of README and help come from the tables that make keys work. */
static void
test_key_list_has_every_action(void **state)
{
	struct err err = { .code = ERR_NONE };
	struct keymap *m = bindings_new(NULL, &err);
	struct buf out;

	(void)state;
	assert_ok(m != NULL, &err);
	buf_init(&out, 1 << 20);
	bindings_list(m, &out);
	assert_text_contains(buf_text(&out), "| W | why |");
	assert_text_contains(buf_text(&out), "| ctrl-w | wide |");
	for (uint32_t i = 0; i < registry_count(); i++) {
		const struct action *a =
			entry_view_actions(registry_at(i));
		char row[80];

		for (; a && a->verb; a++) {
			snprintf(row, sizeof(row), "%s | %s | ", a->key,
				 a->verb);
			assert_text_contains(buf_text(&out), row);
		}
	}
	buf_fini(&out);
	keymap_free(m);
}

static void
test_keymap_files(void **state)
{
	char *dir = temporary_new(), *path = xasprintf("%s/my.keys", dir);
	const char *chain[] = { "nodes", "table", "global", NULL };
	struct err err = { .code = ERR_NONE };
	FILE *f = fopen(path, "w");
	struct keymap *m;

	(void)state;
	assert_non_null(f);
	fputs("[nodes]\nX cordon\n[global]\nQ quit\n", f);
	fclose(f);
	m = bindings_new(path, &err);
	assert_ok(m != NULL, &err);
	assert_text_equal(keymap_find(m, chain, 'X')->verb, "cordon");
	assert_text_equal(keymap_find(m, chain, 'c')->verb, "cordon");
	assert_text_equal(keymap_find(m, chain, 'Q')->verb, "quit");
	keymap_free(m);
	f = fopen(path, "w");
	fputs("[nodes]\nX cordn\n", f);
	fclose(f);
	assert_null(bindings_new(path, &err));
	assert_int_equal(err.code, ERR_CONFIG);
	assert_text_contains(err.text, "my.keys:2: no verb \"cordn\"");
	err.code = ERR_NONE;
	assert_null(bindings_new("/nonexistent.keys", &err));
	assert_int_equal(err.code, ERR_CONFIG);
	free(path);
	temporary_remove(dir);
}

SUITE(views,
      TEST(test_key_list_has_every_action),
      TEST(test_keymap_files),
      TEST(test_issue_views_are_there),
      TEST(test_names_and_aliases_are_unique),
      TEST(test_columns_are_sane),
      TEST(test_actions_are_sane),
      TEST(test_extractors_accept_zeroed_records),
      TEST(test_extractors_and_scopes_on_real_rows));
