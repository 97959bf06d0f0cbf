// testing/suites.hpp: which suites a test executable is made of, as its CMakeLists.txt has it.
#pragma once

#include <string_view>

namespace yot_run::testing {

// The names, separated by commas. Defined in a source that CMake generates for each executable.
extern const std::string_view suites;

}  // namespace yot_run::testing
