// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "common/utf8.h"

size_t utf8__decode(const char *s, uint32_t *c)
{
	/* The smallest character of each length: a smaller one has a shorter form. */
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *p = (const unsigned char *)s;
	size_t len = *p < 0x80 ? 1 :
		     *p < 0xc0 ? 0 :
		     *p < 0xe0 ? 2 :
		     *p < 0xf0 ? 3 :
		     *p < 0xf8 ? 4 :
				 0;
	uint32_t v;

	if (len == 1) {
		*c = *p;
		return 1;
	}
	*c = UTF8_BAD;
	if (!len)
		return 1;
	v = *p & (0x7f >> len);
	for (size_t i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 1;
		v = v << 6 | (p[i] & 0x3f);
	}
	if (v < least[len] || v > 0x10ffff || (v >= 0xd800 && v < 0xe000))
		return 1;
	*c = v;
	return len;
}

size_t utf8__encode(uint32_t c, char buf[4])
{
	size_t len = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

	if (len == 1) {
		buf[0] = c;
		return 1;
	}
	for (size_t i = len - 1; i; i--) {
		buf[i] = 0x80 | (c & 0x3f);
		c >>= 6;
	}
	buf[0] = 0xf00 >> len | c;
	return len;
}

bool utf8__shown(uint32_t c)
{
	return (c >= 0x20 && c < 0x7f) ||
	       (c >= 0xa0 && c != 0x2028 && c != 0x2029 && c != 0xfeff && (c & 0xfffe) != 0xfffe);
}
