/*
 * What a container's command comes to.  A shell's script is followed through
 * simple commands joined by ";", "&&", "||" and newlines; at the first word
 * that is beyond that, nothing is foreseen.
 */
#include "backend/sim/world/command.h"

#include <ctype.h>
#include <stdlib.h>

#define STEP_MS 40 /* a command that does little */
#define WORDS 32
#define LINE_BYTES 65536

struct shell {
	const json_t *env; /* of the container */
	const char *host;
	int64_t now_ms;
	struct command_end *end;
	bool exited;
};

/* ---- words ---- */

static void
put_date(const struct shell *s, struct buf *out)
{
	char text[TIME_TEXT];

	buf_puts(out, time_format_date(s->now_ms + s->end->after_ms, text));
}

static void
put_variable(const struct shell *s, const char *name, size_t len,
	     struct buf *out)
{
	json_t *e;
	size_t i;

	if (len == 4 && strncmp(name, "date", len) == 0) {
		put_date(s, out);
		return;
	}
	json_array_foreach(s->env, i, e) {
		const char *is = json_string_value(json_object_get(e, "name"));

		if (is && strlen(is) == len && strncmp(is, name, len) == 0)
			buf_puts(out, str_or_empty(json_string_value(
					      json_object_get(e, "value"))));
	}
	if (len == 8 && strncmp(name, "HOSTNAME", len) == 0)
		buf_puts(out, s->host);
}

/* "$NAME", "${NAME}", "$(NAME)"; returns what follows. */
static const char *
put_dollar(const struct shell *s, const char *at, struct buf *out)
{
	char close = at[1] == '{' ? '}' : at[1] == '(' ? ')' : '\0';
	const char *name = at + (close ? 2 : 1);
	size_t len = 0;

	while (isalnum((unsigned char)name[len]) || name[len] == '_')
		len++;
	if (!len || (close && name[len] != close)) {
		buf_putc(out, '$');
		return at + 1;
	}
	put_variable(s, name, len, out);
	return name + len + (close != '\0');
}

/* One word of a script with its quotes taken off; returns what follows, or
 * NULL when there is something in it that is not understood. */
static const char *
read_word(const struct shell *s, const char *at, struct buf *word)
{
	char quote = '\0';

	for (; *at && (quote || !strchr(" \t\n;&|", *at));) {
		if (*at == quote) {
			quote = '\0';
			at++;
		} else if (!quote && (*at == '\'' || *at == '"')) {
			quote = *at++;
		} else if (*at == '$' && quote != '\'') {
			at = put_dollar(s, at, word);
		} else if (quote != '\'' && strchr("`<>(){}", *at)) {
			return NULL;
		} else {
			buf_putc(word, *at++);
		}
	}
	return quote ? NULL : at;
}

/* ---- simple commands ---- */

static bool
run_sleep(struct shell *s, const char *const *words, uint32_t n)
{
	char *unit;
	double d;

	if (n < 2)
		return false;
	if (strncmp(words[1], "inf", 3) == 0) {
		s->end->ends = false;
		s->exited = true;
		return true;
	}
	d = strtod(words[1], &unit);
	if (unit == words[1] || d < 0 || d > 1e9)
		return false;
	d *= *unit == 'm' ? 60 : *unit == 'h' ? 3600 : *unit == 'd' ? 86400 : 1;
	s->end->after_ms += (int64_t)(d * 1000);
	return true;
}

static void
print(struct shell *s, struct buf *line)
{
	s->end->print(s->end->ctx, s->end->after_ms, buf_text(line));
	buf_fini(line);
}

static bool
run_echo(struct shell *s, const char *const *words, uint32_t n)
{
	uint32_t i = 1;
	struct buf line;

	while (i < n && words[i][0] == '-' && words[i][1] &&
	       words[i][1 + strspn(words[i] + 1, "neE")] == '\0')
		i++;
	buf_init(&line, LINE_BYTES);
	for (uint32_t first = i; i < n; i++) {
		if (i > first)
			buf_putc(&line, ' ');
		buf_puts(&line, words[i]);
	}
	print(s, &line);
	return true;
}

static bool
run_date(struct shell *s, const char *const *words, uint32_t n)
{
	struct buf line;

	(void)words;
	(void)n;
	buf_init(&line, LINE_BYTES);
	put_date(s, &line);
	print(s, &line);
	return true;
}

static bool
run_hostname(struct shell *s, const char *const *words, uint32_t n)
{
	(void)words;
	(void)n;
	s->end->print(s->end->ctx, s->end->after_ms, s->host);
	return true;
}

static bool
run_exit(struct shell *s, const char *const *words, uint32_t n)
{
	if (n > 1)
		s->end->code = (int32_t)(strtol(words[1], NULL, 10) & 255);
	s->exited = true;
	return true;
}

static bool
run_false(struct shell *s, const char *const *words, uint32_t n)
{
	(void)words;
	(void)n;
	s->end->code = 1;
	return true;
}

static bool
run_quietly(struct shell *s, const char *const *words, uint32_t n)
{
	(void)s;
	(void)words;
	(void)n;
	return true;
}

/* clang-format off */
static const struct simple {
	const char *name;
	bool (*run)(struct shell *s, const char *const *words, uint32_t n);
} simples[] = {
	{ "sleep",    run_sleep },
	{ "echo",     run_echo },
	{ "date",     run_date },
	{ "hostname", run_hostname },
	{ "exit",     run_exit },
	{ "true",     run_quietly },
	{ ":",        run_quietly },
	{ "false",    run_false },
	{ "set",      run_quietly },
	{ "mkdir",    run_quietly },
	{ "touch",    run_quietly },
};
/* clang-format on */

static bool
run_simple(struct shell *s, const char *const *words, uint32_t n)
{
	const char *slash = strrchr(words[0], '/');
	const char *name = slash ? slash + 1 : words[0];

	for (size_t i = 0; i < ARRAY_LEN(simples); i++) {
		if (!str_eq(simples[i].name, name))
			continue;
		/* Set by what fails; `exit` leaves it as it was. */
		if (simples[i].run != run_exit)
			s->end->code = 0;
		s->end->after_ms += STEP_MS;
		return simples[i].run(s, words, n);
	}
	return false;
}

/* ---- scripts ---- */

/* Reads one simple command, and runs it unless skip. */
static const char *
run_command(struct shell *s, const char *at, bool skip, bool *known)
{
	const char *words[WORDS];
	struct buf parts[WORDS];
	uint32_t n = 0;

	while (at) {
		at += strspn(at, " \t");
		if (!*at || strchr("\n;&|", *at) || n == WORDS)
			break;
		buf_init(&parts[n], LINE_BYTES);
		at = read_word(s, at, &parts[n]);
		words[n] = buf_text(&parts[n]);
		n++;
	}
	*known = at && n < WORDS;
	if (*known && n && !skip)
		*known = run_simple(s, words, n);
	for (uint32_t i = 0; i < n; i++)
		buf_fini(&parts[i]);
	return at;
}

static bool
run_script(struct shell *s, const char *at)
{
	bool skip = false, known;

	while (*at && !s->exited) {
		at = run_command(s, at, skip, &known);
		if (!known)
			return false;
		if (strncmp(at, "&&", 2) == 0) {
			skip = s->end->code != 0;
			at += 2;
		} else if (strncmp(at, "||", 2) == 0) {
			skip = s->end->code == 0;
			at += 2;
		} else if (*at == ';' || *at == '\n') {
			skip = false;
			at++;
		} else if (*at) {
			return false;
		}
	}
	return true;
}

/* sh -c SCRIPT: the script, or NULL. */
static const char *
script_of(const char *const *words, uint32_t n)
{
	static const char *const shells[] = { "sh", "bash", "ash", "dash" };
	const char *slash = strrchr(words[0], '/');
	const char *name = slash ? slash + 1 : words[0];

	for (size_t i = 0; i < ARRAY_LEN(shells); i++)
		if (n > 2 && str_eq(name, shells[i]) && words[1][0] == '-' &&
		    words[1][1] != '-' && strchr(words[1], 'c'))
			return words[2];
	return NULL;
}

/* Kubernetes itself fills in "$(NAME)" of exec forms. */
static bool
run_exec(struct shell *s, const char *const *words, uint32_t n)
{
	const char *script = script_of(words, n), *filled[WORDS];
	struct buf parts[WORDS];
	bool known;

	if (script)
		return run_script(s, script);
	for (uint32_t i = 0; i < n; i++) {
		buf_init(&parts[i], LINE_BYTES);
		for (const char *at = words[i]; *at;)
			if (at[0] == '$' && at[1] == '(')
				at = put_dollar(s, at, &parts[i]);
			else
				buf_putc(&parts[i], *at++);
		filled[i] = buf_text(&parts[i]);
	}
	known = run_simple(s, filled, n);
	for (uint32_t i = 0; i < n; i++)
		buf_fini(&parts[i]);
	return known;
}

void
command_foresee(const json_t *container, const char *host, int64_t now_ms,
		struct command_end *end)
{
	static const char *const lists[] = { "command", "args" };
	struct shell s = { json_object_get(container, "env"), host, now_ms, end,
			   false };
	const char *words[WORDS];
	uint32_t n = 0;
	json_t *v;
	size_t i;

	end->ends = true;
	end->known = false;
	end->after_ms = 0;
	end->code = 0;
	for (size_t l = 0; l < ARRAY_LEN(lists); l++)
		json_array_foreach(json_object_get(container, lists[l]), i, v)
			if (n < WORDS)
				words[n++] = str_or_empty(json_string_value(v));
	if (n && n < WORDS)
		end->known = run_exec(&s, words, n);
	end->ends = end->ends && end->known;
}
