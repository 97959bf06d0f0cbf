// model/history.hpp: an execution as a table: a row for each step, a column for each thread.
//
// Relacy prints an execution as lines of text, and each kind of object in words of its own. Here they
// become steps: an object is named as it is in the source, a pointer `p1`, `p2`, ..., and a load names
// the step whose value it read:
//     top_ = 0 as made        read the value that the object was made with
//     top_ = 1 from 12        read what step 12 wrote; `(old)`: something newer was there
//     top_ = 1 from 12, := 2  read and wrote, in one step; `kept`: an exchange that was not done
//     top_ := 2               wrote
// The view machine knows which store a load read. Relacy does not say; there it is the last one that
// wrote this value, or, of an old value, the last but the newest.
// Checked by: history_test.cpp.
#pragma once

#include <iosfwd>
#include <string>

namespace model {

// The function that the first store to an object that a checker itself makes seems to stand in. There
// are hundreds of them, and tables leave them out.
inline constexpr const char* constructor_mark = "its constructor";

// The table of what Relacy printed; what comes after the steps and says what was leaked is kept.
[[nodiscard]] std::string history_table(std::istream& relacys_lines);

}  // namespace model
