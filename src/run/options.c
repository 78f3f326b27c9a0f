// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/span.h"
#include "run/option_table.h"
#include "run/options.h"

#ifndef PGMAPREF_VERSION
#define PGMAPREF_VERSION "unknown"
#endif

/* argp needs this name: it makes -V and --version. */
const char *argp_program_version = "pgmapref " PGMAPREF_VERSION;

static const char doc[] =
	"Shows who holds references and pages of device memory (struct dev_pagemap).\v"
	/* help() inserts the verbs here. */
	"\n"
	"Examples:\n"
	"  pgmapref -p 1234             what process 1234 takes, live\n"
	"  pgmapref list                all pgmaps\n"
	"  pgmapref watch --stuck 2s    leak reports, also while an unbind hangs\n"
	"  pgmapref check -- ./test.sh  fails if the test leaks\n"
	"\n"
	"Exit status: 0 clean (check: that of COMMAND), 1 leak or failed assertion,\n"
	"2 usage, 3 inconclusive, 4 cannot run here.\n"
	"pgmapref(8) explains every column and verdict, and under WHAT CLEAN COVERS,\n"
	"AND WHAT IT DOES NOT what a clean check means.";

static const char args_doc[] = "[VERB] [NAME...] [-- COMMAND [ARG...]]";

#define FIRST_LONG_KEY 0x100 /* first key for options without a letter: no char has this value */

static int key_of(size_t row)
{
	return option_rows[row].letter ? option_rows[row].letter : FIRST_LONG_KEY + (int)row;
}

/* Makes the table that argp needs; a row of zeroes ends it. */
static void fill_argp(struct argp_option out[OPTION_ROWS + 1])
{
	memset(out, 0, (OPTION_ROWS + 1) * sizeof(*out));
	for (size_t i = 0; i < OPTION_ROWS; i++) {
		out[i].name = option_rows[i].name;
		out[i].key = option_rows[i].name ? key_of(i) : 0;
		out[i].arg = option_rows[i].arg;
		out[i].doc = option_rows[i].help;
		out[i].group = option_rows[i].section;
		out[i].flags = option_rows[i].may_lack_arg ? OPTION_ARG_OPTIONAL : 0;
	}
}

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

static void set_verb(struct argp_state *state, const char *arg)
{
	const struct parsing *p = state->input;
	char names[128];

	for (const struct verb *v = p->table; v->name; v++) {
		if (!strcmp(arg, v->name)) {
			p->o->verb = v;
			return;
		}
	}
	argp_error(
		state,
		"%s: no such verb; verbs are %s (put COMMAND after --, select a pgmap with -g NAME)",
		arg, list_verbs(p->table, is_verb, 0, names));
}

static void take_argument(struct argp_state *state, char *arg)
{
	if (!state->arg_num)
		set_verb(state, arg);
	else if (((struct parsing *)state->input)->o->verb->names != TAKES_NONE)
		option_table__add_pgmap(state, arg);
	else
		argp_error(state,
			   "unexpected argument '%s': put COMMAND after --, select a pgmap with "
			   "-g NAME",
			   arg);
}

static void refuse(struct argp_state *state, const struct option_row *row)
{
	const struct parsing *p = state->input;
	char names[128], option[32];

	argp_error(state, "%s is for %s, not for %s%s%s", option_row__name(row, option),
		   list_verbs(p->table, takes, row->group, names), p->o->verb->name,
		   row->refusal ? "; " : "", row->refusal ? row->refusal : "");
}

/* Does the verb watch for a while? Without these options, list and probes read once. */
static bool lasts(const struct options *o)
{
	return takes(o->verb, OPTIONS_HISTORY) ? o->history : o->duration_ns || o->command;
}

static void check_option(struct argp_state *state, const struct option_row *row)
{
	const struct options *o = ((struct parsing *)state->input)->o;
	char option[32];

	if (!takes(o->verb, row->group))
		refuse(state, row);
	else if (o->verb->lasting & row->group && !lasts(o))
		argp_error(state, "%s takes %s with %s only", o->verb->name,
			   option_row__name(row, option), o->verb->lasts_with);
}

/* Call this when the verb is known: does the verb take everything that the user gave? */
static void check_all(struct argp_state *state)
{
	const struct parsing *p = state->input;
	const struct options *o = p->o;
	const struct verb *v = o->verb;
	char names[128];

	if (v->names == TAKES_SOME && !o->nr_names)
		argp_error(state, "%s: name at least one pgmap (see 'pgmapref list')", v->name);
	if (o->command && v->command == TAKES_NONE)
		argp_error(state, "only %s run a COMMAND",
			   list_verbs(p->table, runs_command, 0, names));
	if (!o->command && v->command == TAKES_SOME)
		argp_error(state, "%s runs a COMMAND: pgmapref %s -- COMMAND [ARG...]", v->name,
			   v->name);
	for (size_t i = 0; i < OPTION_ROWS; i++)
		if (p->given >> i & 1)
			check_option(state, &option_rows[i]);
	if (o->exact && !o->nr_exact_names && !o->nr_names)
		argp_error(state, "--exact needs a pgmap: write --exact=NAME, or name it with -g");
	if (o->tap && o->json)
		argp_error(state, "use --tap or -j, not both");
}

/* Call this before the options of the user: they replace the presets. */
static void set_presets(struct argp_state *state)
{
	for (size_t i = 0; i < OPTION_ROWS; i++)
		if (option_rows[i].preset)
			option_rows[i].take(state, &option_rows[i], (char *)option_rows[i].preset);
}

/* Uses the default of the verb for options that the user did not give. */
static void set_defaults(const struct parsing *p)
{
	bool given = false;

	if (p->o->history && !p->o->duration_ns)
		span__parse(HISTORY_DURATION, &p->o->duration_ns);

	for (size_t i = 0; i < OPTION_ROWS; i++)
		given = given || (p->given >> i & 1 && option_rows[i].group == OPTIONS_PINS);
	if (!given)
		p->o->pins = p->o->verb->pins;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct parsing *p = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		set_presets(state);
		return 0;
	case ARGP_KEY_ARG:
		take_argument(state, arg);
		return 0;
	case ARGP_KEY_END:
		check_all(state);
		set_defaults(p);
		return 0;
	}
	for (size_t i = 0; i < OPTION_ROWS; i++) {
		if (!option_rows[i].name || key_of(i) != key)
			continue;
		p->given |= 1ULL << i;
		option_rows[i].take(state, &option_rows[i], arg);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

/* "DUR (default 5s)". The result is freed as that of help() is. */
static char *add_preset(int key, const char *text)
{
	char *all;

	for (size_t i = 0; i < OPTION_ROWS; i++)
		if (option_rows[i].preset && key_of(i) == key)
			return asprintf(&all, "%s (default %s)", text, option_rows[i].preset) < 0 ?
				       NULL :
				       all;
	return (char *)text;
}

/*
 * --help: puts the verbs before the examples, and presets behind the options. argp frees the result
 * if it is not `text`.
 */
static char *help(int key, const char *text, void *input)
{
	const struct parsing *p = input;
	char *all, verbs[1024];
	size_t at = 0;

	if (key != ARGP_KEY_HELP_POST_DOC || !p)
		return add_preset(key, text);
	for (const struct verb *v = p->table; v->name && at < sizeof(verbs); v++)
		at += snprintf(verbs + at, sizeof(verbs) - at, "  %-8s %s\n", v->name, v->help);
	return asprintf(&all, "Verbs:\n%s%s", verbs, text) < 0 ? NULL : all;
}

void options__parse(int argc, char **argv, const struct verb *table, struct options *o)
{
	struct parsing p = { .o = o, .table = table };
	struct argp_option out[OPTION_ROWS + 1];
	struct argp argp = {
		.options = out,
		.parser = parse,
		.args_doc = args_doc,
		.doc = doc,
		.help_filter = help,
	};

	memset(o, 0, sizeof(*o));
	o->verb = table;
	o->ready_fd = -1;
	argp_err_exit_status = STATUS_USAGE;
	fill_argp(out);
	/* For argp, "--" is the end of options. Here, COMMAND begins after it. */
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--"))
			continue;
		o->command = &argv[i + 1];
		argv[i] = NULL;
		argc = i;
		break;
	}
	argp_parse(&argp, argc, argv, 0, NULL, &p);
	if (o->command && !*o->command) {
		fprintf(stderr, "pgmapref: no COMMAND after --\n");
		exit(STATUS_USAGE);
	}
}
