// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <ctype.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "common/clock.h"
#include "common/devnum.h"
#include "common/names.h"
#include "common/text.h"
#include "model/frames.h"
#include "report/report_parts.h"

void part__task(struct out *o, const char *key, const char *fmt, const struct pgr_task *t)
{
	char buf[64];

	out__str(o, NULL, fmt, part__task_text(t, buf, sizeof(buf)));
	if (!t->tgid)
		return;
	out__object(o, key);
	out__str(o, "comm", NULL, t->comm);
	out__int(o, "tgid", NULL, t->tgid);
	out__int(o, "tid", NULL, t->tid);
	out__pop(o);
}

const char *part__task_text(const struct pgr_task *t, char *buf, size_t len)
{
	if (!t->tgid)
		snprintf(buf, len, "-");
	else if (t->tgid == t->tid)
		snprintf(buf, len, "%s/%u", t->comm, t->tgid);
	else
		snprintf(buf, len, "%s/%u:%u", t->comm, t->tgid, t->tid);
	for (char *c = buf; *c; c++)
		if (!isprint((unsigned char)*c))
			*c = '?';
	return buf;
}

uint64_t part__since(uint64_t ns, uint64_t start)
{
	return ns > start ? ns - start : 0;
}

const char *part__time_text(struct report *r, uint64_t ns, char *buf, size_t len)
{
	uint64_t since = part__since(ns, r->clock == CLOCK_OF_START ? r->start_ns :
					 r->clock == CLOCK_OF_LINE  ? r->line_ns :
								      0);
	time_t s = (ns + r->wall_ns) / NSEC_PER_SEC;
	size_t n = 0;
	struct tm tm;

	if (r->clock == CLOCK_OF_LINE && !r->line_ns)
		since = 0;
	r->line_ns = ns;
	if (r->clock == CLOCK_OF_WALL) {
		since = (ns + r->wall_ns) % NSEC_PER_SEC;
		n = localtime_r(&s, &tm) ? strftime(buf, len, "%H:%M:%S", &tm) : 0;
	} else {
		n = snprintf(buf, len, "%" PRIu64, since / NSEC_PER_SEC);
	}
	snprintf(buf + n, len - n, ".%06" PRIu64, since % NSEC_PER_SEC / NSEC_PER_USEC);
	return buf;
}

void part__time(struct report *r, uint64_t ns)
{
	char buf[32];

	out__str(r->out, NULL, "%11s ", part__time_text(r, ns, buf, sizeof(buf)));
	out__int(r->out, "time_ns", NULL, ns);
}

char *part__clean(char *path)
{
	for (char *c = path; *c; c++)
		if (!isprint((unsigned char)*c) && (unsigned char)*c < 0x80)
			*c = '?';
	return path;
}

void part__more(struct out *o, uint64_t nr, uint64_t shown)
{
	if (nr > shown)
		out__text(o, "    … and %" PRIu64 " more\n", nr - shown);
}

static bool get_stack(struct report *r, uint64_t key, struct pgr_stack *stack)
{
	return key && r->stack && !r->stack(r->stack_ctx, key, stack);
}

const char *part__way(struct report *r, uint64_t stack_key, char *buf, size_t len)
{
	struct pgr_stack stack;

	buf[0] = '\0';
	if (!get_stack(r, stack_key, &stack))
		return buf;
	if (r->stacks == STACKS_SITE)
		return frames__short(r->symbols, &stack, frames__site(r->symbols, &stack), buf, len);
	return frames__way(r->symbols, &stack, buf, len);
}

void part__stack(struct report *r, const char *key, uint64_t stack_key, const char *indent)
{
	bool whole = out__is_json(r->out) || r->stacks == STACKS_AUTO || r->stacks == STACKS_FULL;
	char buf[768], line[512];
	struct pgr_stack stack;

	if (!get_stack(r, stack_key, &stack))
		return;
	if (!whole) {
		out__str(r->out, NULL, "%s", indent);
		out__str(r->out, NULL, "%s\n", part__way(r, stack_key, buf, sizeof(buf)));
		return;
	}
	out__array(r->out, key);
	for (unsigned int i = frames__site(r->symbols, &stack); i < stack.nr; i++) {
		out__text(r->out, "%s", indent);
		frames__full(r->symbols, &stack, i, buf, sizeof(buf));
		if (r->line && !r->line(r->line_ctx, stack.ip[i], line, sizeof(line)))
			text__add(buf, sizeof(buf), " (%s)", line);
		out__str(r->out, "", "%s", buf);
		out__text(r->out, "\n");
	}
	out__pop(r->out);
}

static void put_site(struct report *r, uint64_t stack_key, const char *fmt,
		     unsigned int (*find)(struct symbols *s, const struct pgr_stack *stack))
{
	struct pgr_stack stack;
	char buf[256];

	if (get_stack(r, stack_key, &stack))
		out__str(r->out, "site", fmt,
			 frames__short(r->symbols, &stack, find(r->symbols, &stack), buf,
				       sizeof(buf)));
}

void part__ranges(struct report *r, const struct pgmap *p, const char *label)
{
	bool several = p->k.nr_range > 1, each = several && r->ranges;
	struct out *o = r->out;
	uint32_t nr;
	const struct pgr_range *v = pgmap__ranges(p, &nr);

	if (out__is_json(o) != !label)
		return;
	out__int(o, NULL, several ? label : NULL, p->k.nr_range);
	out__hex(o, NULL, several ? ", from %s" : NULL, p->k.span.start);
	out__hex(o, NULL, several ? " to %s\n" : NULL, p->k.span.end);
	out__array(o, "ranges");
	for (uint32_t i = 0; i < nr; i++) {
		out__object(o, NULL);
		out__hex(o, "start", each ? "            %s" : NULL, v[i].start);
		out__hex(o, "end", each ? " to %s\n" : NULL, v[i].end);
		out__pop(o);
	}
	out__pop(o);
	out__int(o, NULL, each && nr < p->k.nr_range ? "            %s more, not known\n" : NULL,
		 p->k.nr_range - nr);
}

void part__site(struct report *r, uint64_t stack_key, const char *fmt)
{
	put_site(r, stack_key, fmt, frames__site);
}

void part__counting_site(struct report *r, uint64_t stack_key, const char *fmt)
{
	put_site(r, stack_key, fmt, frames__counting_site);
}

void part__pgmap(struct report *r, const struct pgmap *p, const struct pgmap_text *text)
{
	static const struct pgmap_text none;
	const struct pgmap_text *t = text ? text : &none;
	struct out *o = r->out;

	out__object(o, "pgmap");
	out__str(o, "name", t->name, p->name);
	out__int(o, "generation", NULL, p->k.id);
	out__hex(o, "address", NULL, p->k.addr);
	out__str(o, "type", t->type, pgmap__type_name(p));
	out__int(o, NULL, t->generation, p->k.id);
	if (p->k.dev[0])
		out__str(o, "device", NULL, p->k.dev);
	out__hex(o, NULL, t->start, p->k.first.start);
	part__ranges(r, p, NULL);
	out__int(o, p->k.flags & PGR_PGMAP_PAGES_PART ? "pages_at_least" : "pages", t->pages,
		 p->k.pages);
	out__hex(o, NULL, t->at, p->k.first.start);
	out__int(o, "nr_ranges", NULL, p->k.nr_range);
	out__int(o, "vmemmap_shift", NULL, p->k.vmemmap_shift);
	part__baseline(o, p, BASELINE_OF_PGMAP);
	out__pop(o);
}

void part__pgmap_line(struct report *r, const struct pgmap *p, bool name)
{
	part__pgmap(r, p,
		    &(struct pgmap_text){
			    .name = name ? "  pgmap     %s" : NULL,
			    .type = name ? ", %s" : "  pgmap     %s",
			    .generation = ", generation %s",
			    .pages = ", %s pages",
			    .at = " at %s\n",
		    });
	part__ranges(r, p, "  ranges    %s");
}

void part__baseline(struct out *o, const struct pgmap *p, enum baseline_place place)
{
	static const char *const formats[] = {
		[BASELINE_IN_LINE] = ", baseline %s",
		[BASELINE_IN_COLUMN] = "%9s ",
	};
	bool computed = p->k.flags & PGR_PGMAP_ADOPTED, known = pgmap__has_baseline(p);

	if (out__is_json(o) != (place == BASELINE_OF_PGMAP))
		return;
	if (place == BASELINE_IN_LINE && !known) {
		out__text(o, ", baseline not known: %s",
			  computed ? "not all of its ranges could be read" :
				     "the counter could not be read at birth");
		return;
	}
	out__figure(o, "baseline", formats[place], known, p->k.baseline);
	if (known)
		out__str(o, "baseline_from", place == BASELINE_IN_LINE && computed ? " (%s)" : NULL,
			 computed ? "computed" : "sampled");
}

void part__excess(struct report *r, const struct pgmap *p, int64_t value, int64_t excess)
{
	struct out *o = r->out;

	out__int(o, "value", "  value     %s", value);
	part__baseline(o, p, BASELINE_IN_LINE);
	if (pgmap__has_baseline(p))
		out__int(o, "excess", ", excess %s", excess);
}

void part__driver(struct report *r, const struct pgmap *p, bool text)
{
	struct out *o = r->out;

	if (!p->k.ops && !p->k.owner)
		return;
	if (text)
		out__text(o, "  driver    ");
	if (p->ops)
		out__str(o, "ops", text ? "%s" : NULL, p->ops);
	else if (p->k.ops && text)
		out__text(o, "0x%" PRIx64, (uint64_t)p->k.ops);
	if (p->module)
		out__str(o, "module", text ? " [%s]" : NULL, p->module);
	if (p->k.owner)
		out__hex(o, "owner",
			 !text	  ? NULL :
			 p->k.ops ? ", owner %s" :
				    "owner %s",
			 p->k.owner);
	if (text)
		out__text(o, "\n");
}

const char *part__device_name(struct report *r, uint32_t dev, bool chr, char *buf, size_t len)
{
	if (!r->device_name || r->device_name(r->names_ctx, dev, chr, buf, len))
		snprintf(buf, len, "%u:%u", devnum__major(dev), devnum__minor(dev));
	return buf;
}

const char *part__path(struct report *r, uint32_t dev, uint64_t ino, uint64_t pfn,
		       char buf[PART_PATH])
{
	if (!ino || !r->file_path || r->file_path(r->names_ctx, dev, ino, pfn, buf, PART_PATH))
		return NULL;
	return part__clean(buf);
}

void part__put_path(struct report *r, const char *fmt, uint32_t dev, uint64_t ino, uint64_t pfn)
{
	char path[PART_PATH];

	if ((fmt || out__is_json(r->out)) && part__path(r, dev, ino, pfn, path))
		out__str(r->out, "path", fmt, path);
}

void part__device(struct report *r, uint32_t dev, bool chr)
{
	char buf[DEVICES_NAME_MAX];

	out__str(r->out, chr ? "device" : "filesystem", chr ? " of %s" : " on %s",
		 part__device_name(r, dev, chr, buf, sizeof(buf)));
}

const char *part__size(unsigned int order, char *buf, size_t len)
{
	uint64_t kib = 4ULL << order;

	buf[0] = '\0';
	if (order)
		snprintf(buf, len, " of %" PRIu64 " %s",
			 kib >> (kib >= 1 << 20 ? 20 :
				 kib >= 1 << 10 ? 10 :
						  0),
			 kib >= 1 << 20 ? "GiB" :
			 kib >= 1 << 10 ? "MiB" :
					  "KiB");
	return buf;
}

void part__kinds(struct out *o, unsigned int kinds)
{
	const char *kind;
	bool more = false;

	out__array(o, "kinds");
	for (unsigned int i = 0; (kind = verdict__kind(i)); i++) {
		if (!(kinds >> i & 1))
			continue;
		out__str(o, "", more ? ", %s" : " %s", kind);
		more = true;
	}
	out__pop(o);
}

const char *part__bytes(uint64_t bytes, char *buf, size_t len)
{
	static const char *const units[] = { "KiB", "MiB", "GiB", "TiB" };
	double size = bytes / 1024.0;
	size_t i = 0;

	for (; size >= 1024 && i + 1 < sizeof(units) / sizeof(*units); i++)
		size /= 1024;
	snprintf(buf, len, "%.*f %s", size == (uint64_t)size ? 0 : 1, size, units[i]);
	return buf;
}
