# YOT_RUN_SELECTOR: how this system waits for many descriptors at once, EPOLL or KQUEUE. Whoever
# compiles against the headers decides in the same way (yot_run/reactor/selector.hpp).
if(CMAKE_SYSTEM_NAME STREQUAL Linux)
    set(YOT_RUN_SELECTOR EPOLL CACHE INTERNAL "")
elseif(CMAKE_SYSTEM_NAME MATCHES "^(FreeBSD|NetBSD)$")
    set(YOT_RUN_SELECTOR KQUEUE CACHE INTERNAL "")
    message(WARNING "yot_run: has not run on ${CMAKE_SYSTEM_NAME}. The selector for it is tested, but "
                    "on a kqueue that its tests bring along.")
elseif(CMAKE_SYSTEM_NAME MATCHES "^(Darwin|iOS)$")
    message(FATAL_ERROR "yot_run: not for ${CMAKE_SYSTEM_NAME}. There is a selector for kqueue, but "
                        "yot_run/sys/posix.cpp needs accept4, SOCK_NONBLOCK, SOCK_CLOEXEC, "
                        "MSG_NOSIGNAL, TCP_KEEPIDLE and getrandom.")
elseif(CMAKE_SYSTEM_NAME STREQUAL OpenBSD)
    message(FATAL_ERROR "yot_run: not for OpenBSD. There is a selector for kqueue, but "
                        "yot_run/sys/posix.cpp needs TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT and "
                        "getrandom.")
else()
    message(FATAL_ERROR "yot_run: not for ${CMAKE_SYSTEM_NAME}.")
endif()
