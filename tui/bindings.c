/*
 * Bindings: the built-in keymap, the person's, and what views bring.
 */
#include "tui/bindings.h"

#include <stdio.h>
#include <stdlib.h>

#include "tui/registry.h"

enum { KEYMAP_BYTES = 64 << 10 };

static bool
is_layer(void *ctx, const char *name)
{
	static const char *const own[] = { "global", "table", "pager",
					   "page" };

	(void)ctx;
	for (size_t i = 0; i < ARRAY_LEN(own); i++)
		if (strcmp(own[i], name) == 0)
			return true;
	return !entry_view_none(registry_find(name));
}

static bool
is_verb(void *ctx, const char *layer, const char *verb)
{
	const struct action *act;

	(void)ctx;
	if (verb_find(verb) != VERB_NONE)
		return true;
	for (act = entry_view_actions(registry_find(layer)); act && act->verb;
	     act++)
		if (strcmp(act->verb, verb) == 0)
			return true;
	return false;
}

static const struct keymap_words words = { is_layer, is_verb, NULL };

static bool
load_keymap_file(struct keymap *m, const char *path, struct err *err)
{
	FILE *f = fopen(path, "re");
	char *text;
	size_t len;
	bool ok;

	if (!f)
		return err_set(err, ERR_CONFIG,
			       "keymap: no built-in \"%s\" and no such file",
			       path);
	text = xmalloc(KEYMAP_BYTES);
	len = fread(text, 1, KEYMAP_BYTES, f);
	if (ferror(f))
		ok = err_set(err, ERR_CONFIG, "keymap: cannot read %s", path);
	else if (len == KEYMAP_BYTES)
		ok = err_set(err, ERR_CONFIG, "keymap: %s is over %d KiB",
			     path, KEYMAP_BYTES >> 10);
	else
		ok = keymap_load(m, text, len, path, &words, err);
	free(text);
	fclose(f);
	return ok;
}

/* Built-in keys, then the asked map, then the views' own where still free. */
struct keymap *
bindings_new(const char *name, struct err *err)
{
	struct keymap *m = keymap_new();
	const char *text;
	size_t len;

	text = keymap_text_find("default", &len);
	BUG_IF(!text);
	if (!keymap_load(m, text, len, "default.keys", &words, err))
		goto bad;
	text = name ? keymap_text_find(name, &len) : NULL;
	if (text ? !keymap_load(m, text, len, name, &words, err)
		 : name && !load_keymap_file(m, name, err))
		goto bad;
	for (uint32_t i = 0; i < registry_count(); i++) {
		struct entry_view v = registry_at(i);
		const struct action *act = entry_view_actions(v);
		uint32_t key;

		for (; act && act->verb; act++)
			if (act->key && key_parse(act->key, strlen(act->key),
						  &key))
				keymap_bind(m, entry_view_name(v), key,
					    act->verb, "", true);
	}
	return m;
bad:
	keymap_free(m);
	return NULL;
}

/* ---- the whole list ---- */

/* Every key of one layer that leads to what `verb` names, or nothing. */
static void
list_key(const struct keymap *m, const char *layer, const char *verb,
	 const char *help, struct buf *out)
{
	const char *chain[] = { layer, NULL };
	char keys[80];

	keymap_keys(m, chain, verb, NULL, keys, sizeof(keys));
	if (*keys)
		buf_printf(out, "| %s | %s | %s |\n", keys, verb, help);
}

void
bindings_list(const struct keymap *m, struct buf *out)
{
	static const struct {
		const char *layer, *title;
	} layers[] = {
		{ "global", "Everywhere" },
		{ "table", "Tables" },
		{ "page", "Pages" },
		{ "pager", "Text" },
	};

	for (size_t i = 0; i < ARRAY_LEN(layers); i++) {
		buf_printf(out, "%s%s\n\n| key | verb | what |\n"
				"| --- | --- | --- |\n",
			   i ? "\n" : "", layers[i].title);
		for (int v = VERB_NONE + 1; v < VERB_COUNT; v++)
			list_key(m, layers[i].layer, verbs[v].name,
				 verbs[v].help, out);
	}
	for (uint32_t i = 0; i < registry_count(); i++) {
		struct entry_view view = registry_at(i);
		const struct action *act = entry_view_actions(view);

		if (!act || !act->verb)
			continue;
		buf_printf(out, "\n%s\n\n| key | verb | what |\n"
				"| --- | --- | --- |\n",
			   entry_view_title(view));
		for (; act->verb; act++)
			list_key(m, entry_view_name(view), act->verb,
				 act->help, out);
	}
}
