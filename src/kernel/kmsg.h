/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Lines in the kernel's log, where dmesg, pstore and netconsole have them before a crash. */
#ifndef PGMAPREF_KMSG_H
#define PGMAPREF_KMSG_H

/* Opens the log for writing. Returns a descriptor, or a negative errno (-EPERM, -EACCES: not root). */
int kmsg__open(const char *root);
/*
 * Writes "pgmapref: TEXT" as a warning (<4>). One write is one line. The kernel refuses long ones
 * (devkmsg_write() of kernel/printk/printk.c: more than 976 bytes in 6.1, 1024 in 7.3); here a line
 * is cut after 900 bytes. Returns 0 or a negative errno.
 */
int kmsg__write(int fd, const char *text);

#endif /* PGMAPREF_KMSG_H */
