/* testing/kqueue/sys/event.h: what <sys/event.h> declares on a BSD, as far as the kqueue of the
 * tests goes: see <testing/kqueue/kqueue_file.hpp>. Names, layout and values are FreeBSD's. */
#pragma once

#include <sys/types.h>

#include <stdint.h>
#include <time.h>

struct kevent {
    uintptr_t ident;       /* What it is about: a descriptor, or a number of the user's. */
    short filter;          /* What about it. */
    unsigned short flags;  /* What to do; how it turned out. */
    unsigned int fflags;   /* The filter's own flags. */
    int64_t data;          /* The filter's own figure. */
    void *udata;           /* The user's. */
    uint64_t ext[4];
};

#define EV_SET(event, an_ident, a_filter, some_flags, some_fflags, a_figure, a_pointer) \
    do {                                                                                \
        struct kevent *const ev_set_place = (event);                                    \
        ev_set_place->ident = (an_ident);                                               \
        ev_set_place->filter = (a_filter);                                              \
        ev_set_place->flags = (some_flags);                                             \
        ev_set_place->fflags = (some_fflags);                                           \
        ev_set_place->data = (a_figure);                                                \
        ev_set_place->udata = (a_pointer);                                              \
        ev_set_place->ext[0] = 0;                                                       \
        ev_set_place->ext[1] = 0;                                                       \
        ev_set_place->ext[2] = 0;                                                       \
        ev_set_place->ext[3] = 0;                                                       \
    } while (0)

#define EVFILT_READ (-1)
#define EVFILT_WRITE (-2)
#define EVFILT_USER (-11)

#define EV_ADD 0x0001
#define EV_DELETE 0x0002
#define EV_ENABLE 0x0004
#define EV_DISABLE 0x0008
#define EV_ONESHOT 0x0010
#define EV_CLEAR 0x0020
#define EV_RECEIPT 0x0040
#define EV_DISPATCH 0x0080
#define EV_SYSFLAGS 0xf000 /* Ignored in changes. */
#define EV_ERROR 0x4000
#define EV_EOF 0x8000

#define NOTE_LOWAT 0x0001
#define NOTE_TRIGGER 0x01000000

#ifdef __cplusplus
extern "C" {
#endif

int kqueue(void);
int kevent(int queue, const struct kevent *changes, int change_count, struct kevent *events,
           int event_count, const struct timespec *timeout);

#ifdef __cplusplus
}
#endif
