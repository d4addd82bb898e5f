/*
 * Error values: names, exit codes, sentences.
 */
#include "backend/base/err.h"

#include <stdio.h>

/* clang-format off */
static const struct {
	const char *name;
	int exit_code;
} codes[] = {
	[ERR_NONE]	  = { "none",		0 },
	[ERR_RETRY]	  = { "retry",		5 },
	[ERR_LIMIT]	  = { "limit",		1 },
	[ERR_UNREACHABLE] = { "unreachable",	5 },
	[ERR_AUTH]	  = { "auth",		4 },
	[ERR_DENIED]	  = { "denied",		4 },
	[ERR_GONE]	  = { "gone",		1 },
	[ERR_CONFLICT]	  = { "conflict",	1 },
	[ERR_BAD]	  = { "bad",		1 },
	[ERR_CONFIG]	  = { "config",		3 },
	[ERR_USAGE]	  = { "usage",		2 },
	[ERR_REFUSED]	  = { "refused",	7 },
	[ERR_PARTIAL]	  = { "partial",	6 },
	[ERR_IO]	  = { "io",		1 },
	[ERR_CANCELLED]	  = { "cancelled",	1 },
};
/* clang-format on */

/* A sentence cut by its room must not end inside a UTF-8 character. */
static void
trim_partial_character(char *text)
{
	size_t len = strlen(text), lead = len;

	while (lead > 0 && ((unsigned char)text[lead - 1] & 0xc0) == 0x80)
		lead--;
	if (lead == 0 || (unsigned char)text[lead - 1] < 0xc0)
		return;
	lead--;
	unsigned char c = (unsigned char)text[lead];
	size_t want = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;

	if (len - lead < want)
		text[lead] = '\0';
}

bool
err_set(struct err *err, enum err_code code, const char *fmt, ...)
{
	va_list args;

	if (!err)
		return false;
	err->code = code;
	va_start(args, fmt);
	if (vsnprintf(err->text, sizeof(err->text), fmt, args) >=
	    (int)sizeof(err->text))
		trim_partial_character(err->text);
	va_end(args);
	return false;
}

bool
err_prefix(struct err *err, const char *fmt, ...)
{
	char old[sizeof(err->text)];
	va_list args;
	int len;

	if (!err)
		return false;
	memcpy(old, err->text, sizeof(old));
	va_start(args, fmt);
	len = vsnprintf(err->text, sizeof(err->text), fmt, args);
	va_end(args);
	if (len < 0)
		len = 0;
	if ((size_t)len < sizeof(err->text))
		len += snprintf(err->text + len, sizeof(err->text) -
				(size_t)len, ": %s", old);
	if ((size_t)len >= sizeof(err->text))
		trim_partial_character(err->text);
	return false;
}

const char *
err_code_name(enum err_code code)
{
	BUG_IF((size_t)code >= ARRAY_LEN(codes));
	return codes[code].name;
}

int
err_exit_code(enum err_code code)
{
	BUG_IF((size_t)code >= ARRAY_LEN(codes));
	return codes[code].exit_code;
}
