// yot_run/sync/sync.hpp: the first seam: everything that threads share goes through here.
//
// Shipping code says `sync::atomic<T>`, `sync::cell<T>`, `sync::mutex`, ... and never names the
// standard's own. A translation unit that is built for a model defines YOT_RUN_WORLD (the name of
// its world) and YOT_RUN_SYNC_HEADER (the header that defines it), and the same sources are then
// compiled against a checker. All of the library lives in an inline namespace named after the
// world, so a program that mixes two worlds does not link.
//
// A world defines, in yot_run::sync:
//   atomic<T>                        as std::atomic<T>; every call names its memory order
//   relaxed, acquire, release, acq_rel, seq_cst
//   cell<T>                          plain shared data, which a checker watches for races
//   mutex, condition_variable, lock  as in the standard
//   thread                           named, joined by its owner
//   thread_slot<T, Tag>              one pointer per thread
//   thread_object<T>                 one object per thread that asks, until the thread ends
//   hardware_threads()
//   recycles_memory                  whether freed memory may be kept for the next of its kind, which
//                                    hides its use after that from whoever watches
#pragma once

#ifndef YOT_RUN_WORLD
#define YOT_RUN_WORLD std_world
#define YOT_RUN_SYNC_HEADER <yot_run/sync/std_sync.hpp>
#endif

#include YOT_RUN_SYNC_HEADER
