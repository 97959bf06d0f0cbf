// yot_run/sys/result.hpp: what everything that talks to the outside world returns.
//
// Errors of the outside world are values: `std::error_code`, in the category of whoever reports
// it, comparable with `std::errc`. Errors of the caller's logic are exceptions instead.
// Checked by: posix_test.cpp.
#pragma once

#include <expected>
#include <system_error>

namespace yot_run {

template <class T>
using io_result = std::expected<T, std::error_code>;

}  // namespace yot_run
