/*
 * kubeconfig files: finding, reading, merging (reference integrations G6).
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "backend/base/text.h"
#include "backend/kube/kubeconfig_private.h"
#include "backend/net/yaml.h"

enum { FILE_LIMIT = 1 << 20 };

char *
kubeconfig_read_file(const char *path, size_t *len, struct err *err)
{
	char *text;
	size_t got;
	FILE *f = fopen(path, "re");

	if (!f) {
		err_set(err, ERR_CONFIG, "cannot read %s: %s", path,
			strerror(errno));
		return NULL;
	}
	text = xmalloc(FILE_LIMIT + 1);
	got = fread(text, 1, FILE_LIMIT, f);
	if (ferror(f) || (got == FILE_LIMIT && fgetc(f) != EOF)) {
		err_set(err, ERR_CONFIG, "cannot read %s: %s", path,
			ferror(f) ? strerror(errno) : "larger than 1 MiB");
		fclose(f);
		free(text);
		return NULL;
	}
	fclose(f);
	text[got] = '\0';
	if (len)
		*len = got;
	return text;
}

static char *
dir_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return xstrdup(".");
	return slash == path ? xstrdup("/")
			     : xstrndup(path, (size_t)(slash - path));
}

/* path is where it came from, for messages and relative paths. */
static bool
load_text(struct kubeconfig *c, const char *path, const char *text,
	  size_t len, struct err *err)
{
	static const char *const lists[] = { "clusters", "users", "contexts",
					     NULL };
	const struct tree *t = yaml_parse(c->arena, path, text, len, err);
	struct config_file *f;

	if (!t) {
		if (err)
			err->code = ERR_CONFIG;
		return false;
	}
	if (!tree_is(t, TREE_OBJECT) && !tree_is(t, TREE_NULL))
		return err_set(err, ERR_CONFIG,
			       "%s:1: this is no kubeconfig", path);
	for (int i = 0; lists[i]; i++) {
		const struct tree *l = tree_get(t, lists[i]);

		if (l && !tree_is(l, TREE_ARRAY) && !tree_is(l, TREE_NULL))
			return err_set(err, ERR_CONFIG,
				       "%s:%u: %s must be a list", path,
				       l->line, lists[i]);
	}
	f = vec_add(&c->files);
	f->path = xstrdup(path);
	f->dir = dir_of(path);
	f->tree = t;
	return true;
}

static bool
load_file(struct kubeconfig *c, const char *path, struct err *err)
{
	size_t len;
	char *text = kubeconfig_read_file(path, &len, err);
	bool ok;

	if (!text)
		return false;
	ok = load_text(c, path, text, len, err);
	secret_free(text);
	return ok;
}

static bool
already_loaded(const struct kubeconfig *c, const char *path)
{
	for (uint32_t i = 0; i < c->files.n; i++)
		if (!strcmp(c->files.at[i].path, path))
			return true;
	return false;
}

/* KUBECONFIG: missing files are passed over, unreadable ones are not. */
static bool
load_list(struct kubeconfig *c, const char *list, struct err *err)
{
	while (*list) {
		size_t len = strcspn(list, ":");
		char *path = xstrndup(list, len);
		bool ok = true;

		if (len && !already_loaded(c, path) &&
		    (access(path, F_OK) == 0 || errno != ENOENT))
			ok = load_file(c, path, err);
		free(path);
		if (!ok)
			return false;
		list += len + (list[len] == ':');
	}
	return true;
}

static bool
load_default(struct kubeconfig *c, struct err *err)
{
	const char *home = getenv("HOME");
	char *path;
	bool ok = true;

	if (!home || !*home)
		return true;
	path = xasprintf("%s/.kube/config", home);
	if (access(path, F_OK) == 0)
		ok = load_file(c, path, err);
	free(path);
	return ok;
}

static void
collect_names(struct kubeconfig *c)
{
	for (uint32_t i = 0; i < c->files.n; i++) {
		const struct tree *t = c->files.at[i].tree;
		const char *current =
			tree_text(tree_get(t, "current-context"));

		if (!c->current && current && *current)
			c->current = current;
		tree_each(e, tree_get(t, "contexts")) {
			const char *name = tree_text(tree_get(e, "name"));
			bool known = !name;

			for (uint32_t k = 0; !known && k < c->names.n; k++)
				known = !strcmp(c->names.at[k], name);
			if (!known)
				vec_push(&c->names, name);
		}
	}
	vec_push(&c->names, NULL);
}

struct kubeconfig *
kubeconfig_load(const char *path, struct err *err)
{
	struct kubeconfig *c = xcalloc(1, sizeof(*c));
	const char *list = getenv("KUBECONFIG");
	bool ok;

	c->arena = arena_new();
	if (path)
		ok = load_file(c, path, err);
	else if (list && *list)
		ok = load_list(c, list, err);
	else
		ok = load_default(c, err);
	if (ok && !c->files.n) {
		c->in_cluster = getenv("KUBERNETES_SERVICE_HOST") != NULL;
		if (!c->in_cluster)
			ok = err_set(err, ERR_CONFIG,
				     "no kubeconfig: %s; use --kubeconfig "
				     "FILE, set KUBECONFIG, or try `paddock "
				     "demo`",
				     list && *list
					     ? "no file that KUBECONFIG names "
					       "exists"
					     : "~/.kube/config does not "
					       "exist");
	}
	if (!ok) {
		kubeconfig_free(c);
		return NULL;
	}
	collect_names(c);
	return c;
}

struct kubeconfig *
kubeconfig_from_text(const char *path, const char *text, size_t len,
		     struct err *err)
{
	struct kubeconfig *c = xcalloc(1, sizeof(*c));

	c->arena = arena_new();
	if (!load_text(c, path, text, len, err)) {
		kubeconfig_free(c);
		return NULL;
	}
	collect_names(c);
	return c;
}

void
kubeconfig_free(struct kubeconfig *c)
{
	if (!c)
		return;
	for (uint32_t i = 0; i < c->files.n; i++) {
		free(c->files.at[i].path);
		free(c->files.at[i].dir);
	}
	vec_free(&c->files);
	vec_free(&c->names);
	arena_free(c->arena);
	free(c);
}

const char *
kubeconfig_current(const struct kubeconfig *c)
{
	return str_or_empty(c->current);
}

const char *const *
kubeconfig_contexts(const struct kubeconfig *c)
{
	return c->names.at;
}

bool
kubeconfig_entry(const struct kubeconfig *c, const char *list,
		 const char *member, const char *name,
		 struct config_entry *out, struct err *err)
{
	for (uint32_t i = 0; i < c->files.n; i++) {
		const struct config_file *f = &c->files.at[i];

		tree_each(e, tree_get(f->tree, list)) {
			if (!str_eq(tree_text(tree_get(e, "name")), name))
				continue;
			out->body = tree_get(e, member);
			out->file = f;
			out->line = e->line;
			if (tree_is(out->body, TREE_OBJECT))
				return true;
			return err_set(err, ERR_CONFIG,
				       "%s:%u: %s \"%s\" has no %s", f->path,
				       e->line, member, name, member);
		}
	}
	return err_set(err, ERR_CONFIG, "%s: there is no %s \"%s\"",
		       c->files.n ? c->files.at[0].path : "kubeconfig",
		       member, name);
}
