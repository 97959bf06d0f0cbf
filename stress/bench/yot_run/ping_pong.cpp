// stress/bench/yot_run/ping_pong.cpp: two tasks that wait for each other by turns, one pair or
// 1,000. An operation is a round trip.
#include "harness/measure.hpp"
#include "yot_run/channel.hpp"
#include "yot_run/signal.hpp"
#include "yot_run/works.hpp"

#include <yot_run/task/spawn.hpp>

#include <cstdint>
#include <vector>

namespace bench {

namespace {

using yot_run::join_handle, yot_run::spawn, yot_run::task;

constexpr std::uint64_t many_pairs = 1000;

task<> answer_signals(signal& here, signal& there, std::uint64_t round_trips) {
    for (std::uint64_t trip = 0; trip < round_trips; ++trip) {
        co_await here.wait();
        there.raise();
    }
}

task<std::uint64_t> signal_pair(std::uint64_t round_trips) {
    signal ours;
    signal theirs;
    auto other = spawn(answer_signals(theirs, ours, round_trips));
    for (std::uint64_t trip = 0; trip < round_trips; ++trip) {
        theirs.raise();
        co_await ours.wait();
    }
    co_await other;
    co_return round_trips;
}

using number_channel = one_place_channel<std::uint64_t>;

task<> answer_numbers(number_channel& questions, number_channel& answers,
                      std::uint64_t round_trips) {
    for (std::uint64_t trip = 0; trip < round_trips; ++trip)
        co_await answers.send(co_await questions.receive() + 1);
}

task<std::uint64_t> channel_pair(std::uint64_t round_trips) {
    number_channel questions;
    number_channel answers;
    auto other = spawn(answer_numbers(questions, answers, round_trips));
    std::uint64_t number = 0;
    for (std::uint64_t trip = 0; trip < round_trips; ++trip) {
        co_await questions.send(number);
        number = co_await answers.receive();
    }
    co_await other;
    co_return number;
}

using pair_of_tasks = task<std::uint64_t> (*)(std::uint64_t round_trips);

task<> run_pairs(pair_of_tasks pair, std::uint64_t pairs, std::uint64_t round_trips) {
    std::vector<join_handle<std::uint64_t>> handles;
    for (std::uint64_t number = 0; number < pairs; ++number)
        handles.push_back(spawn(pair(round_trips / pairs)));
    for (auto& handle : handles)
        require(co_await handle == round_trips / pairs, "a pair lost a round trip");
}

metrics measure(const settings& settings, pair_of_tasks pair, std::uint64_t pairs) {
    yot_run::runtime runtime(options_of(settings));
    return cost_of_rounds(double(settings.count), [&] {
        runtime.block_on(runtime.spawn(run_pairs(pair, pairs, settings.count)));
    });
}

}  // namespace

metrics notify(const settings& settings) { return measure(settings, signal_pair, 1); }
metrics notify_pairs(const settings& settings) {
    return measure(settings, signal_pair, many_pairs);
}
metrics channel(const settings& settings) { return measure(settings, channel_pair, 1); }
metrics channel_pairs(const settings& settings) {
    return measure(settings, channel_pair, many_pairs);
}

}  // namespace bench
