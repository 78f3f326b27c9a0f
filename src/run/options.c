// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/near.h"
#include "common/span.h"
#include "common/words.h"
#include "kernel/typed.h"
#include "run/help.h"
#include "run/option_table.h"
#include "run/option_words.h"
#include "run/options.h"
#include "run/say.h"

#ifndef PGMAPREF_VERSION
#define PGMAPREF_VERSION "unknown"
#endif

#define MAX_DEFAULT_WORDS 256

/* ---- verbs ------------------------------------------------------------------------------- */

static bool takes(const struct verb *v, enum option_group group)
{
	return v->options & group;
}

static bool runs_command(const struct verb *v, enum option_group unused)
{
	(void)unused;
	return v->command != TAKES_NONE;
}

static bool is_verb(const struct verb *v, enum option_group unused)
{
	(void)v;
	(void)unused;
	return true;
}

/* Writes "trace, watch and check": the verbs for which `that` returns true. */
static const char *list_verbs(const struct verb *table,
			      bool (*that)(const struct verb *, enum option_group),
			      enum option_group group, char buf[128])
{
	size_t left = 0, at = 0;

	for (const struct verb *v = table; v->name; v++)
		left += that(v, group);
	buf[0] = '\0';
	for (const struct verb *v = table; v->name && at < 128; v++)
		if (that(v, group))
			at += snprintf(buf + at, 128 - at, "%s%s", v->name,
				       --left > 1 ? ", " :
				       left	  ? " and " :
						    "");
	return buf;
}

static const struct verb *find_verb(const struct parsing *p, const char *name)
{
	struct near near = { .word = name };
	char names[128];

	for (const struct verb *v = p->table; v->name; v++) {
		if (!strcmp(name, v->name))
			return v;
		near__try(&near, v->name);
	}
	if (typed__is_device(NULL, name) || strchr(name, '/'))
		parsing__fail(p,
			      "%s: no verb; for a device write 'pgmapref why %s' (what hangs), "
			      "'pgmapref refs %s' (who has pages) or 'pgmapref list %s'",
			      name, name, name, name);
	near__try(&near, "help");
	if (near.found)
		parsing__fail(p, "%s: no such verb; did you mean '%s'? Verbs are %s", name,
			      near.found, list_verbs(p->table, is_verb, 0, names));
	parsing__fail(p,
		      "%s: no such verb; verbs are %s (put COMMAND after --, select a pgmap with "
		      "-g NAME)",
		      name, list_verbs(p->table, is_verb, 0, names));
}

/* ---- first pass: what is given, and the verb ---------------------------------------------- */

static uint64_t bit(const struct option_row *row)
{
	return 1ULL << (row - option_rows);
}

/* "pgmapref help [VERB]", and the verb */
static void see_argument(struct parsing *p, const char *arg)
{
	if (!p->nr_args && !strcmp(arg, "help")) {
		p->wants = WANTS_HELP;
		return;
	}
	if (p->nr_args++)
		return; /* the second pass takes it */
	if (p->wants == WANTS_HELP && !strcmp(arg, "options")) {
		p->wants = WANTS_OPTIONS;
		return;
	}
	p->o->verb = find_verb(p, arg);
	p->verb_given = true;
}

static void see(struct parsing *p, int key, const struct option_row *row, char *arg)
{
	if (row)
		p->given |= bit(row);
	else if (key == KEY_ARGUMENT)
		see_argument(p, arg);
	else if (!p->wants)
		p->wants = key == KEY_VERSION ? WANTS_VERSION :
			   key == KEY_USAGE   ? WANTS_USAGE :
						WANTS_HELP;
}

static void see_default(struct parsing *p, int key, const struct option_row *row, char *arg)
{
	if (row)
		p->defaults |= bit(row);
	else if (key == KEY_ARGUMENT)
		parsing__fail(p, "%s: only options can stand there", arg);
	else
		parsing__fail(p, "--help, --usage and --version cannot stand there");
}

/* Prints what is wanted in place of a run, and exits. */
static void answer(const struct parsing *p)
{
	const struct verb *v = p->verb_given ? p->o->verb : NULL;

	switch (p->wants) {
	case WANTS_RUN:
		return;
	case WANTS_VERSION:
		printf("pgmapref %s\n", PGMAPREF_VERSION);
		break;
	case WANTS_USAGE:
		help__print_usage(stdout, v);
		break;
	case WANTS_OPTIONS:
		help__print_options(stdout);
		break;
	case WANTS_HELP:
		if (v)
			help__print_verb(stdout, v);
		else
			help__print(stdout, p->table);
		break;
	}
	exit(fflush(stdout) ? STATUS_CANNOT : STATUS_CLEAN);
}

/* ---- options that do not fit ------------------------------------------------------------- */

static bool has(uint64_t given, const char *name)
{
	for (size_t i = 0; i < OPTION_ROWS; i++)
		if (option_rows[i].name && !strcmp(option_rows[i].name, name))
			return given & bit(&option_rows[i]);
	return false;
}

/* Pairs of options that exclude each other, as messages name them. */
static const struct {
	const char *one, *other, *says;
} exclusive[] = {
	{ "exact", "no-exact", "use --exact or --no-exact, not both" },
	{ "exact", "follow", "use --exact or --follow, not both" },
	{ "tap", "json", "use --tap or -j, not both" },
	{ "sums", "fields", "use -c or --fields, not both" },
	{ "sums", "stacks", "use -c or -S, not both" },
	{ "by", "fields", "use --by or --fields, not both" },
	{ "by", "stacks", "use --by or -S, not both" },
	{ "history", "wait", "use -H or -w, not both" },
};
#define NR_EXCLUSIVE (sizeof(exclusive) / sizeof(*exclusive))

/*
 * Does the verb watch for a while? Without these options, list, refs and probes read once. given:
 * the options
 */
static bool lasts(const struct parsing *p, uint64_t given)
{
	if (takes(p->o->verb, OPTIONS_HISTORY))
		return has(given, "history") || has(given, "wait");
	if (takes(p->o->verb, OPTIONS_CHANGES))
		return has(given, "follow") || has(given, "exact");
	return has(given, "duration") || p->o->command;
}

static void refuse(const struct parsing *p, const struct option_row *row)
{
	char names[128], option[32];

	parsing__fail(p, "%s is for %s, not for %s%s%s", option_row__name(row, option),
		      list_verbs(p->table, takes, row->group, names), p->o->verb->name,
		      row->refusal ? "; " : "", row->refusal ? row->refusal : "");
}

static void check_option(const struct parsing *p, const struct option_row *row)
{
	const struct verb *v = p->o->verb;
	char option[32];

	if (!takes(v, row->group))
		refuse(p, row);
	else if (v->lasting & row->group && !lasts(p, p->given | p->defaults))
		parsing__fail(p, "%s takes %s with %s only", v->name, option_row__name(row, option),
			      v->lasts_with);
}

/* Does the verb take what the command line gives? */
static void check_words(const struct parsing *p)
{
	const struct options *o = p->o;
	const struct verb *v = o->verb;
	char names[128];

	if (o->command && v->command == TAKES_NONE)
		parsing__fail(p, "only %s run a COMMAND",
			      list_verbs(p->table, runs_command, 0, names));
	if (!o->command && v->command == TAKES_SOME)
		parsing__fail(p, "%s runs a COMMAND: pgmapref %s -- COMMAND [ARG...]", v->name,
			      v->name);
	for (size_t i = 0; i < OPTION_ROWS; i++)
		if (p->given >> i & 1)
			check_option(p, &option_rows[i]);
	for (size_t i = 0; i < NR_EXCLUSIVE; i++)
		if (has(p->given, exclusive[i].one) && has(p->given, exclusive[i].other))
			parsing__fail(p, "%s", exclusive[i].says);
}

/* Drops a default option, and says why. */
static void ignore(struct parsing *p, const struct option_row *row, const char *why)
{
	char option[32];

	p->defaults &= ~bit(row);
	if (!has(p->given | p->defaults, "quiet"))
		say__line(OPTIONS_VARIABLE ": %s ignored: %s", option_row__name(row, option), why);
}

static const struct option_row *row_of(const char *name)
{
	for (size_t i = 0; i < OPTION_ROWS; i++)
		if (option_rows[i].name && !strcmp(option_rows[i].name, name))
			return &option_rows[i];
	return NULL;
}

/* The command line decides: ignores defaults that do not go with it. */
static void fit_defaults(struct parsing *p)
{
	const struct verb *v = p->o->verb;
	char why[64];

	for (size_t i = 0; i < NR_EXCLUSIVE; i++) {
		const char *one = exclusive[i].one, *other = exclusive[i].other;

		if (has(p->defaults, one) && has(p->defaults, other)) {
			p->in_defaults = true;
			parsing__fail(p, "%s", exclusive[i].says);
		}
		if (has(p->defaults, one) && has(p->given, other))
			ignore(p, row_of(one), exclusive[i].says);
		if (has(p->defaults, other) && has(p->given, one))
			ignore(p, row_of(other), exclusive[i].says);
	}
	for (size_t i = 0; i < OPTION_ROWS; i++) {
		if (!(p->defaults >> i & 1) || takes(v, option_rows[i].group))
			continue;
		snprintf(why, sizeof(why), "it is not for %s", v->name);
		ignore(p, &option_rows[i], why);
	}
	for (size_t i = 0; i < OPTION_ROWS; i++) {
		if (!(p->defaults >> i & 1) || !(v->lasting & option_rows[i].group) ||
		    lasts(p, p->given | p->defaults))
			continue;
		snprintf(why, sizeof(why), "%s takes it with %s only", v->name, v->lasts_with);
		ignore(p, &option_rows[i], why);
	}
}

/* ---- second pass ------------------------------------------------------------------------- */

static void take_argument(struct parsing *p, char *arg)
{
	if (!p->nr_args++)
		return; /* the verb */
	if (p->o->verb->pids && strspn(arg, "0123456789") == strlen(arg)) {
		option_table__add_pid(p, arg);
		return;
	}
	if (p->o->verb->names == TAKES_NONE)
		parsing__fail(p,
			      "unexpected argument '%s': put COMMAND after --, select a pgmap with "
			      "-g NAME",
			      arg);
	option_table__add_pgmap(p, arg);
}

static void take(struct parsing *p, int key, const struct option_row *row, char *arg)
{
	if (key == KEY_ARGUMENT)
		take_argument(p, arg);
	else if (!p->in_defaults || p->defaults & bit(row))
		row->take(p, row, arg);
}

/* Is everything there that the verb and the options need? */
static void check_all(struct parsing *p)
{
	struct options *o = p->o;

	if (has(p->given, "follow-forks") && !o->nr_pids)
		parsing__fail(p, "-f needs a process: -p PID -f%s",
			      o->command ? "; what COMMAND starts is followed without it" : "");
	if (o->forks && !o->nr_pids) {
		ignore(p, row_of("follow-forks"), "it needs -p");
		o->forks = false;
	}
	if (takes(o->verb, OPTIONS_CHANGES) && o->follow && !o->nr_names && !o->nr_follow_pfns)
		parsing__fail(p, "%s: name at least one pgmap (see 'pgmapref list')", o->verb->name);
	if (!o->exact || o->nr_exact_names || o->nr_names)
		return;
	if (has(p->given, "exact"))
		parsing__fail(p, "--exact needs a pgmap: write --exact=NAME, or name it with -g");
	ignore(p, row_of("exact"), "it needs a pgmap");
	o->exact = false;
}

/* Call this before all options: they replace the presets. */
static void set_presets(struct parsing *p)
{
	for (size_t i = 0; i < OPTION_ROWS; i++)
		if (option_rows[i].preset)
			option_rows[i].take(p, &option_rows[i], (char *)option_rows[i].preset);
}

/* Uses the default of the verb for options that are not given. */
static void set_defaults(const struct parsing *p)
{
	uint64_t given = p->given | p->defaults;
	struct options *o = p->o;

	if (o->history && !o->duration_ns)
		span__parse(HISTORY_DURATION, &o->duration_ns);
	if (!has(given, "pins") && !has(given, "no-pins"))
		o->pins = o->verb->pins;
	o->exact_if_can = o->verb->judges_end && o->nr_names && !o->exact && !o->no_exact;
}

/* The words of OPTIONS_VARIABLE, after the place of a program's name. They live as long as it. */
static int default_words(struct parsing *p, char **words)
{
	static char *kept;
	const char *text = getenv(OPTIONS_VARIABLE);
	int n;

	words[0] = (char *)"pgmapref";
	words[1] = NULL;
	if (!text)
		return 1;
	free(kept);
	kept = strdup(text);
	n = kept ? words__split(kept, &words[1], MAX_DEFAULT_WORDS) : -ENOMEM;
	p->in_defaults = true;
	if (n == -EINVAL)
		parsing__fail(p, "a quote is not closed");
	if (n < 0)
		parsing__fail(p, "%s", n == -E2BIG ? "too many words" : strerror(-n));
	for (int i = 1; i <= n; i++)
		if (!strcmp(words[i], "--"))
			parsing__fail(p, "--: only options can stand there");
	p->in_defaults = false;
	return n + 1;
}

/* Walks the words of OPTIONS_VARIABLE. */
static void walk_defaults(struct parsing *p, int n, char **words, visit_word visit)
{
	p->in_defaults = true;
	option_words__walk(p, n, words, visit);
	p->in_defaults = false;
}

void options__parse(int argc, char **argv, const struct verb *table, struct options *o)
{
	struct parsing p = { .o = o, .table = table };
	char *defaults[MAX_DEFAULT_WORDS + 1];
	int nr_defaults;

	memset(o, 0, sizeof(*o));
	o->verb = table;
	o->ready_fd = -1;
	/* For getopt, "--" is the end of options. Here, COMMAND begins after it. */
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--"))
			continue;
		o->command = &argv[i + 1];
		argv[i] = NULL;
		argc = i;
		break;
	}
	option_words__walk(&p, argc, argv, see);
	answer(&p);
	check_words(&p);
	nr_defaults = default_words(&p, defaults);
	walk_defaults(&p, nr_defaults, defaults, see_default);
	fit_defaults(&p);
	set_presets(&p);
	walk_defaults(&p, nr_defaults, defaults, take);
	p.nr_args = 0;
	option_words__walk(&p, argc, argv, take);
	check_all(&p);
	set_defaults(&p);
	if (o->command && !*o->command) {
		say__line("no COMMAND after --");
		exit(STATUS_USAGE);
	}
}
