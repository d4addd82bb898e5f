/*
 * Keymaps and key names: what is accepted reads back, what is refused leaves
 * the map as it was.
 */
#include "keymaps/keymap.h"
#include "tests/fuzz/fuzz.h"

static bool
is_layer(void *ctx, const char *name)
{
	(void)ctx;
	return *name != 'x';
}

static bool
is_verb(void *ctx, const char *layer, const char *verb)
{
	(void)ctx;
	(void)layer;
	return verb_find(verb) != VERB_NONE || *verb == 'o';
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct keymap_words words = { is_layer, is_verb, NULL };
	struct keymap *m = keymap_new();
	struct err err = { .code = ERR_NONE };
	bool ok = keymap_load(m, (const char *)data, size, "fuzz", &words,
			      &err);

	must(ok || (keymap_count(m) == 0 && err.code == ERR_CONFIG));
	for (uint32_t i = 0; i < keymap_count(m); i++) {
		const struct binding *b = keymap_get(m, i);
		const char *chain[] = { b->layer, NULL };
		char name[KEY_TEXT], keys[256];
		uint32_t key;

		key_format(b->key, name);
		must(key_parse(name, strlen(name), &key) && key == b->key);
		must(keymap_at(m, b->layer, b->key) == b);
		keymap_keys(m, chain, b->verb, NULL, keys, sizeof(keys));
	}
	keymap_free(m);
	return 0;
}
