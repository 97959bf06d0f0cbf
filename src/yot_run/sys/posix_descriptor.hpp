// yot_run/sys/posix_descriptor.hpp: the owner of a descriptor of this world. Included through
// <yot_run/sys/sys.hpp>.
// Checked by: posix_test.cpp.
#pragma once

#include <yot_run/sys/descriptor.hpp>
#include <yot_run/sys/result.hpp>

namespace yot_run::sys_posix {

// Closes the number, whatever is reported. For owners: `descriptor` calls it. Any thread.
io_result<void> close(int number);

using descriptor = owned_descriptor<&close>;

}  // namespace yot_run::sys_posix
