// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <ctype.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "common/near.h"
#include "run/option_words.h"

#define KEY_FIRST_ROW 0x101 /* of options without a letter: no char has this value */
#define OWN_OPTIONS 3

static const struct option own_options[OWN_OPTIONS] = {
	{ "help", no_argument, NULL, KEY_HELP },
	{ "usage", no_argument, NULL, KEY_USAGE },
	{ "version", no_argument, NULL, KEY_VERSION },
};

static int key_of(size_t row)
{
	return option_rows[row].letter ? option_rows[row].letter : KEY_FIRST_ROW + (int)row;
}

/* What getopt_long() needs. */
struct grammar {
	char letters[4 + 2 * OPTION_ROWS + 4];
	struct option longs[OPTION_ROWS + OWN_OPTIONS + 1];
};

static void make_grammar(struct grammar *g)
{
	size_t n = 0, at;

	memset(g, 0, sizeof(*g));
	/* -: arguments are options with key 1. :: a missing argument has a key of its own. */
	at = sprintf(g->letters, "-:%c%c", KEY_HELP, KEY_VERSION);
	for (size_t i = 0; i < OPTION_ROWS; i++) {
		const struct option_row *row = &option_rows[i];

		if (!row->name)
			continue;
		if (row->letter)
			at += sprintf(g->letters + at, "%c%s", row->letter,
				      row->arg && !row->may_lack_arg ? ":" : "");
		g->longs[n++] = (struct option){
			.name = row->name,
			.has_arg = !row->arg	     ? no_argument :
				   row->may_lack_arg ? optional_argument :
						       required_argument,
			.val = key_of(i),
		};
	}
	memcpy(&g->longs[n], own_options, sizeof(own_options));
}

/* Says which options the word may stand for, or which are near it. */
static void fail_unknown(const struct parsing *p, const struct grammar *g, const char *word)
{
	char name[64], several[256] = "";
	size_t len = strcspn(word + 2, "="), n = 0, at = 0;
	struct near near = { .word = name };

	snprintf(name, sizeof(name), "%.*s", (int)len, word + 2);
	for (const struct option *l = g->longs; l->name; l++) {
		near__try(&near, l->name);
		if (len && !strncmp(l->name, name, len) && at < sizeof(several))
			at += snprintf(several + at, sizeof(several) - at, "%s--%s",
				       n++ ? ", " : "", l->name);
	}
	if (n > 1)
		parsing__fail(p, "--%s: which of these options: %s?", name, several);
	if (near.found)
		parsing__fail(p, "--%s: no such option; did you mean --%s?", name, near.found);
	parsing__fail(p, "--%s: no such option; 'pgmapref help options' has all", name);
}

static bool is_long(const char *word)
{
	return word && !strncmp(word, "--", 2);
}

/* A word that getopt refuses: an unknown option, or one with an argument that it does not take. */
static void fail_word(const struct parsing *p, const struct grammar *g, const char *word)
{
	char other = islower(optopt) ? toupper(optopt) : tolower(optopt);

	if (is_long(word) && !optopt)
		fail_unknown(p, g, word);
	if (is_long(word))
		parsing__fail(p, "%s: --%.*s takes no argument", word, (int)strcspn(word + 2, "="),
			      word + 2);
	if (isalpha(optopt) && strchr(g->letters, other))
		parsing__fail(p, "-%c: no such option; did you mean -%c?", optopt, other);
	parsing__fail(p, "-%c: no such option; 'pgmapref help options' has all", optopt);
}

static void fail_missing(const struct parsing *p, const char *word)
{
	for (size_t i = 0; i < OPTION_ROWS; i++)
		if (option_rows[i].name && key_of(i) == optopt)
			parsing__fail(p, "%s needs an argument: %s",
				      is_long(word) ?
					      word :
					      option_row__name(&option_rows[i], (char[32]){ 0 }),
				      option_rows[i].arg);
	parsing__fail(p, "%s needs an argument", word);
}

void option_words__walk(struct parsing *p, int argc, char **argv, visit_word visit)
{
	struct grammar g;
	int key;

	make_grammar(&g);
	opterr = 0;
	optind = 0; /* glibc: start again */
	while ((key = getopt_long(argc, argv, g.letters, g.longs, NULL)) != -1) {
		const struct option_row *row = NULL;

		if (key == '?' && optopt != '?')
			fail_word(p, &g, argv[optind - 1]);
		if (key == ':')
			fail_missing(p, argv[optind - 1]);
		for (size_t i = 0; i < OPTION_ROWS; i++)
			if (option_rows[i].name && key_of(i) == key)
				row = &option_rows[i];
		visit(p, key, row, optarg);
	}
}
