#include <property_tests/programs/program.hpp>

#include <algorithm>
#include <utility>

namespace programs {
namespace {

constexpr std::array<std::string_view, activities> activity_names{
    "yield", "be_busy", "sleep", "sleep_zero", "fail", "spawn", "spawn_detached", "spawn_unstarted",
    "join", "join_at_most", "abort", "drop_handle", "wait_bell", "wait_bell_at_most", "ring",
    "ring_twice", "ring_later", "hoard_waker", "wake_hoarded", "race", "gather", "connect",
    "connect_at_most", "write", "write_some", "write_at_most", "read", "read_exactly",
    "read_at_most", "exchange", "end_writing", "end_both", "reset", "close", "split",
    "hand_over_sleep", "ping_pong", "relay", "crowd"};
constexpr std::array<std::string_view, 9> outside_names{
    "spawn", "block_on", "ring", "abort", "drop_handle", "join", "wake_hoarded", "pause", "settle"};
constexpr std::array<std::string_view, all_themes.size()> theme_names{
    "tasks", "timers", "fairness", "network", "shutdown", "faults"};

template <class Activity>
using weights_of_kind = std::vector<std::pair<std::size_t, Activity>>;
using weights = weights_of_kind<activity>;

weights task_weights() {
    using enum activity;
    return {{6, yield},          {1, be_busy},
            {2, sleep},          {1, sleep_zero},
            {1, fail},           {6, spawn},
            {3, spawn_detached}, {1, spawn_unstarted},
            {5, join},           {2, join_at_most},
            {3, abort},          {2, drop_handle},
            {4, wait_bell},      {2, wait_bell_at_most},
            {4, ring},           {2, ring_twice},
            {1, ring_later},     {3, hoard_waker},
            {3, wake_hoarded},   {2, race},
            {2, gather},         {1, hand_over_sleep}};
}

weights timer_weights() {
    using enum activity;
    return {{8, sleep},        {2, sleep_zero}, {2, yield}, {4, spawn},
            {2, join_at_most}, {1, join},       {2, abort}, {5, wait_bell_at_most},
            {2, ring},         {2, ring_later}, {4, race},  {3, gather},
            {2, hand_over_sleep}};
}

weights fairness_weights() {
    using enum activity;
    return {{4, be_busy}, {6, yield},      {4, spawn},       {3, spawn_detached}, {2, wait_bell},
            {3, ring},    {1, ring_twice}, {2, hoard_waker}, {2, wake_hoarded},   {1, join},
            {2, ping_pong}, {1, relay},    {1, crowd}};
}

weights network_weights() {
    using enum activity;
    return {{6, connect},
            {2, connect_at_most},
            {3, exchange},
            {8, write},
            {4, write_some},
            {4, write_at_most},
            {6, read},
            {3, read_exactly},
            {5, read_at_most},
            {2, end_writing},
            {1, end_both},
            {1, reset},
            {3, close},
            {3, split},
            {2, sleep},
            {2, yield},
            {4, spawn},
            {1, spawn_detached},
            {2, join},
            {1, abort},
            {1, fail},
            {1, ring},
            {1, wait_bell_at_most}};
}

weights server_weights() {
    using enum activity;
    return {{6, read},       {2, exchange},      {3, read_exactly}, {4, read_at_most}, {6, write},
            {3, write_some}, {3, write_at_most}, {2, end_writing},  {1, end_both},     {1, reset},
            {2, close},      {2, split},         {1, sleep},        {2, yield},        {1, fail}};
}

weights sum(weights first, const weights& second) {
    first.insert(first.end(), second.begin(), second.end());
    return first;
}

weights weights_of(theme about) {
    switch (about) {
        case theme::tasks:
            return task_weights();
        case theme::timers:
            return timer_weights();
        case theme::fairness:
            return fairness_weights();
        case theme::network:
            return network_weights();
        case theme::shutdown:
        case theme::faults:
            break;
    }
    return sum(task_weights(), network_weights());
}

// Whatever the size is: that says how many operations there are, and not which.
template <class T>
rc::Gen<T> in_all_sizes(rc::Gen<T> gen) {
    return rc::gen::resize(rc::kNominalSize, std::move(gen));
}
template <class T>
rc::Gen<T> any_below(T bound) {
    return in_all_sizes(rc::gen::inRange<T>(0, bound));
}
rc::Gen<std::uint16_t> any_number() { return in_all_sizes(rc::gen::arbitrary<std::uint16_t>()); }

// What shrinks to the first one.
template <class Activity>
rc::Gen<Activity> any_of(const weights_of_kind<Activity>& from) {
    std::size_t total = 0;
    for (const auto& [weight, what] : from) total += weight;
    return rc::gen::map(any_below(total), [from](std::size_t point) {
        for (const auto& [weight, what] : from) {
            if (point < weight) return what;
            point -= weight;
        }
        std::unreachable();
    });
}

rc::Gen<script> any_script(const weights& from) {
    return rc::gen::container<script>(rc::gen::build<operation>(
        rc::gen::set(&operation::what, any_of(from)), rc::gen::set(&operation::which, any_number()),
        rc::gen::set(&operation::much, any_number())));
}

using outside_weights = weights_of_kind<outside_activity>;

outside_weights weights_outside() {
    using enum outside_activity;
    return {{6, spawn}, {1, block_on},     {2, ring},  {1, abort}, {1, drop_handle},
            {1, join},  {1, wake_hoarded}, {2, pause}, {1, settle}};
}
// Nothing that concerns the other thread's handles, nor waits for it.
outside_weights weights_beside() {
    using enum outside_activity;
    return {{4, spawn}, {3, ring}, {2, wake_hoarded}, {2, pause}};
}

rc::Gen<std::vector<outside_operation>> any_outside(const outside_weights& from) {
    return rc::gen::container<std::vector<outside_operation>>(
        rc::gen::build<outside_operation>(rc::gen::set(&outside_operation::what, any_of(from)),
                                          rc::gen::set(&outside_operation::which, any_number()),
                                          rc::gen::set(&outside_operation::much, any_number())));
}

rc::Gen<std::vector<script>> some_scripts(std::size_t most, const weights& from) {
    return rc::gen::mapcat(any_below(most), [from](std::size_t fewer) {
        return rc::gen::container<std::vector<script>>(1 + fewer, any_script(from));
    });
}

// Zero, or one of a few.
rc::Gen<std::uint64_t> any_rate(bool is_wanted) {
    if (!is_wanted) return rc::gen::just<std::uint64_t>(0);
    return rc::gen::element<std::uint64_t>(0, 3, 10, 40);
}

template <class Names>
void show(std::ostream& out, const Names& operations) {
    for (const auto& [what, which, much] : operations)
        out << "\n      " << name_of(what) << "(" << which << ", " << much << ")";
}

}  // namespace

std::string_view name_of(activity what) { return activity_names[std::size_t(what)]; }
std::string_view name_of(outside_activity what) { return outside_names[std::size_t(what)]; }
std::string_view name_of(theme what) { return theme_names[std::size_t(what)]; }

std::optional<theme> theme_named(std::string_view name) {
    const auto found = std::ranges::find(theme_names, name);
    if (found == theme_names.end()) return std::nullopt;
    return all_themes[std::size_t(found - theme_names.begin())];
}

rc::Gen<program> any_program(const wanted& with) {
    using rc::gen::set;
    const weights from = weights_of(with.about);
    const bool has_network = with.about == theme::network || with.about == theme::shutdown ||
                             with.about == theme::faults;
    const bool has_faults = with.about == theme::faults;
    return rc::gen::build<program>(
        set(&program::about, rc::gen::just(with.about)),
        set(&program::workers, rc::gen::map(any_below(4U), [](unsigned more) { return 1 + more; })),
        set(&program::idle_workers_drive), set(&program::has_listener, rc::gen::just(has_network)),
        set(&program::ends_in_the_middle,
            with.about == theme::shutdown ? rc::gen::just(true) : rc::gen::just(false)),
        set(&program::destroys),
        set(&program::one_in_connections_fails, any_rate(has_faults)),
        set(&program::one_in_watches_fails, any_rate(has_faults)),
        set(&program::one_in_counts_is_short, any_rate(has_network)),
        set(&program::backlog, rc::gen::element(8U, 1U)), set(&program::accepts_in_slices),
        set(&program::outside, any_outside(weights_outside())),
        set(&program::beside, any_outside(weights_beside())),
        set(&program::scripts, some_scripts(6, from)),
        set(&program::server_scripts, some_scripts(3, server_weights())),
        set(&program::schedule, rc::gen::noShrink(rc::gen::arbitrary<std::uint64_t>())),
        set(&program::scheduler, rc::gen::just(with.scheduler)));
}

std::ostream& operator<<(std::ostream& out, const program& shown) {
    out << "about " << name_of(shown.about) << ", " << shown.workers << " workers, "
        << (shown.idle_workers_drive ? "idle workers drive the reactor"
                                     : "a thread for the reactor")
        << ", backlog " << shown.backlog << ", one in " << shown.one_in_connections_fails
        << " calls of connections fails, one in " << shown.one_in_watches_fails
        << " sockets cannot be watched, one in " << shown.one_in_counts_is_short
        << " counts is short, " << (shown.ends_in_the_middle ? "ends in the middle" : "settles")
        << ", " << (shown.destroys ? "destroyed" : "shut down")
        << (shown.accepts_in_slices ? ", accepts in slices" : "") << ", schedule " << shown.schedule
        << " " << yot_run::simulation::name_of(shown.scheduler) << "\n    outside:";
    show(out, shown.outside);
    out << "\n    beside:";
    show(out, shown.beside);
    const auto show_all = [&](const char* what, const std::vector<script>& scripts) {
        for (std::size_t i = 0; i < scripts.size(); ++i) {
            out << "\n    " << what << " " << i << ":";
            show(out, scripts[i]);
        }
    };
    show_all("script", shown.scripts);
    if (shown.has_listener) show_all("server script", shown.server_scripts);
    return out << "\n";
}

}  // namespace programs
