// property_tests/kernel/own_network.hpp: a loopback network that this process alone uses, so that
// what others do on this machine, or what was done here before, shows in no answer.
#pragma once

namespace kernel_property {

// From now on this process is in a network namespace of its own, in which TIME-WAIT holds no port,
// as in the simulated kernel. False: that is not permitted here (unshare(2), CLONE_NEWNET), and
// nothing has changed. REQUIRES: one thread, no open socket.
[[nodiscard]] bool enter_own_network();

}  // namespace kernel_property
