// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "run/help.h"
#include "run/option_table.h"

#define WIDTH 80
#define TEXT_AT 29 /* the column of an option's text */

static const char about[] =
	"Shows who holds references and pages of device memory (struct dev_pagemap).\n";

static const char manual[] =
	"Manual: pgmapref(8); what reports and verdicts mean: pgmapref-reports(7).\n";

static const char *arguments(enum verb_takes takes, const char *any, const char *some)
{
	return takes == TAKES_ANY ? any : takes == TAKES_SOME ? some : "";
}

void help__print_usage(FILE *f, const struct verb *v)
{
	if (v)
		fprintf(f, "Usage: pgmapref %s [OPTIONS]%s%s\n", v->name,
			v->pids ? " [NAME|PID|PATH...]" :
				  arguments(v->names, " [NAME...]", " NAME..."),
			arguments(v->command, " [-- COMMAND [ARG...]]", " -- COMMAND [ARG...]"));
	else
		fprintf(f, "Usage: pgmapref [VERB] [OPTIONS] [NAME...] [-- COMMAND [ARG...]]\n");
}

void help__print(FILE *f, const struct verb *table)
{
	help__print_usage(f, NULL);
	fprintf(f, "%s\nVerbs:\n", about);
	for (const struct verb *v = table; v->name; v++)
		fprintf(f, "  %-8s %s\n", v->name, v->help);
	fprintf(f,
		"\n"
		"Examples, as root:\n"
		"  pgmapref why                 what hangs here, and on whom\n"
		"  pgmapref watch -- ndctl disable-namespace namespace0.0\n"
		"  pgmapref refs pmem0          who has pages and files of it now\n"
		"  pgmapref check -- ./test.sh  fails if the test leaves something behind\n"
		"\n"
		"Options of a verb: pgmapref VERB --help. All options: pgmapref help options.\n"
		"Exit status: 0 clean (check: that of COMMAND), 1 leak or failed assertion,\n"
		"2 usage, 3 inconclusive, 4 cannot run here.\n"
		"%s",
		manual);
}

/* ---- one option -------------------------------------------------------------------------- */

/* "-p, --pid=PID" */
static int put_name(char *buf, size_t size, const struct option_row *row)
{
	int n = 0;

	if (row->letter)
		n = snprintf(buf, size, "-%c, ", row->letter);
	n += snprintf(buf + n, size - n, "--%s", row->name);
	if (row->arg)
		n += snprintf(buf + n, size - n, row->may_lack_arg ? "[=%s]" : "=%s", row->arg);
	return n;
}

static void print_option(FILE *f, const struct option_row *row)
{
	char name[64];

	put_name(name, sizeof(name), row);
	fprintf(f, "  %-*s %s", TEXT_AT - 3, name, row->help);
	if (row->preset)
		fprintf(f, " (default %s)", row->preset);
	fputc('\n', f);
}

static void print_own(FILE *f, const char *name, const char *text)
{
	fprintf(f, "  %-*s %s\n", TEXT_AT - 3, name, text);
}

void help__print_options(FILE *f)
{
	help__print_usage(f, NULL);
	for (size_t i = 0; i < OPTION_ROWS; i++) {
		if (option_rows[i].name)
			print_option(f, &option_rows[i]);
		else
			fprintf(f, "\n%s\n", option_rows[i].help);
	}
	fprintf(f, "\nHelp:\n");
	print_own(f, "-h, --help", "help; behind a verb: of that verb");
	print_own(f, "--usage", "a line of help");
	print_own(f, "-V, --version", "the version");
	fprintf(f, "\n" OPTIONS_VARIABLE " (environment): options that stand before all others.\n%s",
		manual);
}

/* ---- one verb ---------------------------------------------------------------------------- */

/* Is the word in the list, whose words are separated by blanks? */
static bool has_word(const char *list, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = list; (at = strstr(at, word)); at += len)
		if ((at == list || at[-1] == ' ') && (at[len] == ' ' || !at[len]))
			return true;
	return false;
}

static bool is_frequent(const struct verb *v, const struct option_row *row)
{
	return !v->often || has_word(v->often, row->name);
}

/* The names of the other options, in as many lines as they need. */
static void print_rest(FILE *f, const struct verb *v)
{
	int at = fprintf(f, "  more:");

	for (size_t i = 0; i < OPTION_ROWS; i++) {
		const struct option_row *row = &option_rows[i];
		char name[64];
		int n;

		if (!row->name || !(v->options & row->group) || is_frequent(v, row))
			continue;
		n = row->letter ? snprintf(name, sizeof(name), "-%c", row->letter) :
				  snprintf(name, sizeof(name), "--%s", row->name);
		if (at + 1 + n > WIDTH) {
			fputc('\n', f);
			at = fprintf(f, "       ");
		}
		at += fprintf(f, " %s", name);
	}
	fputc('\n', f);
}

void help__print_verb(FILE *f, const struct verb *v)
{
	help__print_usage(f, v);
	fprintf(f, "%c%s.\n\n", toupper(*v->help), v->help + 1);
	for (size_t i = 0; i < OPTION_ROWS; i++)
		if (option_rows[i].name && v->options & option_rows[i].group &&
		    is_frequent(v, &option_rows[i]))
			print_option(f, &option_rows[i]);
	if (v->often)
		print_rest(f, v);
	if (v->example)
		fprintf(f, "\nExample: %s\n  %s\n", v->example_does, v->example);
	fprintf(f, "\nAll options: pgmapref help options. Manual: %s.\n",
		v->manual ? v->manual : "pgmapref(8)");
}
