/*
 * Keymaps: text files that bind keys to verbs in layers (see default.keys for
 * the grammar).  A later text overrides an earlier one key by key.
 *
 * Thread: the UI's.
 */
#ifndef KEYMAPS_KEYMAP_H
#define KEYMAPS_KEYMAP_H

#include "backend/base/err.h"
#include "keymaps/key.h"
#include "keymaps/verbs.h"

enum { KEYMAP_NAME = 32, KEYMAP_ARGS = 160 };

struct binding {
	char layer[KEYMAP_NAME]; /* "global", "table", "nodes" ... */
	uint32_t key;
	char verb[KEYMAP_NAME];	 /* "none": taken away; ":": a command */
	char args[KEYMAP_ARGS];	 /* "3" of "namespace 3"; the command */
	uint32_t line;
};

struct keymap;

struct keymap *keymap_new(void);
void keymap_free(struct keymap *m);

/* What makes a name of a section or a verb acceptable. */
struct keymap_words {
	bool (*is_layer)(void *ctx, const char *name);
	/* layer: the section it stands in. */
	bool (*is_verb)(void *ctx, const char *layer, const char *verb);
	void *ctx;
};

/*
 * Adds a text.  False with err "FILE:LINE: ..." (ERR_CONFIG) at the first
 * mistake: no such key, verb or layer; a key bound twice in one section of the
 * text.  The map is then unchanged.
 */
NODISCARD bool keymap_load(struct keymap *m, const char *text, size_t len,
			   const char *file, const struct keymap_words *words,
			   struct err *err);

/* Binds without a text: a view's own default.  Keeps what is bound already
 * when `weak`. */
void keymap_bind(struct keymap *m, const char *layer, uint32_t key,
		 const char *verb, const char *args, bool weak);

/* In this layer only; NULL when the layer says nothing of the key. */
const struct binding *keymap_at(const struct keymap *m, const char *layer,
				uint32_t key);
/* Along a chain of layers ended by NULL; "none" hides those behind.  NULL when
 * the key means nothing. */
const struct binding *keymap_find(const struct keymap *m,
				  const char *const *chain, uint32_t key);

/* All bindings, in order of layer then appearance. */
uint32_t keymap_count(const struct keymap *m);
const struct binding *keymap_get(const struct keymap *m, uint32_t i);

/* The names of the keys that lead to verb (with args, unless NULL) along the
 * chain, joined by ", "; "" when none. */
const char *keymap_keys(const struct keymap *m, const char *const *chain,
			const char *verb, const char *args, char *out,
			size_t room);

/* A built-in text by name ("default"); NULL when there is none. */
const char *keymap_text_find(const char *name, size_t *len);

#endif
