// yot_run/yot_run.hpp: all of the library, except the Prometheus endpoint.
#pragma once

#include <yot_run/main.hpp>
#include <yot_run/net/socket_address.hpp>
#include <yot_run/net/tcp_listener.hpp>
#include <yot_run/net/tcp_stream.hpp>
#include <yot_run/reactor/timer.hpp>
#include <yot_run/runtime/runtime.hpp>
#include <yot_run/task/future.hpp>
#include <yot_run/task/join_handle.hpp>
#include <yot_run/task/spawn.hpp>
#include <yot_run/task/task.hpp>
#include <yot_run/task/when_all.hpp>
#include <yot_run/task/when_any.hpp>
