// yot_run/sys/posix_error.hpp: how the result of a system call becomes an io_result. For the
// sources of this folder.
#pragma once

#include <yot_run/sys/posix_descriptor.hpp>
#include <yot_run/sys/result.hpp>

#include <cerrno>

namespace yot_run::sys_posix {

[[nodiscard]] inline std::error_code system_error(int number) {
    return {number, std::system_category()};
}

// What errno says. REQUIRES: a call has just failed.
[[nodiscard]] inline std::unexpected<std::error_code> last_error() {
    return std::unexpected(system_error(errno));
}

[[nodiscard]] inline io_result<void> done(int result) {
    if (result < 0) return last_error();
    return {};
}

[[nodiscard]] inline io_result<descriptor> owned(int number) {
    if (number < 0) return last_error();
    return descriptor(number);
}

}  // namespace yot_run::sys_posix
