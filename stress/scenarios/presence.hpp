// stress/scenarios/presence.hpp: counts the frames that exist, by an object that lives in each.
#pragma once

#include <stress/harness/tally.hpp>

#include <utility>

namespace stress {

struct frame_account {
    tally& made;
    tally& destroyed;
};

// Moved into the frame as a parameter of the coroutine, and destroyed with it.
class presence {
public:
    explicit presence(frame_account account) noexcept : account_(account) { account_.made.add(); }
    presence(presence&& other) noexcept : account_(other.account_) { account_.made.add(); }
    presence& operator=(presence&&) = delete;
    ~presence() { account_.destroyed.add(); }

private:
    frame_account account_;
};

}  // namespace stress
