/* SPDX-License-Identifier: MIT */
/*
 * watch.h -- wait for a change in a directory or a file: inotify(7)
 *
 * A change is only a hint: the kernel's event queue can overflow, and events
 * merge. So the caller opens the watch, then looks, then waits, then looks
 * again; and watch_wait returns after WATCH_RESCAN_MS at the latest.
 */
#ifndef SHARED_DIR_WATCH_H
#define SHARED_DIR_WATCH_H

enum { WATCH_RESCAN_MS = 500 };

/*
 * watch_open: files made in, removed from or renamed into dir count as
 * changes from here on; writes to them do not. -ENOENT and other errors of
 * inotify_add_watch(2). The descriptor is closed with fd_close. Where there is
 * no watch to be had (fs.inotify.max_user_instances) it is 0, and watch_wait
 * sleeps for a moment each time.
 */
int watch_open(const char *dir, int *ret_fd);

/* watch_open_file: writes to the file count as changes. */
int watch_open_file(const char *path, int *ret_fd);

/* watch_wait sleeps until a change, or WATCH_RESCAN_MS, or a signal. */
int watch_wait(int fd);

#endif
