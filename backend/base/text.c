/*
 * Safe text and its width.
 */
#include "backend/base/text.h"

#include <wchar.h>

#define REPLACEMENT 0xfffdu
static const char replacement[] = "\xef\xbf\xbd";

size_t
utf8_decode(const char *s, size_t len, uint32_t *code)
{
	const unsigned char *p = (const unsigned char *)s;
	uint32_t c = p[0], least;
	size_t n;

	if (c < 0x80) {
		*code = c;
		return 1;
	}
	*code = REPLACEMENT;
	if (c >= 0xc2 && c <= 0xdf) {
		n = 2;
		c &= 0x1f;
		least = 0x80;
	} else if (c >= 0xe0 && c <= 0xef) {
		n = 3;
		c &= 0x0f;
		least = 0x800;
	} else if (c >= 0xf0 && c <= 0xf4) {
		n = 4;
		c &= 0x07;
		least = 0x10000;
	} else {
		return 1;
	}
	if (len < n)
		return 1;
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 1;
		c = c << 6 | (p[i] & 0x3f);
	}
	/* Overlong forms, surrogates and what lies past Unicode's end. */
	if (c < least || (c >= 0xd800 && c <= 0xdfff) || c > 0x10ffff)
		return 1;
	*code = c;
	return n;
}

size_t
utf8_encode(uint32_t code, char out[static 4])
{
	if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		code = REPLACEMENT;
	if (code < 0x80) {
		out[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		out[0] = (char)(0xc0 | code >> 6);
		out[1] = (char)(0x80 | (code & 0x3f));
		return 2;
	}
	if (code < 0x10000) {
		out[0] = (char)(0xe0 | code >> 12);
		out[1] = (char)(0x80 | (code >> 6 & 0x3f));
		out[2] = (char)(0x80 | (code & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | code >> 18);
	out[1] = (char)(0x80 | (code >> 12 & 0x3f));
	out[2] = (char)(0x80 | (code >> 6 & 0x3f));
	out[3] = (char)(0x80 | (code & 0x3f));
	return 4;
}

/*
 * Everything of Unicode's categories Cc and Cf, the line and paragraph
 * separators, and the noncharacter block; sorted.
 */
static const struct {
	uint32_t first, last;
} unsafe[] = {
	{ 0x0000, 0x001f },   { 0x007f, 0x009f },   { 0x00ad, 0x00ad },
	{ 0x0600, 0x0605 },   { 0x061c, 0x061c },   { 0x06dd, 0x06dd },
	{ 0x070f, 0x070f },   { 0x0890, 0x0891 },   { 0x08e2, 0x08e2 },
	{ 0x180e, 0x180e },   { 0x200b, 0x200f },   { 0x2028, 0x202e },
	{ 0x2060, 0x206f },   { 0xd800, 0xdfff },   { 0xfdd0, 0xfdef },
	{ 0xfeff, 0xfeff },   { 0xfff0, 0xfffb },   { 0x110bd, 0x110bd },
	{ 0x110cd, 0x110cd }, { 0x13430, 0x1343f }, { 0x1bca0, 0x1bca3 },
	{ 0x1d173, 0x1d17a }, { 0xe0000, 0xe007f },
};

bool
code_is_unsafe(uint32_t code)
{
	size_t low = 0, high = ARRAY_LEN(unsafe);

	if (code >= 0x20 && code < 0x7f)
		return false;
	if (code > 0x10ffff || (code & 0xfffe) == 0xfffe)
		return true;
	while (low < high) {
		size_t mid = (low + high) / 2;

		if (code > unsafe[mid].last)
			low = mid + 1;
		else
			high = mid;
	}
	return low < ARRAY_LEN(unsafe) && code >= unsafe[low].first;
}

/* Bytes of one character that may stay; 0 with the bytes to drop in *bad. */
static size_t
safe_bytes(const char *s, size_t len, enum text_keep keep, size_t *bad)
{
	uint32_t code;
	size_t n = utf8_decode(s, len, &code);

	*bad = n;
	if (keep == TEXT_LINES && (code == '\n' || code == '\t'))
		return n;
	/* One byte that decodes to U+FFFD is an invalid one. */
	if ((n == 1 && code == REPLACEMENT) || code_is_unsafe(code))
		return 0;
	return n;
}

/* Length of the leading part that text_clean would not change. */
static size_t
clean_prefix(const char *s, size_t len, enum text_keep keep)
{
	size_t i = 0, bad;

	while (i < len) {
		unsigned char c = (unsigned char)s[i];

		if (c >= 0x20 && c < 0x7f) {
			i++;
			continue;
		}
		size_t n = safe_bytes(s + i, len - i, keep, &bad);

		if (!n)
			break;
		i += n;
	}
	return i;
}

void
text_clean(struct buf *out, const char *s, size_t len, enum text_keep keep)
{
	while (len > 0) {
		size_t n = clean_prefix(s, len, keep), bad;

		buf_add(out, s, n);
		s += n;
		len -= n;
		if (!len)
			break;
		safe_bytes(s, len, keep, &bad);
		buf_add(out, replacement, sizeof(replacement) - 1);
		s += bad;
		len -= bad;
	}
}

char *
text_clean_to(char *out, size_t room, const char *s, size_t len)
{
	size_t at = 0, bad;

	BUG_IF(room == 0);
	while (len > 0) {
		size_t n = safe_bytes(s, len, TEXT_ONE_LINE, &bad);
		const char *from = n ? s : replacement;
		size_t bytes = n ? n : sizeof(replacement) - 1;

		if (bytes > room - 1 - at)
			break;
		memcpy(out + at, from, bytes);
		at += bytes;
		s += bad;
		len -= bad;
	}
	out[at] = '\0';
	return out;
}

bool
text_is_clean(const char *s, size_t len, enum text_keep keep)
{
	return clean_prefix(s, len, keep) == len;
}

int
code_width(uint32_t code)
{
	int cells;

	if (code >= 0x20 && code < 0x7f)
		return 1;
	if (code_is_unsafe(code))
		return 1;
	cells = wcwidth((wchar_t)code);
	return cells < 0 ? 1 : cells;
}

int
text_width(const char *s, size_t len)
{
	int cells = 0;

	while (len > 0) {
		uint32_t code;
		size_t n = utf8_decode(s, len, &code);

		cells += code_width(code);
		s += n;
		len -= n;
	}
	return cells;
}

size_t
text_fit(const char *s, size_t len, int cells, int *used)
{
	size_t at = 0;
	int taken = 0;

	while (at < len) {
		uint32_t code;
		size_t n = utf8_decode(s + at, len - at, &code);
		int w = code_width(code);

		if (w > cells - taken)
			break;
		taken += w;
		at += n;
	}
	if (used)
		*used = taken;
	return at;
}

size_t
text_break(const char *s, size_t len, int cells)
{
	size_t part = text_fit(s, len, cells, NULL);
	const char *blank;
	uint32_t code;

	if (part == len)
		return len;
	if (part == 0) /* narrower than its first character */
		return utf8_decode(s, len, &code);
	/* A blank that would begin the next line stays on this one. */
	if (s[part] == ' ')
		return part + 1;
	blank = memrchr(s, ' ', part);
	if (blank && text_width(s, (size_t)(blank - s)) >= cells / 2)
		part = (size_t)(blank - s) + 1;
	return part;
}

static inline unsigned char
fold(char c)
{
	return (unsigned char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
}

bool
text_contains(const char *hay, const char *needle)
{
	unsigned char first = fold(*needle);

	if (!first)
		return true;
	for (; *hay; hay++) {
		size_t i = 0;

		if (fold(*hay) != first)
			continue;
		while (needle[i] && fold(hay[i]) == fold(needle[i]))
			i++;
		if (!needle[i])
			return true;
	}
	return false;
}
