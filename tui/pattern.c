/*
 * Patterns.
 */
#include "tui/pattern.h"

#include <ctype.h>
#include <stdlib.h>

#include "backend/base/text.h"

enum { COPIES_MAX = 256 };

/* A dot alone is a dot: host names and versions are full of them. */
static bool
looks_like_regex(const char *text)
{
	return strpbrk(text, "*+?[](){}|^$\\") != NULL;
}

/*
 * An upper bound of how often anything is copied: every + may stand over all
 * others, so they multiply.
 */
static bool
is_modest(const char *text, char *refers_back)
{
	unsigned long copies = 1;

	for (const char *p = text; *p; p++) {
		if (*p == '\\' && p[1]) {
			if (isdigit((unsigned char)p[1])) {
				*refers_back = p[1];
				return false;
			}
			p++;
		} else if (*p == '+') {
			copies *= 2;
		} else if (*p == '{') {
			unsigned long most = 1;

			for (const char *d = p + 1; *d && *d != '}'; d++) {
				unsigned long n = strtoul(d, NULL, 10);

				if (isdigit((unsigned char)*d) && n > most)
					most = n;
			}
			copies *= most > COPIES_MAX ? COPIES_MAX + 1 : most;
			if (most > 1)
				copies *= 2;
		}
		if (copies > COPIES_MAX)
			return false;
	}
	return true;
}

bool
pattern_init(struct pattern *p, const char *text, bool plain,
	     struct err *err)
{
	char why[128], back = '\0';
	int code;

	memset(p, 0, sizeof(*p));
	p->text = xstrdup(text);
	if (plain || !looks_like_regex(text))
		return true;
	if (!is_modest(text, &back)) {
		if (back)
			return err_set(err, ERR_BAD,
				       "\"%s\": \\%c refers back, which is "
				       "not supported", text, back);
		return err_set(err, ERR_BAD,
			       "\"%s\": too many + or {counts}", text);
	}
	code = regcomp(&p->regex, text, REG_EXTENDED | REG_ICASE | REG_NOSUB);
	if (code) {
		regerror(code, &p->regex, why, sizeof(why));
		return err_set(err, ERR_BAD, "\"%s\": %s", text, why);
	}
	p->is_regex = true;
	return true;
}

void
pattern_fini(struct pattern *p)
{
	if (p->is_regex)
		regfree(&p->regex);
	free(p->text);
	memset(p, 0, sizeof(*p));
}

bool
pattern_hits(const struct pattern *p, const char *text)
{
	if (p->is_regex)
		return regexec(&p->regex, text, 0, NULL, 0) == 0;
	return text_contains(text, p->text);
}
