#include <fuzz/reactor/tampering.hpp>

#include <algorithm>
#include <iterator>

namespace fuzz {
namespace {

constexpr std::uint64_t wake_token = ~std::uint64_t{0};

void append(std::vector<reported_event>& to, const std::vector<reported_event>& what) {
    to.insert(to.end(), what.begin(), what.end());
}

}  // namespace

void tampering::apply(const record& chosen, std::vector<reported_event>& events) {
    switch (chosen.b % 6) {
        case 0:
            std::ranges::reverse(events);
            break;
        case 1:
            if (!events.empty())
                std::ranges::rotate(events, events.begin() + chosen.c % std::ssize(events));
            break;
        case 2:
            append(events, last_);
            break;
        case 3:
            if (!ended_.empty()) events.push_back({ended_[chosen.c % ended_.size()], all_bits});
            break;
        // Of a slot, or a use of it, that has not been yet.
        case 4:
            events.push_back({(std::uint64_t{1'000'000} + chosen.c) << 32 |
                                  (chosen.c % 2 == 0 ? chosen.a : ~std::uint32_t{1} - chosen.a),
                              all_bits});
            break;
        case 5: {
            const std::ptrdiff_t kept = events.empty() ? 0 : chosen.c % std::ssize(events);
            held_.insert(held_.begin(), events.begin() + kept, events.end());
            events.resize(std::size_t(kept));
            break;
        }
    }
}

void tampering::change(std::vector<reported_event>& events, std::size_t room) {
    const auto wake = std::ranges::find(events, wake_token, &reported_event::token);
    const bool is_woken = wake != events.end();
    const reported_event woken = is_woken ? *wake : reported_event{};
    if (is_woken) events.erase(wake);

    std::vector<reported_event> before;
    before.swap(held_);
    events.insert(events.begin(), before.begin(), before.end());
    std::vector<reported_event> genuine = events;
    for (const record& each : planned_) apply(each, events);
    planned_.clear();
    last_ = std::move(genuine);

    if (is_woken) events.insert(events.begin(), woken);
    // What does not fit has to wait.
    while (events.size() > room) {
        held_.push_back(events.back());
        events.pop_back();
    }
}

}  // namespace fuzz
