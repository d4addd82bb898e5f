/*
 * The keys that work: built-in, then the person's keymap on top, then the
 * defaults of the views' actions where a key is still free.
 */
#ifndef TUI_BINDINGS_H
#define TUI_BINDINGS_H

#include "backend/base/buf.h"
#include "keymaps/keymap.h"

/* name: a built-in text or a path; NULL: none on top.  NULL with err (FILE:LINE
 * and what is wrong). */
struct keymap *bindings_new(const char *name, struct err *err);

/* All of them as tables in Markdown, for the README and `paddock help keys`. */
void bindings_list(const struct keymap *m, struct buf *out);

#endif
