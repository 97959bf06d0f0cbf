#include <property_tests/kernel/operation.hpp>

#include <array>

namespace kernel_property {
namespace {

constexpr std::array names{"serve",      "link",       "open_socket", "bind",      "listen",
                           "connect",    "accept",     "send",        "recv",      "flood",
                           "shutdown",   "reset",      "close",       "duplicate", "take_error",
                           "tell_names", "set_option", "open_epoll",  "watch",     "modify",
                           "unwatch",    "wait",       "open_event",  "signal",    "drain"};

rc::Gen<operation> any_operation() {
    using enum activity;
    const auto what = rc::gen::weightedElement<activity>(
        {{3, serve},      {6, link},       {1, open_socket}, {2, bind},      {1, listen},
         {4, connect},    {4, accept},     {8, send},        {8, recv},      {1, flood},
         {4, shutdown},   {2, reset},      {4, close},       {3, duplicate}, {2, take_error},
         {2, tell_names}, {1, set_option}, {1, open_epoll},  {8, watch},     {3, modify},
         {2, unwatch},    {12, wait},      {3, open_event},  {2, signal},    {1, drain}});
    const auto number = rc::gen::noShrink(rc::gen::arbitrary<std::uint32_t>());
    return rc::gen::construct<operation>(what, rc::gen::resize(100, number),
                                         rc::gen::resize(100, number));
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const operation& shown) {
    return out << names[static_cast<std::size_t>(shown.what)] << "(" << shown.who << ", "
               << shown.how << ")";
}

rc::Gen<operations> any_operations() {
    return rc::gen::scale(1.0, rc::gen::container<operations>(any_operation()));
}

}  // namespace kernel_property
