// yot_run/simulation/kernel/call.hpp: what the calls of the simulated kernel have in common. For
// the sources of this folder.
#pragma once

#include <yot_run/simulation/kernel/calls.hpp>

#include <memory>
#include <utility>

namespace yot_run::sys_simulated::kernel {

[[nodiscard]] inline machine& here() { return machine::current(); }

// The open file of this number, if it is of this kind; else EBADF, or what is said.
template <class File>
[[nodiscard]] io_result<std::shared_ptr<File>> find(int number, int error_of_other_kinds) {
    const auto found = here().table().find(number);
    if (!found) return std::unexpected(found.error());
    auto file = std::dynamic_pointer_cast<File>(*found);
    if (!file) return failed(error_of_other_kinds);
    return file;
}

// The number of a new open file. EMFILE.
template <class File, class... Arguments>
[[nodiscard]] io_result<descriptor> open(Arguments&&... arguments) {
    const io_result<int> number =
        here().table().insert(std::make_shared<File>(std::forward<Arguments>(arguments)...));
    if (!number) return std::unexpected(number.error());
    return descriptor(*number);
}

// A call that asks nothing else of the plan but whether it fails.
template <class Call>
[[nodiscard]] auto unless_planned(call kind, Call go_on) -> decltype(go_on()) {
    const fault planned = here().enter(kind);
    if (planned.error != 0) return failed(planned.error);
    return go_on();
}

}  // namespace yot_run::sys_simulated::kernel
