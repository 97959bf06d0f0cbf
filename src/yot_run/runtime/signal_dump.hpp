// yot_run/runtime/signal_dump.hpp: a thread that prints what a runtime does whenever a signal comes.
//
// It needs no worker, so it also works when all of them are stuck.
// Checked by: dump_test.cpp.
#pragma once

#include <yot_run/sync/sync.hpp>
#include <yot_run/sys/sys.hpp>

#include <functional>
#include <string>

namespace yot_run::inline YOT_RUN_WORLD::internal {

class signal_dump {
public:
    // Prints what `dump` gives on stderr. Throws std::system_error when the signal cannot be watched.
    signal_dump(int signal, std::string thread_name, std::function<std::string()> dump);
    signal_dump(const signal_dump&) = delete;
    signal_dump& operator=(const signal_dump&) = delete;
    ~signal_dump();

private:
    sys::signal_watch watch_;
    sync::thread thread_;
};

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
