/*
 * Key names, and keymaps: layers, overriding, mistakes with their line.
 */
#include <stdio.h>

#include "keymaps/keymap.h"
#include "tests/unit/check.h"

static bool
is_layer(void *ctx, const char *name)
{
	(void)ctx;
	return strcmp(name, "global") == 0 || strcmp(name, "table") == 0 ||
	       strcmp(name, "pager") == 0 || strcmp(name, "page") == 0 ||
	       strcmp(name, "nodes") == 0;
}

static bool
is_verb(void *ctx, const char *layer, const char *verb)
{
	(void)ctx;
	return verb_find(verb) != VERB_NONE ||
	       (strcmp(layer, "nodes") == 0 && strcmp(verb, "cordon") == 0);
}

static const struct keymap_words words = { is_layer, is_verb, NULL };

static uint32_t
key(const char *name)
{
	uint32_t k = 0;

	if (!key_parse(name, strlen(name), &k))
		fail_msg("no key %s", name);
	return k;
}

static bool
load(struct keymap *m, const char *text, struct err *err)
{
	return keymap_load(m, text, strlen(text), "my.keys", &words, err);
}

static void
test_names_read_back(void **state)
{
	static const char *const names[] = {
		"a", "A", "0", ":", "-", "ctrl-d", "ctrl-space", "ctrl-\\",
		"ctrl--", "space", "esc", "enter", "tab", "shift-tab",
		"shift-left", "ctrl-shift-up", "alt-x", "F1", "F24", "pgup",
		"~", "[", "]", "?", "/", "backspace", "home", "\xc3\xa9",
	};
	char out[KEY_TEXT];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		assert_text_equal(key_format(key(names[i]), out), names[i]);
}

static void
test_names_mean_what_terminals_send(void **state)
{
	uint32_t k;

	(void)state;
	assert_int_equal(key("shift-a"), 'A');
	assert_int_equal(key("ctrl-M"), KEYCODE_ENTER);
	assert_int_equal(key("ctrl-i"), KEYCODE_TAB);
	assert_int_equal(key("ctrl-["), KEYCODE_ESC);
	assert_int_equal(key("Return"), KEYCODE_ENTER);
	assert_int_equal(key("f5"), KEYCODE_F0 + 5);
	assert_false(key_parse("", 0, &k));
	assert_false(key_parse("ctrl-", 5, &k));
	assert_false(key_parse("nosuch", 6, &k));
	assert_false(key_parse("F25", 3, &k));
	assert_false(key_parse("\x1b", 1, &k));
	assert_false(key_parse("\xff", 1, &k));
}

static void
test_layers_chain_and_override(void **state)
{
	struct keymap *m = keymap_new();
	struct err err = { .code = ERR_NONE };
	const char *chain[] = { "nodes", "table", "global", NULL };
	char keys[64];

	(void)state;
	assert_ok(load(m,
		       "# comment\n[global]\nq back\nx quit\n"
		       "[table]\nx mark\n\n[nodes]\nc cordon\n", &err),
		  &err);
	assert_text_equal(keymap_find(m, chain, 'c')->verb, "cordon");
	assert_text_equal(keymap_find(m, chain, 'x')->verb, "mark");
	assert_text_equal(keymap_find(m, chain + 2, 'x')->verb, "quit");
	assert_null(keymap_find(m, chain, 'z'));
	/* A second text overrides key by key; none hides what is behind. */
	assert_ok(load(m, "[table]\nx none\n[nodes]\nF2 : pods /spot\n", &err),
		  &err);
	assert_null(keymap_find(m, chain, 'x'));
	assert_text_equal(keymap_find(m, chain, key("F2"))->verb, ":");
	assert_text_equal(keymap_find(m, chain, key("F2"))->args,
			  "pods /spot");
	assert_text_equal(keymap_find(m, chain, 'q')->verb, "back");
	assert_text_equal(keymap_keys(m, chain, "back", NULL, keys,
				      sizeof(keys)),
			  "q");
	assert_text_equal(keymap_keys(m, chain, "mark", NULL, keys,
				      sizeof(keys)),
			  "");
	assert_ok(load(m, "[table]\n1 pick\n2 pick\n3 pick\n4 pick\n7 pick\n",
		       &err), &err);
	assert_text_equal(keymap_keys(m, chain, "pick", NULL, keys,
				      sizeof(keys)),
			  "1-4, 7");
	keymap_bind(m, "nodes", 'c', "drain", "", true);
	assert_text_equal(keymap_at(m, "nodes", 'c')->verb, "cordon");
	keymap_bind(m, "nodes", 'c', "drain", "", false);
	assert_text_equal(keymap_at(m, "nodes", 'c')->verb, "drain");
	keymap_free(m);
}

static void
test_mistakes_name_their_line(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "[global]\n\nq bak\n", "my.keys:3: no verb \"bak\"" },
		{ "q back\n", "my.keys:1: \"q\" before the first" },
		{ "[globl]\n", "my.keys:1: no layer or view \"globl\"" },
		{ "[global]\nqq back\n", "my.keys:2: no key \"qq\"" },
		{ "[global]\nq\n", "my.keys:2: key \"q\" without a verb" },
		{ "[global]\nq back\nq quit\n",
		  "my.keys:3: key \"q\" is bound twice in [global]" },
		{ "[global]\nctrl-m back\nenter quit\n",
		  "my.keys:3: key \"enter\" is bound twice" },
		{ "[global\n", "my.keys:1: a section reads [name]" },
		{ "[global] x\n", "my.keys:1: a section reads [name]" },
		{ "[global]\nq :\n", "my.keys:2: key \"q\": no command" },
		{ "[global]\nq \x1b[2J\n",
		  "my.keys:2: no verb \"\xef\xbf\xbd[2J\"" },
		{ "[table]\nq cordon\n", "my.keys:2: no verb \"cordon\"" },
	};
	struct keymap *m = keymap_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct err err = { .code = ERR_NONE };

		assert_false(load(m, cases[i].text, &err));
		assert_int_equal(err.code, ERR_CONFIG);
		assert_text_contains(err.text, cases[i].want);
	}
	/* Nothing of a bad text stays. */
	assert_int_equal(keymap_count(m), 0);
	keymap_free(m);
}

static void
test_long_and_binary_lines_are_refused(void **state)
{
	char text[2048];
	struct keymap *m = keymap_new();
	struct err err = { .code = ERR_NONE };

	(void)state;
	memset(text, 'x', sizeof(text));
	memcpy(text, "[global]\n", 9);
	text[sizeof(text) - 1] = '\0';
	assert_false(load(m, text, &err));
	err.code = ERR_NONE;
	assert_false(keymap_load(m, "[global]\nq\0 back\n", 17, "f", &words,
				 &err));
	keymap_free(m);
}

/* k9s muscle memory (design 1; reference consoles 9). */
static void
test_default_keys_are_those_of_k9s(void **state)
{
	static const struct {
		const char *layer, *key, *verb;
	} want[] = {
		{ "global", ":", "prompt" },	{ "global", "/", "filter" },
		{ "global", "?", "help" },	{ "global", "esc", "back" },
		{ "global", "enter", "enter" }, { "table", "space", "mark" },
		{ "table", "ctrl-space", "mark-range" },
		{ "table", "0", "namespace" },	{ "table", "9", "namespace" },
		{ "global", "[", "older" },	{ "global", "]", "newer" },
		{ "global", "-", "last" },	{ "global", "ctrl-c", "quit" },
		{ "global", "ctrl-z", "suspend" },
		{ "global", "!", "panic" },	{ "global", "W", "why" },
		{ "global", "a", "approve" },	{ "table", "shift-left",
						  "sort-left" },
		{ "table", "ctrl-w", "wide" },	{ "pager", "n", "next" },
	};
	struct keymap *m = keymap_new();
	struct err err = { .code = ERR_NONE };
	size_t len;
	const char *text = keymap_text_find("default", &len);

	(void)state;
	assert_non_null(text);
	assert_ok(keymap_load(m, text, len, "default.keys", &words, &err),
		  &err);
	for (size_t i = 0; i < ARRAY_LEN(want); i++) {
		const struct binding *b =
			keymap_at(m, want[i].layer, key(want[i].key));

		assert_non_null(b);
		assert_text_equal(b->verb, want[i].verb);
	}
	assert_null(keymap_text_find("nosuch", &len));
	keymap_free(m);
}

static void
test_every_verb_is_told_apart(void **state)
{
	(void)state;
	for (int i = VERB_NONE + 1; i < VERB_COUNT; i++) {
		assert_true(*verbs[i].help);
		assert_int_equal(verb_find(verbs[i].name), i);
	}
	assert_int_equal(verb_find("nosuch"), VERB_NONE);
}

SUITE(keymap,
      TEST(test_names_read_back),
      TEST(test_names_mean_what_terminals_send),
      TEST(test_layers_chain_and_override),
      TEST(test_mistakes_name_their_line),
      TEST(test_long_and_binary_lines_are_refused),
      TEST(test_default_keys_are_those_of_k9s),
      TEST(test_every_verb_is_told_apart));
